"""A small project of any kind of label, with something of everything that has an answer in it."""

from dataclasses import dataclass
from typing import Any

from experts import actions as experts
from labelling import canonical
from labelling.ingest.actions import ingest
from labelling.loop.gold_file import take_gold
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.projects.models import Project, Role
from labelling.sampling.actions import sample
from labelling.sampling.models import Item
from labelling.schemas import kind_of
from tests.factories import NOW, make_labellers, make_member, make_user
from tests.kinds import answers_of, payload_of
from tests.loop.crowd import later, take

N = 8
POLICY = {"mode": "fixed", "maximum_labels": 2, "initial_labels": 2, "batch_size": 2, "gold_share": 0.0,
          "contest_below": 0.9, "yardstick_share": 0.0, "audit_share": 0.0}  # fmt: skip


@dataclass
class Place:
    """Items 1 to 4: two agree; 5 and 6: two differ, and an expert has the case; 7: open; 8: gold."""

    project: Project
    items: list[Item]


def place_of(name: str, **changed: Any) -> Place:
    """A project of that kind of label, its example's definition changed so, with labels, contested items, gold and a
    version: owner olga, expert eva, labellers lara and max beside the two who labelled."""
    olga = make_user("olga")
    project = create_project(
        slug="town", name="Town", kind=name, definition={**kind_of(name).example, **changed}, guideline="Look closely.",
        policy=POLICY, by=olga, seed=7, now=NOW,
    )  # fmt: skip
    lines = [canonical.dumps({"id": f"item-{number}", "payload": payload_of(name)}).encode() for number in range(N)]
    ingest(project=project, lines=lines, by=olga, now=NOW)
    sample(project=project, budget=N, strategy="uniform", by=olga, seed=3, now=NOW)
    items = list(project.items.order_by("id"))
    right, wrong = answers_of(name)
    gold = canonical.dumps({"key": items[7].example.external_id, "answer": right, "reason": "known"}).encode()
    take_gold(project=project, data=gold, form="ndjson", purpose="gold", by=olga, now=NOW)
    for username, role in (("eva", Role.EXPERT), ("lara", Role.LABELLER), ("max", Role.LABELLER)):
        make_member(project, username, role)
    one, other = make_labellers(project, 2)
    for number, item in enumerate(items[:6]):
        for labeller, answer in ((one, right), (other, right if number < 4 else wrong)):
            lease = take(labeller, item)
            submit(token=lease.token, labeller=labeller, answer=answer, now=later(number))
    refit_project(project=project, now=later(60))
    experts.pull(project=project, now=later(61))
    publish(project=project, by=olga, message="", override_reason="a small example", now=later(70))
    reject(batch=other.batches.order_by("number").first(), reason="asleep", by=olga, now=later(80))
    return Place(project, items)
