"""The model's answer to correct, where the policy lets labellers begin with it.

One item in ten, drawn by chance, is begun with nothing all the same: the difference shows how much seeing it pulls.
"""

from collections.abc import Sequence
from dataclasses import replace

from labelling.assignment.desks import Asking
from labelling.assignment.models import Lease
from labelling.assignment.winning import Won
from labelling.ingest.models import Prediction
from labelling.projects.models import PolicyVersion
from labelling.sampling import chance


def with_suggestions(asking: Asking, won: Sequence[Won]) -> list[Won]:
    """The same leases, each with the newest model's answer where one is shown; which one stays with the lease.

    Two statements, and none where the policy shows nothing. Gold begins as work does, or it could be told.
    """
    if not asking.policy.suggest or not won:
        return list(won)
    said = {item: (pk, answer) for item, pk, answer in _newest(asking, [one.lease.item_id for one in won])}
    for one in won:
        one.lease.suggestion_id = said.get(one.lease.item_id, (None, None))[0]
    Lease.objects.bulk_update([one.lease for one in won], ["suggestion"])
    return [replace(one, suggestion=said.get(one.lease.item_id, (None, None))[1]) for one in won]


def _newest(asking: Asking, items: Sequence[int]) -> list[tuple[int, int, str]]:
    """(item, prediction, answer) of the items that aren't withheld, older predictions first."""
    rows = Prediction.objects.filter(
        example__item__in=items, schema=asking.schema_id, answer__isnull=False
    ).order_by("pk")  # fmt: skip
    found = rows.values_list("example__item", "pk", "answer", "example__external_id", "example__project__seed")
    return [
        (item, pk, answer)
        for item, pk, answer, external_id, seed in found
        if answer is not None and not is_withheld(asking.policy, seed, external_id)
    ]


def is_withheld(policy: PolicyVersion, seed: int, external_id: str) -> bool:
    """Whether labellers of an item begin with nothing, though the model has an answer."""
    return chance.fraction(seed, "suggestion", external_id) < policy.suggest_withheld
