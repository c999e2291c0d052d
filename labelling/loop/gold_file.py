"""Gold from a file: CSV or NDJSON of key, answer and reason; all of its lines or none."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from labelling.assignment.actions import lock_items
from labelling.audit.actions import record
from labelling.errors import Conflict, Invalid
from labelling.loop.gold import LONGEST, untouched
from labelling.projects import checks
from labelling.projects.models import Project, User
from labelling.sampling.actions import check_known_answer
from labelling.sampling.models import Gold, Item, Purpose
from labelling.schemas import kind_of

MOST_LINES = 10_000
MOST_FAULTS = 1_000
CHUNK = 500
FIELDS = ("key", "answer", "reason")
CSV, NDJSON = "csv", "ndjson"


@dataclass(frozen=True)
class Line:
    """number: from 1, as an editor shows it."""

    number: int
    key: str
    answer: Any
    reason: str


@dataclass(frozen=True)
class Taken:
    """made: new gold or training items; unchanged: lines whose item had this answer already."""

    lines: int
    made: int
    unchanged: int


class Faults:
    """What is wrong, line by line."""

    def __init__(self) -> None:
        self.found: list[dict[str, object]] = []
        self.n = 0

    def add(self, number: int, field: str, message: str) -> None:
        self.n += 1
        if len(self.found) < MOST_FAULTS:
            self.found.append({"where": f"line {number}, {field}" if field else f"line {number}", "message": message})

    def refuse(self) -> None:
        """Raises Invalid if anything is wrong."""
        if self.n:
            lines = f"{self.n:,} fault{'s' if self.n > 1 else ''}"
            raise Invalid(f"Nothing was taken in: the file has {lines}. Correct them and send it again.",
                          errors=self.found)  # fmt: skip


def take_gold(*, project: Project, data: bytes, form: str, purpose: str, by: User, now: datetime) -> Taken:
    """Make the items of a file gold or training, with the origin chosen; whole or not at all.

    form: csv (a header with key, answer and maybe reason) or ndjson (an object a line). An answer is what the label
    schema allows, or the name of a class. Sending the same file again changes nothing. Raises Invalid naming each
    line at fault, Conflict when an item is given to somebody meanwhile.
    """
    if purpose not in (Purpose.GOLD, Purpose.TRAINING):
        raise checks.invalid("purpose", "must be gold or training")
    faults = Faults()
    lines = list(_lines(data, form, faults))
    if not lines and not faults.n:
        faults.add(1, "", "the file has no lines; each needs a key and an answer")
    faults.refuse()
    with transaction.atomic():
        items = _items(project, lines)
        lock_items(item.pk for item in items.values())
        made = _checked(project, lines, _items(project, lines), purpose, faults)
        faults.refuse()
        _write(made, purpose, by, now)
        if made:
            record("gold.uploaded", project, by=by, now=now, project_id=project.pk, purpose=purpose, n=len(made),
                   items=[item.public_id for item, _, _ in made])  # fmt: skip
    return Taken(len(lines), len(made), len(lines) - len(made))


def _lines(data: bytes, form: str, faults: Faults) -> Iterator[Line]:
    if form not in (CSV, NDJSON):
        raise checks.invalid("form", "must be csv or ndjson")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        faults.add(number, "", "is not UTF-8; save the file as UTF-8")
        return
    if "\x00" in text:
        faults.add(text[: text.index("\x00")].count("\n") + 1, "", "holds the character NUL; remove it")
        return
    first: dict[str, int] = {}
    read = _csv(text, faults) if form == CSV else _ndjson(text, faults)
    for at, line in enumerate(read):
        if at >= MOST_LINES:
            faults.add(line.number, "", f"is beyond {MOST_LINES:,} lines; send the rest as another file")
            return
        if line.key in first:
            faults.add(line.number, "key", f"{line.key!r} is on line {first[line.key]} already")
        first.setdefault(line.key, line.number)
        yield line


def _csv(text: str, faults: Faults) -> Iterator[Line]:
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval=None, strict=True)
    try:
        header = [name.strip() for name in rows.fieldnames or []]
        rows.fieldnames = header
        if missing := [name for name in FIELDS[:2] if name not in header]:
            faults.add(1, "", f"the header lacks {' and '.join(missing)}; it must name key, answer and maybe reason")
            return
        if unknown := sorted({name for name in header if name not in FIELDS}):
            faults.add(1, "", f"the column {unknown[0]!r} is not known; use key, answer and reason")
            return
        for row in rows:
            if "" in row:
                faults.add(rows.line_num, "", "has more fields than the header")
                continue
            yield from _line(rows.line_num, row, faults)
    except csv.Error as error:
        faults.add(rows.line_num or 1, "", f"is not valid CSV: {error}")


def _ndjson(text: str, faults: Faults) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.add(number, "", f"is not valid JSON: {error}")
            continue
        if not isinstance(row, dict):
            faults.add(number, "", "must be an object with key, answer and maybe reason")
        elif unknown := sorted(set(row) - set(FIELDS)):
            faults.add(number, unknown[0], "is not known; use key, answer and reason")
        else:
            yield from _line(number, row, faults)


def _line(number: int, row: dict[str, Any], faults: Faults) -> Iterator[Line]:
    key, answer, reason = row.get("key"), row.get("answer"), row.get("reason") or ""
    key = key.strip() if isinstance(key, str) else key
    answer = answer.strip() if isinstance(answer, str) else answer
    if not isinstance(key, str) or not key:
        faults.add(number, "key", "must be the key of an item, as text")
    elif answer in (None, ""):
        faults.add(number, "answer", "is missing")
    elif not isinstance(reason, str) or len(reason) > LONGEST or _unkeepable(reason):
        faults.add(number, "reason", f"must be text of up to {LONGEST:,} characters")
    else:
        yield Line(number, key, answer, reason.strip())


def _unkeepable(text: str) -> bool:
    """NUL and half a surrogate pair, which JSON can escape and no database keeps."""
    return any(one == "\x00" or "\ud800" <= one <= "\udfff" for one in text)


def _items(project: Project, lines: list[Line]) -> dict[str, Item]:
    """The items of these keys, with their standing known answers."""
    standing = Prefetch("golds", Gold.objects.filter(closed_at=None), to_attr="standing_golds")
    keys = [line.key for line in lines if not _unkeepable(line.key)]
    found: dict[str, Item] = {}
    for start in range(0, len(keys), CHUNK):
        rows = Item.objects.filter(project=project, example__external_id__in=keys[start : start + CHUNK])
        for item in rows.select_related("example").prefetch_related(standing):
            found[item.example.external_id] = item
    return found


def _checked(
    project: Project, lines: list[Line], items: dict[str, Item], purpose: str, faults: Faults
) -> list[tuple[Item, str, str]]:
    """(item, answer, reason) of what is to be made; what stands already is left out."""
    free: set[int] = set()
    ids = [item.pk for item in items.values()]
    for start in range(0, len(ids), CHUNK):
        part = Item.objects.filter(pk__in=ids[start : start + CHUNK])
        free.update(untouched(part).values_list("pk", flat=True))
    made = []
    for line in lines:
        item = items.get(line.key)
        if item is None:
            faults.add(line.number, "key", f"no item has the key {line.key!r}; sample it first")
            continue
        try:
            text = check_known_answer(item, _as_answer(project, line.answer))
        except Invalid as error:
            faults.add(line.number, "answer", "; ".join(str(fault["message"]) for fault in error.errors) or str(error))
            continue
        known = [gold.answer for gold in item.standing_golds]  # type: ignore[attr-defined]  # prefetched by `_items`
        if item.pk in free:
            made.append((item, text, line.reason))
        elif item.purpose == Purpose.WORK:
            faults.add(line.number, "key", "was given to labellers, settled or held already; choose another item")
        elif item.purpose != purpose or known != [text]:
            faults.add(line.number, "key", f"is {item.purpose} with another answer; dispute that on the page Gold")
    return made


def _as_answer(project: Project, answer: Any) -> Any:
    """The name of a class stands for the answer that says it; other text may be the JSON of an answer."""
    schema = project.schema_in_force
    kind = kind_of(schema.kind)
    if not isinstance(answer, str):
        return answer
    names = [] if kind.merging else kind.classes(schema.definition)
    if answer in names:
        return kind.from_class(schema.definition, names.index(answer))
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        wanted = f"one of {', '.join(names)}" if names else "the JSON of an answer of the kind " + kind.name
        raise checks.invalid("answer", f"{answer[:80]!r} is not {wanted}") from error


def _write(made: list[tuple[Item, str, str]], purpose: str, by: User, now: datetime) -> None:
    for start in range(0, len(made), CHUNK):
        part = made[start : start + CHUNK]
        rows = untouched(Item.objects.filter(pk__in=[item.pk for item, _, _ in part]))
        if rows.update(purpose=purpose) != len(part):
            raise Conflict("Somebody was given one of these items just now. Nothing was taken in; send the file again.")
        Gold.objects.bulk_create(
            [
                Gold(item=item, answer=text, reason=reason, origin=Gold.Origin.CHOSEN, created_at=now, created_by=by)
                for item, text, reason in part
            ]
        )
