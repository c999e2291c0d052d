"""Labellers whose labels surely say little get no more work, where the policy asks for a least quality."""

from datetime import datetime

import numpy as np

from labelling.audit.models import Entry
from labelling.consensus.models import Fit, FitRow
from labelling.consensus.queries import Counted
from labelling.loop.people import suspend_labeller
from labelling.projects.models import Member, PolicyVersion
from labelling.stats import refusing


def refuse_poor(*, fit: Fit, counted: Counted, policy: PolicyVersion, now: datetime) -> list[Member]:
    """Suspend who is below the policy's least quality even at the upper limit; returns them. What they gave stays,
    counts and is paid. Who was let in again by somebody stays in. Harmless to repeat."""
    if policy.least_quality <= 0 or not counted.labeller_ids:
        return []
    k = len(counted.classes)
    rows = dict(FitRow.objects.filter(fit=fit).values_list("labeller_id", "confusion"))
    known = [at for at, labeller in enumerate(counted.labeller_ids) if labeller in rows]
    confusion = np.array([np.frombuffer(bytes(rows[counted.labeller_ids[at]])).reshape(k, k) for at in known])
    given = np.bincount(counted.workers, minlength=len(counted.labeller_ids))[known]
    poor = refusing.refused(
        confusion.reshape(-1, k, k),
        np.frombuffer(bytes(fit.prior)),
        given,
        least=policy.least_quality,
        careful=True,
    )
    ids = [counted.labeller_ids[known[at]] for at in np.flatnonzero(poor)]
    working = Member.objects.filter(pk__in=ids, suspended_at=None).order_by("id")
    let_in = set(
        Entry.objects.filter(
            project_id=fit.project_id, action="member.resumed", subject_id__in=working.values("public_id")
        ).values_list("subject_id", flat=True)
    )  # fmt: skip
    reason = f"Answers tell too little of what is right: surely less than the policy's {policy.least_quality:g}."
    return [
        suspend_labeller(member=member, reason=reason, by=None, now=now)
        for member in working
        if member.public_id not in let_in
    ]
