"""A project with something of everything, made through the real verbs and kept as a copy of the database.

Two versions, the first recalled; a batch that was rejected; contested cases; items left to label; hidden gold;
predictions with passes; answers that came too late. The crowd: two careful labellers, a sloppy one, one that always
says "match".
"""

import json
import sqlite3
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connections
from django.utils import timezone

from experts import actions as experts
from experts.models import Case
from labelling import blobs
from labelling.assignment.actions import close_batches, lease_items
from labelling.assignment.errors import LeaseExpired
from labelling.assignment.models import Batch
from labelling.datasets.aliases import point_alias
from labelling.ingest.actions import ingest
from labelling.loop.appeals import answer_appeal
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.submit import abstain, submit
from labelling.pay.actions import record_payment
from labelling.pay.withholding import withhold
from labelling.projects.models import Member, Project, Role
from labelling.reliability.appeals import raise_appeal
from labelling.sampling.actions import add_gold, sample
from labelling.sampling.models import Gold, Item
from tests.factories import make_labeller, make_member, make_project, make_user

SLUG = "town"
N_EXAMPLES, FIRST, SECOND, N_GOLD, CASES_LEFT = 90, 48, 24, 4, 4
POLICY = {
    "gold_share": 0.2, "yardstick_share": 0.1, "initial_labels": 2, "minimum_labels": 2, "maximum_labels": 3,
    "stop_confidence": 0.9, "contest_below": 0.85, "batch_size": 10, "currency": "EUR", "price_label": 50_000,
    "price_expert": 500_000, "budget": 100_000_000, "fit_max_age": 100, "lease_seconds": 900,
}  # fmt: skip
WRONG_EVERY = {"anna": 11, "ben": 9, "sam": 3}
CLASSES = ("match", "no match")
_kept: dict[str, sqlite3.Connection] = {}
_blobs: dict[str, bytes] = {}


class Town:
    """The project, its clock, and the truth by request."""

    def __init__(self) -> None:
        self.now = timezone.now() - timedelta(hours=3)
        self.project = make_project(slug=SLUG, **POLICY)
        self.owner = make_user("olga")
        make_member(self.project, "eva", Role.EXPERT)
        self.lara = make_labeller(self.project, "lara")
        self.crowd = [make_labeller(self.project, name) for name in (*WRONG_EVERY, "max")]

    def tick(self, seconds: float = 9) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def number_of(request: str) -> int:
    return int(request.split()[4].rstrip(":"))


def truth(number: int) -> str:
    return CLASSES[number % 2]


def make_town() -> Town:
    town = Town()
    ingest(project=town.project, lines=predictions(), by=town.owner, now=town.tick())
    sample(project=town.project, budget=FIRST, strategy="margin", by=town.owner, seed=3, now=town.tick())
    for item in Item.objects.filter(by_probability=True, is_yardstick=False).order_by("id")[:N_GOLD]:
        answer = {"choice": truth(number_of(json.loads(item.example.payload)["request"]))}
        add_gold(item=item, answer=answer, origin=Gold.Origin.PROBABILITY, by=town.owner, reason="known", now=town.now)
    slow = lease_items(labeller=town.lara, count=3, now=town.now).leases
    town.tick(POLICY["lease_seconds"] + 1)
    label_until_done(town)
    answer_too_late(town, slow)
    decide_cases(town)
    publish(
        project=town.project, by=town.owner, message="The first", now=town.tick(), override_reason="a small example"
    )
    point_alias(project=town.project, name="production", number=1, by=town.owner, now=town.tick())
    worst = Batch.objects.filter(labeller__name="max").order_by("number").first()
    reject(batch=worst, reason="Always the same answer.", by=town.owner, now=town.tick())
    refit_project(project=town.project, now=town.tick())
    label_until_done(town)
    publish(
        project=town.project, by=town.owner, message="Without a batch", now=town.tick(), override_reason="as before"
    )
    sample(project=town.project, budget=SECOND, strategy="bald", by=town.owner, seed=4, now=town.tick())
    label_until_done(town, sittings=2)
    experts.pull(project=town.project, now=town.tick())
    pay_and_withhold(town)
    return town


def pay_and_withhold(town: Town) -> None:
    """Anna is paid; of max a batch is withheld, and he appeals: against that, and, once refused, as a whole."""
    now = town.tick()
    record_payment(labeller=town.crowd[0], up_to=now, reference="Transfer 2026-17", by=town.owner, now=now)
    closed = Batch.objects.filter(labeller__name="max", closed_at__isnull=False).order_by("number")
    held = withhold(
        batch=closed[0], by=town.owner, now=now,
        evidence="I read all ten: the same answer, also where the texts differ.",
        notice="All ten answers are “match”, also where the offer is about something else. Please tell us why.",
    )  # fmt: skip
    max_ = held.labeller
    first = raise_appeal(labeller=max_, why="I was only trying the keys.", now=now).appeal
    answer_appeal(appeal=first, outcome="refused", answer="There were ninety of them.", by=town.owner, now=town.tick())
    raise_appeal(labeller=max_, why="They do match: each offer says “any pet”.", withholding=held, now=town.tick())


def predictions() -> list[bytes]:
    lines = []
    for number in range(1, N_EXAMPLES + 1):
        share = 0.5123 + (0.4 if truth(number) == "match" else -0.4) * (number % 7) / 7
        spread = [round(share + 0.011 * (step - 2), 6) for step in range(5)]
        payload = {
            "request": f"Someone to look after {number}: a cat, the whole of August, in the old town",
            "offer": f"I can look after any pet, number {number * 7}, at your place or mine, every day of the summer",
        }
        lines.append({
            "id": f"request-{number:03d}", "payload": payload, "model": "matcher", "pipeline": "rules-1",
            "slice": ("north", "south")[number % 3 > 0], "probabilities": {"match": share, "no match": 1 - share},
            "passes": [{"match": one, "no match": 1 - one} for one in spread],
        })  # fmt: skip
    return [json.dumps(line).encode() for line in lines]


def label_until_done(town: Town, sittings: int = 1000) -> None:
    idle = turn = 0
    while idle < len(town.crowd) and turn < sittings:
        labeller = town.crowd[turn % len(town.crowd)]
        leases = lease_items(labeller=labeller, count=10, now=town.now).leases
        for lease in leases:
            give(town, labeller, lease)
        close_batches(now=town.now)
        if turn % 4 == 3:
            refit_project(project=town.project, now=town.tick())
        idle, turn = (0 if leases else idle + 1), turn + 1


def answer_too_late(town: Town, leases) -> None:
    """Lara had these items for so long that others finished them; what she answers is kept for her."""
    for lease in leases:
        with suppress(LeaseExpired):
            submit(token=lease.token, labeller=town.lara, answer={"choice": "match"}, now=town.tick())


def give(town: Town, labeller: Member, lease) -> None:
    number = number_of(json.loads(lease.item.example.payload)["request"])
    right = truth(number)
    wrong = labeller.name in WRONG_EVERY and (number + len(labeller.name)) % WRONG_EVERY[labeller.name] == 0
    choice = "match" if labeller.name == "max" else CLASSES[1 - CLASSES.index(right)] if wrong else right
    if number % 17 == 0 and labeller.name != "max":
        abstain(token=lease.token, labeller=labeller, reason="unclear", note="which August?", now=town.tick())
        return
    seconds = 3 + number % 9
    submit(token=lease.token, labeller=labeller, answer={"choice": choice}, now=town.tick(seconds),
           wall_seconds=seconds, active_seconds=seconds)  # fmt: skip


def decide_cases(town: Town) -> None:
    experts.pull(project=town.project, now=town.tick())
    cases = list(Case.objects.filter(closed_at=None).select_related("item__example").order_by("id"))
    for case in cases[: max(1, len(cases) - CASES_LEFT)]:
        answer = {"choice": truth(number_of(json.loads(case.item.example.payload)["request"]))}
        experts.decide(case=case, by=town.owner, kind="answer", answer=answer,
                       rationale="A whole month is a match.", now=town.tick())  # fmt: skip


def bring_town() -> Project:
    """The town in the test's database (SQLite, a file): made once a process, copied in after that."""
    connection = connections["default"]
    if "copy" not in _kept:
        make_town()
        connection.close()
        kept = _kept["copy"] = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(connection.settings_dict["NAME"]) as database:
            database.backup(kept)
        _blobs.update({digest: blobs.path_of(digest).read_bytes() for digest in blobs.digests()})
    else:
        connection.close()
        with sqlite3.connect(connection.settings_dict["NAME"]) as database:
            _kept["copy"].backup(database)
        bring_blobs(_blobs)
    return Project.objects.get(slug=SLUG)


def bring_blobs(contents: dict[str, bytes]) -> None:
    """The parts of the town's versions, where this test keeps its own."""
    for digest, content in contents.items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            assert blobs.put(Path(file.name)).digest == digest
