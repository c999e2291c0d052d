"""Writing the record."""

from datetime import datetime
from typing import Any

from django.db import models

from labelling.audit.models import Entry


def record(
    action: str, subject: models.Model, *, by: Any, now: datetime, project_id: int | None, **detail: Any
) -> Entry:
    """Append one entry; call it inside the transaction of the change. `by` is a User, or None for the system."""
    return Entry.objects.create(
        at=now,
        by=by,
        action=action,
        project_id=project_id,
        subject_kind=subject._meta.model_name or "",
        subject_id=str(getattr(subject, "public_id", None) or subject.pk),
        detail=detail,
    )
