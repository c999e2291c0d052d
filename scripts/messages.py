"""The strings that people read, and their translations in frontend/locale/<language>/LC_MESSAGES/django.po.

    python scripts/messages.py            collect the strings of templates, Python and TypeScript into the catalogues
    python scripts/messages.py check      fail where a catalogue lacks a string, or a translation lost a placeholder
    python scripts/messages.py compile    what the server and the pages read: django.mo and scripts.json

In templates a string stands in {% translate %} or {% blocktranslate %}, in Python in gettext("…") or a relative of it,
in TypeScript in t("…") or plural("…", "…", n). It must be written out there: what is put together can't be collected.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import catalogue
from catalogue import Catalogue, Message

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "frontend" / "locale"
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
LITERAL = r'\s*("(?:[^"\\\n]|\\.)*")\s*'
SAID = re.compile(rf"(?<![\w.])(t|plural)\((?:{LITERAL}(?:,{LITERAL})?(?=[,)]))?")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<![%$])\{\w+\}")
# The scripts that say something, by the folder below this one; each kind of label has one of its own.
SCRIPTS = re.compile(r"frontend/src/(schemas/\w+(?=/)|\w+)/")

Found = tuple[str, str]


class NotLiteral(Exception):
    """A string that is put together when it is said: nobody can translate it."""


def collected() -> dict[str, Message]:
    """Every string by its English text, with the files that say it. Raises NotLiteral."""
    messages: dict[str, Message] = {}
    for path, (text, plural) in _everything():
        message = messages.setdefault(text, Message(text, plural))
        if message.plural != plural:
            raise NotLiteral(f"{path}: {text!r} stands alone in one place and with a plural in another; reword one")
        message.places.append(str(path.relative_to(ROOT)))
    return dict(sorted(messages.items(), key=lambda pair: (min(pair[1].places), pair[0])))


def _everything() -> Iterator[tuple[Path, Found]]:
    readers = (("frontend/templates", ".html", of_template), ("frontend/src", ".ts .tsx", of_script))
    python = tuple((folder, ".py", of_python) for folder in ("labelling", "experts", "frontend"))
    for folder, endings, read in (*readers, *python):
        for path in sorted((ROOT / folder).rglob("*")):
            skipped = "node_modules" in path.parts or "migrations" in path.parts or ".test." in path.name
            if path.suffix and path.suffix in endings.split() and not skipped:
                try:
                    yield from ((path, found) for found in read(path.read_text(encoding="utf-8")))
                except NotLiteral as error:
                    raise NotLiteral(f"{path.relative_to(ROOT)}: {error}") from error


def of_python(source: str) -> Iterator[Found]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ONE | MANY:
            texts = [getattr(argument, "value", None) for argument in node.args[: 2 if name in MANY else 1]]
            if not all(isinstance(text, str) for text in texts):
                raise NotLiteral(f"line {node.lineno}: {name}() takes a string that is written out")
            yield (texts[0], texts[1] if name in MANY else "")


def of_script(source: str) -> Iterator[Found]:
    for match in SAID.finditer(source):
        name, one, other = match.groups()
        defined = source[: match.start()].endswith("function ")
        if not defined and (one is None or (name == "plural" and other is None)):
            line = source.count("\n", 0, match.start()) + 1
            raise NotLiteral(f"line {line}: {name}() takes texts in double quotes that are written out")
        if not defined:
            yield json.loads(one), json.loads(other) if name == "plural" else ""


def of_template(source: str) -> Iterator[Found]:
    # Django is there when strings are collected; compiling, in a build, needs Python alone.
    from django.template.base import Lexer, TokenType  # noqa: PLC0415

    block: list[str] | None = None
    plural, trimmed = 0, False
    for token in Lexer(source).tokenize():
        words = token.split_contents() if token.token_type == TokenType.BLOCK else [""]
        if words[0] == "translate":
            if words[1][:1] not in {"'", '"'}:
                raise NotLiteral(f"line {token.lineno}: {{% translate %}} takes a string that is written out")
            yield words[1][1:-1].replace("%", "%%"), ""
        elif words[0] == "blocktranslate":
            block, plural, trimmed = [""], 0, "trimmed" in words
        elif block is None:
            continue
        elif words[0] == "plural":
            plural = 1
            block.append("")
        elif words[0] == "endblocktranslate":
            texts = [_trimmed(text) if trimmed else text for text in block]
            yield texts[0], texts[1] if plural else ""
            block = None
        elif token.token_type == TokenType.VAR and not re.fullmatch(r"[\w.]+", token.contents):
            raise NotLiteral(f"line {token.lineno}: name {{{{ {token.contents} }}}} by `with` in the block's tag")
        else:
            is_text = token.token_type == TokenType.TEXT
            block[plural] += token.contents.replace("%", "%%") if is_text else f"%({token.contents})s"


def _trimmed(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().split("\n") if line.strip())


def files() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def updated(old: Catalogue, found: dict[str, Message]) -> Catalogue:
    """The strings that are said now, with the translations there were."""
    messages = {}
    for text, one in found.items():
        known = old.messages.get(text)
        forms = old.n_forms if one.plural else 1
        kept = known.translations if known and len(known.translations) == forms else [""] * forms
        messages[text] = Message(text, one.plural, one.places, kept)
    return Catalogue(old.header, messages)


def faults(known: Catalogue, found: dict[str, Message]) -> list[str]:
    """What a reader of the language would see in English, or with a gap."""
    said = []
    for text, one in updated(known, found).messages.items():
        if not one.is_translated:
            said.append(f"no translation of {text!r} ({one.places[0]})")
            continue
        wanted = set(PLACEHOLDER.findall(text)) | set(PLACEHOLDER.findall(one.plural))
        # "One answer", "two answers": the form says the number.
        free = {"%(n)s", "{n}", "%(shown)s"} if one.plural else set()
        for form in one.translations:
            given = set(PLACEHOLDER.findall(form))
            if given - wanted or wanted - given - free:
                said.append(f"{text!r} needs {sorted(wanted)}, its translation has {sorted(given)} ({one.places[0]})")
    return said


def update() -> int:
    found = collected()
    for path in files():
        catalogue.write(path, new := updated(catalogue.read(path), found))
        missing = sum(not one.is_translated for one in new.messages.values())
        print(f"{path.relative_to(ROOT)}: {len(new.messages)} strings, {missing} without a translation")  # noqa: T201
    return compile_all()


def check() -> int:
    found = collected()
    said = [f"{path.relative_to(ROOT)}: {fault}" for path in files() for fault in faults(catalogue.read(path), found)]
    print("\n".join(said) or f"{len(found)} strings, each translated")  # noqa: T201
    return 1 if said else 0


def compile_all() -> int:
    for path in files():
        known = catalogue.read(path)
        path.with_suffix(".mo").write_bytes(catalogue.compiled(known))
        said = json.dumps(catalogue.for_scripts(known, SCRIPTS), ensure_ascii=False)
        path.with_name("scripts.json").write_text(said, encoding="utf-8")
    return 0


if __name__ == "__main__":
    commands = {(): update, ("check",): check, ("compile",): compile_all}
    run = commands.get(tuple(sys.argv[1:]))
    if run is None:
        sys.exit(__doc__)
    try:
        sys.exit(run())
    except (NotLiteral, ValueError) as error:
        sys.exit(str(error))
