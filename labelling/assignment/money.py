"""Money is reserved when a batch opens and spent when it closes: one row is touched once a batch, not once a label."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from labelling.assignment import worked
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


def most_a_label(policy: PolicyVersion) -> int:
    """Micro-units that one label can cost: its price; or an hour's pay for as long as an item is leased."""
    if policy.pay_hour is None:
        return policy.price_label
    return worked.at_rate(policy.lease_seconds * 1000, policy.pay_hour)


def open_batch(*, labeller: Member, policy: PolicyVersion, now: datetime) -> Batch | None:
    """The labeller's next batch, smaller where the budget is nearly spent; None when it is. In a transaction.

    It keeps what the policy promises now: a later policy does not change what its labels pay.
    """
    price = most_a_label(policy)
    size = affordable(project_id=labeller.project_id, price=price, wanted=policy.batch_size)
    while size and not reserve(project_id=labeller.project_id, amount=size * price):
        size -= 1
    if not size:
        return None
    last = Batch.objects.filter(labeller=labeller).aggregate(last=Max("number"))["last"] or 0
    return Batch.objects.create(
        labeller=labeller, number=last + 1, size=size, price=price, pay_hour=policy.pay_hour,
        most_seconds=policy.lease_seconds, opened_at=now,
    )  # fmt: skip


def affordable(*, project_id: int, price: int, wanted: int) -> int:
    """How many labels of that price the budget still has room for, at most `wanted`."""
    account = Account.objects.get(project=project_id)
    if account.budget is None or not price:
        return wanted
    return max(0, min(wanted, (account.budget - account.reserved - account.spent) // price))


def settle(*, batch: Batch, now: datetime) -> bool:
    """Close a full batch: what it reserved becomes what its standing labels earned. False when another closed it."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if locked.closed_at or not locked.full_at:
            return False
        account = worked.account_of(locked)
        amount = sum(account.amounts.values())
        Batch.objects.filter(pk=batch.pk).update(
            closed_at=now, amount=amount, worked_ms=sum(account.worked.values()), n_gold=account.n_gold,
            n_training=account.n_training, n_abstained=account.n_abstained,
        )  # fmt: skip
        Account.objects.filter(project=batch.labeller.project_id).update(
            reserved=F("reserved") - locked.size * locked.price, spent=F("spent") + amount
        )
    return True
