"""The documents of the repository, and what is written in them."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [code for found, code in FENCE.findall(text_of(page)) if found == language]


def links(page: Path) -> list[str]:
    """Targets of links and pictures within the repository, with their anchors."""
    return [target for target in LINK.findall(FENCE.sub("", text_of(page))) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made from their words."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text_of(page))}
