"""Money is reserved when a batch opens and spent when it closes: one row is touched once a batch, not once a label."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from labelling.assignment.models import Batch
from labelling.projects.models import Account, Member, PolicyVersion

LARGEST = 1000


def reserve(*, project_id: int, amount: int) -> bool:
    """Set `amount` micro-units aside; False when the budget has no room for it. One conditional UPDATE."""
    room = Q(budget=None) | Q(budget__gte=F("reserved") + F("spent") + amount)
    return bool(Account.objects.filter(room, project=project_id).update(reserved=F("reserved") + amount))


def spend(*, project_id: int, amount: int) -> bool:
    """Spend without a reservation (an expert's decision); False when the budget has no room for it."""
    room = Q(budget=None) | Q(budget__gte=F("reserved") + F("spent") + amount)
    return bool(Account.objects.filter(room, project=project_id).update(spent=F("spent") + amount))


def open_batch(*, labeller: Member, policy: PolicyVersion, now: datetime) -> Batch | None:
    """The labeller's next batch, smaller where the budget is nearly spent; None when it is. In a transaction."""
    size = affordable(project_id=labeller.project_id, price=policy.price_label, wanted=policy.batch_size)
    while size and not reserve(project_id=labeller.project_id, amount=size * policy.price_label):
        size -= 1
    if not size:
        return None
    last = Batch.objects.filter(labeller=labeller).aggregate(last=Max("number"))["last"] or 0
    return Batch.objects.create(labeller=labeller, number=last + 1, size=size, price=policy.price_label, opened_at=now)


def affordable(*, project_id: int, price: int, wanted: int) -> int:
    """How many labels of that price the budget still has room for, at most `wanted`."""
    account = Account.objects.get(project=project_id)
    if account.budget is None or not price:
        return wanted
    return max(0, min(wanted, (account.budget - account.reserved - account.spent) // price))


def settle(*, batch: Batch, now: datetime) -> bool:
    """Close a full batch: what it reserved becomes what its standing labels cost. False when another closed it."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if locked.closed_at or not locked.full_at:
            return False
        Batch.objects.filter(pk=batch.pk).update(closed_at=now)
        Account.objects.filter(project=batch.labeller.project_id).update(
            reserved=F("reserved") - locked.size * locked.price, spent=F("spent") + locked.n_labels * locked.price
        )
    return True
