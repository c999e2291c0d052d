"""Catalogues of translated strings: reading and writing .po files, and compiling them.

Source of both formats: the manual of GNU gettext, "The Format of PO Files" and "The Format of GNU MO Files". Needs
nothing but Python, so that no machine needs gettext.
"""

import ast
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

KEYWORD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d+)\])?\s+(".*")$')
MAGIC = 0x950412DE


@dataclass
class Message:
    """A string in English, where it is used, and its translation: one text, or one a plural form; "" is none."""

    text: str
    plural: str = ""
    places: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)

    @property
    def is_translated(self) -> bool:
        return bool(self.translations) and all(self.translations)


@dataclass
class Catalogue:
    """The messages of one language by their English text. `header` holds lines such as "Language: ar"."""

    header: list[str]
    messages: dict[str, Message]

    def setting(self, name: str) -> str:
        found = [line.partition(":")[2].strip() for line in self.header if line.startswith(f"{name}:")]
        if not found:
            raise ValueError(f"the catalogue's header lacks a line {name}:")
        return found[0]

    @property
    def n_forms(self) -> int:
        return int(re.findall(r"nplurals\s*=\s*(\d+)", self.setting("Plural-Forms"))[0])


def read(path: Path) -> Catalogue:
    """Raises ValueError with the line that can't be read."""
    entries = [_entry(block, path) for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")) if block.strip()]
    head = next((one for one in entries if one.text == ""), None)
    if head is None:
        raise ValueError(f"{path}: has no header, an entry with an empty msgid")
    header = head.translations[0].strip().split("\n")
    return Catalogue(header, {one.text: one for one in entries if one.text})


def _entry(block: str, path: Path) -> Message:
    message, parts, at = Message(""), {"msgid": "", "msgid_plural": ""}, ""
    for line in block.strip().split("\n"):
        if line.startswith("#"):
            message.places += line[2:].split() if line.startswith("#:") else []
            continue
        if found := KEYWORD.match(line):
            at = found[1] + (f"[{int(found[2])}]" if found[2] else "")
            parts[at] = ast.literal_eval(found[3])
        elif line.startswith('"') and at:
            parts[at] += ast.literal_eval(line)
        else:
            raise ValueError(f"{path}: can't read the line {line!r}")
    if "msgctxt" in parts:
        raise ValueError(f"{path}: contexts (msgctxt) are not used here; use another English text")
    message.text, message.plural = parts["msgid"], parts["msgid_plural"]
    message.translations = [text for name, text in parts.items() if name.startswith("msgstr")]
    return message


def write(path: Path, catalogue: Catalogue) -> None:
    head = Message("", translations=["\n".join(catalogue.header) + "\n"])
    entries = [head, *catalogue.messages.values()]
    path.write_text("\n".join(_block(one) for one in entries), encoding="utf-8")


def _block(message: Message) -> str:
    lines = [f"#: {place}" for place in sorted(set(message.places))]
    lines.append(f"msgid {_quoted(message.text)}")
    if message.plural:
        lines.append(f"msgid_plural {_quoted(message.plural)}")
        lines += [f"msgstr[{n}] {_quoted(text)}" for n, text in enumerate(message.translations)]
    else:
        lines.append(f"msgstr {_quoted(message.translations[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = escaped.split("\n")
    parts = [f'"{line}\\n"' for line in lines[:-1]] + ([f'"{lines[-1]}"'] if lines[-1] or len(lines) == 1 else [])
    return parts[0] if len(parts) == 1 else "\n".join(['""', *parts])


def compiled(catalogue: Catalogue) -> bytes:
    """The .mo file: what Python's gettext reads. Untranslated messages are left out, so that English shows."""
    header = "\n".join(catalogue.header) + "\n"
    pairs = [("", header), *(_pair(one) for one in catalogue.messages.values() if one.is_translated)]
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs)
    ids_at = 28
    texts_at = ids_at + 8 * len(encoded)
    data_at = texts_at + 8 * len(encoded)
    keys, values = _table([key for key, _ in encoded], data_at)
    texts, more = _table([value for _, value in encoded], data_at + len(values))
    head = struct.pack("<7I", MAGIC, 0, len(encoded), ids_at, texts_at, 0, 0)
    return head + keys + texts + values + more


def _pair(message: Message) -> tuple[str, str]:
    key = f"{message.text}\0{message.plural}" if message.plural else message.text
    return key, "\0".join(message.translations)


def _table(texts: Iterable[bytes], at: int) -> tuple[bytes, bytes]:
    """Lengths and offsets of texts that stand one after the other from `at` on, and the texts."""
    index, data = b"", b""
    for text in texts:
        index += struct.pack("<2I", len(text), at + len(data))
        data += text + b"\0"
    return index, data


def for_scripts(catalogue: Catalogue, folder: re.Pattern[str]) -> dict[str, dict[str, str | dict[str, str]]]:
    """What scripts say, by the folder that the pattern finds in their place, then by the English text; a plural as one
    text a category of Unicode's rules."""
    categories = catalogue.setting("X-Plural-Categories").split()
    if len(categories) != catalogue.n_forms:
        raise ValueError("the header's X-Plural-Categories must name as many as Plural-Forms has")
    said: dict[str, dict[str, str | dict[str, str]]] = {}
    for one in catalogue.messages.values():
        forms = dict(zip(categories, one.translations, strict=True)) if one.plural else one.translations[0]
        for found in filter(None, map(folder.match, one.places)):
            if one.is_translated:
                said.setdefault(found[1], {})[one.text] = forms
    return said
