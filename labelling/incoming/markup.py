"""A small tree of XML from a source that isn't trusted: no document type, no entities, no depth or size without end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from labelling.incoming.found import refused

MAX_BYTES = 1_000_000
MAX_DEPTH = 60
MAX_TAGS = 20_000


@dataclass
class Tag:
    """An element: its name, attributes, children and the line it begins on."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list["Tag"] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """An attribute by its name, whatever its case: people write toName and toname."""
        for own, value in self.attributes.items():
            if own.lower() == name.lower():
                return value
        return default

    def walk(self) -> Iterator["Tag"]:
        """This element and all within it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Builder:
    def __init__(self, where: str) -> None:
        self.where, self.count = where, 0
        self.root: Tag | None = None
        self.open: list[Tag] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = lambda _: self.open.pop()
        self.parser.StartDoctypeDeclHandler = lambda *_: self.refuse()
        self.parser.EntityDeclHandler = lambda *_: self.refuse()

    def refuse(self) -> None:
        message = "has a DOCTYPE or an entity, which no label config needs; take it out"
        raise refused(f"{self.where}, line {self.parser.CurrentLineNumber}", message)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = Tag(name, attributes, self.parser.CurrentLineNumber)
        self.count += 1
        if len(self.open) >= MAX_DEPTH or self.count > MAX_TAGS:
            most = f"{MAX_DEPTH} levels and {MAX_TAGS:,} tags are the most"
            raise refused(f"{self.where}, line {tag.line}", f"is too large; {most}")
        if self.open:
            self.open[-1].children.append(tag)
        else:
            self.root = tag
        self.open.append(tag)


def parse(text: bytes, where: str) -> Tag:
    """The root element. Raises Refused naming the line."""
    if len(text) > MAX_BYTES:
        raise refused(where, f"is larger than {MAX_BYTES // 1_000_000} MB, which no label config is")
    builder = _Builder(where)
    try:
        builder.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise refused(f"{where}, line {error.lineno}", f"is not XML: {expat.ErrorString(error.code)}") from error
    except LookupError as error:
        raise refused(where, f"is in an encoding that is not known here: {error}; save it as UTF-8") from error
    assert builder.root is not None
    return builder.root
