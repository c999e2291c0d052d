"""Gold and labels on it, written as rows: what tests of known answers start from."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from labelling import canonical
from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.projects.models import Member, Project
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items


def make_gold_items(
    project: Project, n: int, *, first: int = 1, purpose: str = Purpose.GOLD, origin: str = "chosen"
) -> list[Item]:
    """n gold items that are a match, known since NOW."""
    items = make_items(project, n, first=first, purpose=purpose)
    Gold.objects.bulk_create(
        [Gold(item=item, answer=said("match"), origin=origin, reason="plain", created_at=NOW) for item in items]
    )
    return items


def said(choice: str) -> str:
    return canonical.dumps({"choice": choice})


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def give(labeller: Member, item: Item, choice: str = "match", *, at: datetime = NOW, seconds: float = 4.0) -> Label:
    """A standing label, as submitting would leave it."""
    return give_all([(labeller, item, choice, at, seconds)])[0]


def give_all(rows: Sequence[tuple[Member, Item, str, datetime, float]]) -> list[Label]:
    """Standing labels of (labeller, item, choice, when, seconds), in this order; a batch a labeller."""
    leases = Lease.objects.bulk_create(
        [
            Lease(labeller=labeller, item=item, pass_number=item.pass_number, state=LeaseState.DONE, leased_at=at,
                  expires_at=at)
            for labeller, item, _, at, _ in rows
        ]
    )  # fmt: skip
    batches = {labeller.pk: _batch(labeller) for labeller, *_ in rows}
    project: Project = rows[0][0].project
    rules = {"schema": project.schema, "guideline": project.guideline, "policy": project.policy}
    return Label.objects.bulk_create(
        [
            Label(project=project, lease=lease, item=item, labeller=labeller, pass_number=item.pass_number,
                  token=lease.token, answer=said(choice), batch=batches[labeller.pk], at=at, active_seconds=seconds,
                  **rules)
            for lease, (labeller, item, choice, at, seconds) in zip(leases, rows, strict=True)
        ]
    )  # fmt: skip


def _batch(labeller: Member) -> Batch:
    settled = {"size": 500, "price": 0, "opened_at": NOW}
    return Batch.objects.get_or_create(labeller=labeller, number=1, defaults=settled)[0]
