"""Whole stages on many rows: ingest, then publish, export and verify."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np

from labelling import canonical
from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.consensus.models import Authority, Resolution
from labelling.datasets.export import export_version
from labelling.datasets.models import Version
from labelling.datasets.verify import Verification, verify_directory
from labelling.ids import new_token
from labelling.ingest.actions import IngestReport, ingest
from labelling.loop.publish import publish
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Split, State
from tests.bench.clock import Spent, measured
from tests.factories import NOW, make_items, make_labellers, make_project, payload

PASSES = 16
ANSWERS = ("match", "no match")
SPLITS = (Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST)
LABELLERS = 3


def prediction_lines(n: int) -> list[bytes]:
    """n lines with probabilities and 16 passes each."""
    chances = np.random.default_rng(7).random((n, PASSES)).round(4)
    return [
        json.dumps({
            "id": f"row-{number:06d}", "payload": payload(number), "model": "m@1", "slice": f"city-{number % 7}",
            "probabilities": {"match": float(row[0]), "no match": 1 - float(row[0])}, "passes": row.tolist(),
        }).encode()
        for number, row in enumerate(chances)
    ]  # fmt: skip


def ingest_rows(n: int) -> tuple[IngestReport, IngestReport, Spent, Spent]:
    """The same n lines twice: what was new the first time, what repeating said, and the seconds of each."""
    project, lines = make_project(slug="ingest"), prediction_lines(n)
    with measured() as first:
        report = ingest(project=project, lines=lines, by=None, now=NOW)
    with measured() as second:
        repeated = ingest(project=project, lines=lines, by=None, now=NOW)
    return report, repeated, first, second


def approved_project(n: int) -> Project:
    """n resolved items with three labels each, written as rows: labelling itself is measured elsewhere."""
    project = make_project(slug="publish")
    items = make_items(project, n)
    crowd = make_labellers(project, LABELLERS)
    for number, item in enumerate(items):
        item.split, item.state, item.n_done, item.target = SPLITS[number % 5], State.RESOLVED, LABELLERS, LABELLERS
    Item.objects.bulk_update(items, ["split", "state", "n_done", "target"], batch_size=1000)
    for member in crowd:
        _label_all(project, items, member, NOW)
    Resolution.objects.bulk_create(
        [
            Resolution(item=item, pass_number=1, authority=Authority.CROWD, answer=_answer(number), confidence=0.9,
                       posterior={ANSWERS[number % 2]: 900_000}, at=NOW)
            for number, item in enumerate(items)
        ],
        batch_size=2000,
    )  # fmt: skip
    return project


def _label_all(project: Project, items: list[Item], member: Member, now: datetime) -> None:
    batch = Batch.objects.create(labeller=member, number=1, size=30_000, price=1, opened_at=now)
    leases = Lease.objects.bulk_create(
        [
            Lease(labeller=member, item=item, pass_number=1, state=LeaseState.DONE, leased_at=now, expires_at=now)
            for item in items
        ],
        batch_size=2000,
    )
    Label.objects.bulk_create(
        [
            Label(project=project, lease=lease, item=item, labeller=member, pass_number=1, token=new_token(),
                  answer=_answer(number), batch=batch, schema=project.schema, guideline=project.guideline,
                  policy=project.policy, at=now)
            for number, (lease, item) in enumerate(zip(leases, items, strict=True))
        ],
        batch_size=2000,
    )  # fmt: skip


def _answer(number: int) -> str:
    return canonical.dumps({"choice": ANSWERS[number % 2]})


def publish_and_verify(n: int, folder: Path) -> tuple[Version, Verification, dict[str, Spent]]:
    """A version of n rows, frozen, exported and verified offline; the seconds of each step."""
    project = approved_project(n)
    with measured() as publishing:
        version = publish(project=project, by=None, message="", now=NOW, override_reason="a measurement")
    with measured() as exporting:
        exported = export_version(version=version, file_format="parquet", to=folder / "version")
    with measured() as verifying:
        found = verify_directory(exported, version_id=version.version_id)
    return version, found, {"publish": publishing, "export": exporting, "verify": verifying}
