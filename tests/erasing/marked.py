"""A project in which one example's content is everywhere that it can be, and a search for it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.ipc
import pyarrow.parquet
from django.apps import apps
from django.conf import settings
from django.db import connection

from experts import actions as experts
from experts.models import Case
from labelling import canonical
from labelling.assignment import actions as assignment
from labelling.assignment.models import Draft
from labelling.consensus.models import Authority, Resolution
from labelling.ingest.actions import ingest
from labelling.loop import resolve
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.sampling.models import Item
from labelling.schemas import kind_of
from tests.factories import NOW, SALT_KEY, SEED, make_labellers, make_user

MARK = "zqxjkvw"
KEY = "subject-7"


def line(key: str, text: str, **fields: Any) -> bytes:
    return json.dumps({
        "id": key, "payload": {"text": text}, "model": "writer", "answer": {"text": f"{text} said"}, "confidence": 0.7,
        "explanation": {"tokens": [{"start": 0, "end": 3, "weight": 0.4}], "field": "text"},
        "metadata": {"note": text}, **fields,
    }).encode()  # fmt: skip


def make_transcribing(slug: str = "writing", n_others: int = 3) -> Any:
    """A project of texts to be written down; the example KEY says MARK, and so does all that was said of it."""
    definition = {**kind_of("transcription").example, "input": {"kind": "text", "fields": ["text"]}, "source": "text"}
    project = create_project(
        slug=slug, name=slug.title(), kind="transcription", definition=definition, guideline="Write it down.",
        policy={"mode": "fixed"}, by=make_user("olga"), seed=SEED, now=NOW, salt_key=SALT_KEY,
    )  # fmt: skip
    others = [line(f"other-{number}", f"Text number {number}") for number in range(n_others)]
    report = ingest(project=project, lines=[line(KEY, f"{MARK} lives here"), *others], by=None, now=NOW)
    assert report.errors == []
    return project


def fill(project: Any) -> Any:
    """Sample, label, decide and dispute until MARK is in every table that can hold it; returns the marked item."""
    for at, example in enumerate(project.examples.order_by("pk")):
        Item.objects.create(project=project, example=example, target=10, split="train" if at else "test",
                            created_at=NOW, state_at=NOW)  # fmt: skip
    crowd = make_labellers(project, 3)
    for item in project.items.order_by("pk"):
        said = MARK if item.example.external_id == KEY else f"said of {item.example.external_id}"
        for labeller in crowd:
            lease = assignment.lease_item(labeller=labeller, item=item, now=NOW)
            assert lease is not None
            submit(token=lease.token, labeller=labeller, answer={"text": said}, note=f"{said}?", now=NOW)
        _settle(item, said)
    return Item.objects.select_related("example").get(project=project, example__external_id=KEY)


def _settle(item: Any, said: str) -> None:
    """An owner's ruling, then an expert's over it; the answer of a late labeller is kept beside."""
    by = make_user("olga")
    resolve.decide(item=item, answer={"text": said}, authority=Authority.ENGINEER, reason=f"I heard {said}", by=by,
                   now=NOW)  # fmt: skip
    Resolution.objects.filter(item=item, closed_at=None).update(closed_at=NOW, closed_because="contested")
    Item.objects.filter(pk=item.pk).update(state="contested")
    experts.pull(project=item.project, now=NOW)
    experts.decide(case=Case.objects.get(item=item, closed_at=None), by=by, kind="answer", answer={"text": f"{said}."},
                   rationale=f"It says {said}", now=NOW)  # fmt: skip
    labeller = item.project.members.get(name="labeller-001")
    Draft.objects.create(labeller=labeller, item=item, token=f"late {item.pk}", answer=canonical.dumps({"text": said}),
                         note=said, refused_because="lease_expired", at=NOW)  # fmt: skip
    resolve.hold(item=item, by=by, reason=f"because of {said}", now=NOW)
    resolve.unhold(item=item, by=by, reason=f"in spite of {said}", now=NOW)


def places_of(mark: str = MARK) -> list[str]:
    """Every column of every table, and every file under DATA_DIR, that holds the text; Parquet and Arrow unpacked."""
    return [*_columns_with(mark), *_files_with(mark)]


def _columns_with(mark: str) -> list[str]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        columns = [field.column for field in model._meta.concrete_fields]
        with connection.cursor() as cursor:
            named = ", ".join(f'"{column}"' for column in columns)
            cursor.execute(f'SELECT {named} FROM "{model._meta.db_table}"')  # noqa: S608 - names come from the models
            rows = cursor.fetchall()
        for at, column in enumerate(columns):
            if any(mark.encode() in _bytes(row[at]) for row in rows):
                found.append(f"{model._meta.db_table}.{column}")
    return found


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    return json.dumps(value, default=str, ensure_ascii=False).encode()


def _files_with(mark: str) -> list[str]:
    root = Path(settings.DATA_DIR)
    # Another process reads the bytes: closing a file of SQLite's here would give up the locks that this process holds.
    said = subprocess.run(
        ["grep", "-rlaF", "--", mark, str(root)],  # noqa: S607 - whichever grep there is
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    plain = {Path(line) for line in said.stdout.splitlines()}
    columns = {path for path in root.rglob("*") if path.is_file() and "sqlite3" not in path.name and _holds(path, mark)}
    return [str(path.relative_to(root)) for path in sorted(plain | columns)]


def _holds(path: Path, mark: str) -> bool:
    """Whether a file of Parquet or Arrow holds it, unpacked."""
    with path.open("rb") as file:
        head = file.read(6)
    if head[:4] == b"PAR1":
        return mark in str(pyarrow.parquet.read_table(path).to_pylist())
    if head == b"ARROW1":
        with pyarrow.OSFile(str(path)) as file:
            return mark in str(pyarrow.ipc.open_file(file).read_all().to_pylist())
    return False
