"""An owner looked at a batch and accepts it."""

from datetime import datetime

from django.db import transaction

from labelling.assignment.models import Batch, BatchReview
from labelling.audit.actions import record
from labelling.errors import Conflict
from labelling.projects.models import User


class NotAcceptable(Conflict):
    """A batch that is still being filled, or that was rejected, can't be accepted."""

    code = "not_acceptable"


def accept_batch(*, batch: Batch, reason: str, by: User, now: datetime) -> BatchReview:
    """Write that a full batch was reviewed and accepted; again is harmless. Raises NotAcceptable."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("labeller").get(pk=batch.pk)
        if batch.full_at is None:
            raise NotAcceptable("This batch is still being filled; review it when it is full.")
        if batch.rejections.filter(lifted_at=None).exists():
            raise NotAcceptable("This batch is rejected; lift the rejection first.")
        review, is_new = BatchReview.objects.get_or_create(
            batch=batch, defaults={"by": by, "reason": reason, "at": now}
        )
        if is_new:
            project_id = batch.labeller.project_id
            record("batch.accepted", batch, by=by, now=now, project_id=project_id, reason=reason)
        return review
