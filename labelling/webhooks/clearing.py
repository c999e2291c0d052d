"""Messages are kept for a while, so that they can be looked at and sent again, and not for ever."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from labelling.webhooks.models import Attempt, Delivery, Message

CHUNK = 1_000


def clear_old(*, now: datetime) -> int:
    """Remove messages that were announced more than WEBHOOK_DAYS days ago, with what became of them; returns how many.

    What still waits to be sent stays, and so does the newest of each kind in a project: it says up to when was told.
    """
    cleared = 0
    while ids := list(_old(now - timedelta(days=settings.WEBHOOK_DAYS)).values_list("pk", flat=True)[:CHUNK]):
        cleared += _clear(ids)
    return cleared


def _old(before: datetime) -> QuerySet[Message]:
    newer = Message.objects.filter(project=OuterRef("project"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"))
    waiting = Delivery.objects.filter(message=OuterRef("pk"), state=Delivery.State.WAITING)
    return Message.objects.filter(Exists(newer), ~Exists(waiting), at__lt=before).order_by("pk")


@transaction.atomic
def _clear(ids: list[int]) -> int:
    """An owner may have sent one again since it was looked for: it stays."""
    over = Delivery.objects.filter(message__in=ids).exclude(state=Delivery.State.WAITING)
    deliveries = list(over.select_for_update().values_list("pk", flat=True))
    Attempt.objects.filter(delivery__in=deliveries).delete()
    Delivery.objects.filter(pk__in=deliveries).delete()
    unsent = Message.objects.filter(~Exists(Delivery.objects.filter(message=OuterRef("pk"))), pk__in=ids)
    return unsent.delete()[0]
