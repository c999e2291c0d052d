"""A labeller of 10,000 labels in a project of 100,000, written as rows, to preview, reject and lift."""

import random
from datetime import timedelta

from django.db import connection

from labelling import canonical
from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.consensus import fitting, queries
from labelling.consensus.models import Authority, Resolution
from labelling.ids import new_token
from labelling.loop.publish import publish
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, State
from tests.factories import NOW, make_items, make_labellers, make_project

ANSWERS = [canonical.dumps({"choice": name}) for name in ("match", "no match")]
A_BATCH = 500
WIDE = 2000


def crowd(n_items: int, *, others: int = 89, biggest: int = 10_000, versions: int = 1) -> tuple[Project, Member]:
    """n_items resolved items with four labels each, in versions; the labeller of `biggest` labels."""
    project = make_project(gold_share=0.0, stop_confidence=0.9)
    chance = random.Random(7)
    items = make_items(project, n_items)
    members = make_labellers(project, others + 1)
    given: dict[Member, list[Item]] = {member: [] for member in members}
    for number, item in enumerate(items):
        item.state, item.n_done, item.target = State.RESOLVED, 4, 4
        crowd = chance.sample(members[1:], 4)
        for member in [members[0], *crowd[1:]] if number < biggest else crowd:
            given[member].append(item)
    Item.objects.bulk_update(items, ["state", "n_done", "target"], batch_size=1000)
    truth = {item.pk: chance.randrange(2) for item in items}
    for member in members:
        _give(project, member, given[member], truth, 0.55 if member is members[0] else 0.85, chance)
    Resolution.objects.bulk_create(
        [
            Resolution(item=item, pass_number=1, authority=Authority.CROWD, answer=ANSWERS[truth[item.pk]],
                       confidence=0.9, posterior={"match": 900_000}, at=NOW)
            for item in items
        ],
        batch_size=WIDE,
    )  # fmt: skip
    fitting.fit_project(project=project, counted=queries.counted_arrays(project), now=NOW)
    if connection.vendor == "postgresql":
        # As autovacuum does soon after so many rows.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    for _ in range(versions):
        publish(project=project, by=None, message="", now=NOW, override_reason="a measurement")
    return project, members[0]


def _give(
    project: Project, member: Member, items: list[Item], truth: dict[int, int], right: float, chance: random.Random
) -> None:
    batches = Batch.objects.bulk_create(
        Batch(labeller=member, number=1 + start // A_BATCH, size=A_BATCH, price=1_000_000, opened_at=NOW, full_at=NOW,
              n_labels=len(items[start : start + A_BATCH]))
        for start in range(0, len(items), A_BATCH)
    )  # fmt: skip
    leases = Lease.objects.bulk_create(
        [
            Lease(labeller=member, item=item, pass_number=1, state=LeaseState.DONE, leased_at=NOW, expires_at=NOW)
            for item in items
        ],
        batch_size=WIDE,
    )
    Label.objects.bulk_create(
        [
            Label(project=project, lease=lease, item=lease.item, labeller=member, pass_number=1, token=new_token(),
                  answer=ANSWERS[truth[lease.item_id] ^ (chance.random() > right)], batch=batches[number // A_BATCH],
                  schema=project.schema, guideline=project.guideline, policy=project.policy,
                  at=NOW + timedelta(seconds=number))
            for number, lease in enumerate(leases)
        ],
        batch_size=WIDE,
    )  # fmt: skip
