"""A project that shows a few examples of one's own, and pictures for them."""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from labelling.assignment.models import Label
from labelling.ingest.actions import ingest
from labelling.projects.actions import create_project
from labelling.projects.models import Member, Project
from labelling.sampling.actions import sample
from tests.factories import NOW, SALT_KEY, SEED, make_labeller, make_user


def show(shown: dict[str, Any], payloads: list[dict[str, Any]], *, slug: str = "shown", **definition: Any) -> Member:
    """The labeller lara of a project whose items have these payloads, in an order of their own."""
    definition = {"question": "Is it good?", "input": shown, "choices": ["yes", "no"], **definition}
    return ask("single_choice", definition, payloads, slug=slug)


def ask(
    kind: str, definition: dict[str, Any], payloads: list[dict[str, Any]], *, slug: str = "shown",
    said: dict[str, Any] | None = None, **policy: Any,
) -> Member:  # fmt: skip
    """The same with labels of any kind. said: what the model said of each of them, as in a line that is sent in."""
    project = create_project(
        slug=slug, name=slug.title(), kind=kind, guideline="", by=make_user("olga"), seed=SEED, now=NOW,
        salt_key=SALT_KEY, policy={"gold_share": 0.0, "mode": "fixed", **policy}, definition=definition,
    )  # fmt: skip
    add(project, payloads, **(said or {}))
    return make_labeller(project, "lara")


def add(project: Project, payloads: list[dict[str, Any]], **said: Any) -> None:
    """Examples with these payloads, all of them chosen to be labelled."""
    owner = make_user("olga")
    found = [{"id": f"one-{number:04d}", "payload": one, **said} for number, one in enumerate(payloads)]
    lines = [json.dumps(line).encode() for line in found]
    assert not (report := ingest(project=project, lines=lines, by=owner, now=NOW)).errors, report.errors
    sample(project=project, budget=len(payloads), strategy="uniform", by=owner, seed=3, now=NOW)


def given() -> list[str]:
    """The classes that were answered, oldest first."""
    return [json.loads(label.answer)["choice"] for label in Label.objects.standing().order_by("id")]


def pages_of(person, user) -> Iterator[tuple[str, Page]]:
    """One page at 1280 and, once that is left, one at 360 px by touch: what was leased ahead comes back."""
    for size in ("wide", "360"):
        page = person(user, size).new_page()
        yield size, page
        page.close()


def png(width: int, height: int, colour: tuple[int, int, int] = (40, 110, 190)) -> bytes:
    """A picture with a light frame and a diagonal, so that zoom and place can be seen."""
    rows = []
    for y in range(height):
        row = bytearray(bytes(colour) * width)
        edge = y < 4 or y >= height - 4
        for x in range(width):
            if edge or x < 4 or x >= width - 4 or abs(x * height - y * width) < 2 * width:
                row[3 * x : 3 * x + 3] = b"\xff\xee\x88"
        rows.append(b"\x00" + bytes(row))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def data_url(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()
