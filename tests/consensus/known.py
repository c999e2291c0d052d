"""Items whose truth is known by chance, and what the crowd said of them."""

from collections.abc import Sequence

from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.loop.audits import keep_audited
from labelling.projects.models import Member, Project
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items
from tests.loop.crowd import give_all, later

MATCH, NO_MATCH = '{"choice":"match"}', '{"choice":"no match"}'


def gold_items(project: Project, n: int, *, first: int = 1, origin: str = Gold.Origin.PROBABILITY, **fields) -> list:
    """n gold items whose first run is over; "match" is right of each."""
    items = make_items(project, n, first=first, purpose=Purpose.GOLD, pass_number=2, **fields)
    Gold.objects.bulk_create(Gold(item=item, answer=MATCH, origin=origin, created_at=NOW) for item in items)
    return items


def say(labeller: Member, items: Sequence[Item], answers: Sequence[str], *, run: int = 1) -> list[Label]:
    """One answer of a labeller to each item, in a run of it: written at once, since the real path takes its time."""
    batch = Batch.objects.create(
        labeller=labeller, number=1 + labeller.batches.count(), size=len(items), price=0, opened_at=NOW
    )
    leases = Lease.objects.bulk_create(
        Lease(labeller=labeller, item=item, pass_number=run, state=LeaseState.DONE, leased_at=NOW, expires_at=NOW)
        for item in items
    )
    return Label.objects.bulk_create(
        Label(
            project_id=labeller.project_id, lease=lease, item=item, labeller=labeller, pass_number=run,
            token=lease.token, answer=answer, batch=batch, schema=labeller.project.schema_in_force,
            guideline=labeller.project.guideline, policy=labeller.project.policy_in_force, at=NOW,
        )
        for lease, item, answer in zip(leases, items, answers, strict=True)
    )  # fmt: skip


def runs_on_gold(labellers: Sequence[Member], items: Sequence[Item], *, wrong: int) -> None:
    """A run of each gold item in which all agree, on the wrong answer for the first ones."""
    for labeller in labellers:
        say(labeller, items, [NO_MATCH] * wrong + [MATCH] * (len(items) - wrong))


def audited(project: Project, labellers: Sequence[Member], n: int, *, wrong: int, first: int = 1, **fields) -> list:
    """n items that the first two labellers settled as a match; the expert says so too, but of the first ones."""
    items = make_items(project, n, first=first, is_audit=True, **fields)
    for at, item in enumerate(items):
        give_all(labellers, item, "match", "match")
        keep_audited(item=item, answer={"choice": "no match" if at < wrong else "match"}, by=None, now=later(1))
    return items
