"""Sending what waits: one job a try, at least once, always under the same id.

A worker sends in threads beside its work (tasks.py). A thread claims the endpoint before it sends, so that one that is
slow keeps one thread busy and no more; after a failure it is left alone for twice as long as that took, so that it gets
a third of that thread's time at most.
"""

import ssl
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from labelling.webhooks import addresses, signing
from labelling.webhooks.actions import disable_endpoint
from labelling.webhooks.announcing import plan
from labelling.webhooks.kinds import TEST
from labelling.webhooks.models import Attempt, Delivery, Endpoint
from labelling.webhooks.schedule import pause
from labelling.webhooks.sending import SECONDS, Resolver, Sent, post, resolve

# Longer than any request: then the worker died, and another may send.
CLAIM = timedelta(seconds=4 * SECONDS)
# Until an endpoint that is busy is looked at again, for each message that is before this one.
LATER = timedelta(seconds=2)
MOST_BEFORE = 100
GONE = 410

State = Delivery.State


def deliver_job(*, now: datetime, delivery: int, **_: Any) -> dict[str, Any]:
    """The handler of the job "webhook"."""
    return deliver(delivery, now=now)


def deliver(
    delivery_id: int, *, now: datetime, resolver: Resolver = resolve, context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> dict[str, Any]:  # fmt: skip
    """Try a delivery once, if it is due; what came of it. Twice at once, or again, sends once; a worker that dies
    between sending and writing that down makes it twice, under one id."""
    delivery = Delivery.objects.select_related("endpoint__project", "message").filter(pk=delivery_id).first()
    if delivery is None or delivery.next_at is None or delivery.next_at > now:
        return {"sent": False, "because": "it is not due"}
    endpoint = delivery.endpoint
    if endpoint.removed_at is not None or (endpoint.disabled_at is not None and delivery.message.kind != TEST):
        _mine(delivery).update(state=State.STOPPED, next_at=None)
        return {"sent": False, "because": "the endpoint is disabled"}
    if not _claim(endpoint, now):
        plan(delivery.pk, at=now + LATER * (1 + _before(delivery, now)), now=now)
        return {"sent": False, "because": "the endpoint is busy"}
    # Whoever had the endpoint until now may just have sent this.
    if not _mine(delivery).exists():
        Endpoint.objects.filter(pk=endpoint.pk).update(busy_until=None)
        return {"sent": False, "because": "it is not due"}
    send = partial(post, rules=addresses.rules(), resolver=resolver, context=context, seconds=seconds)
    body = delivery.message.body.encode()
    signed = signing.headers(secrets=_secrets(endpoint, now), message_id=delivery.message.public_id, now=now, body=body)
    sent = send(endpoint.url, body, signed)
    _write_down(delivery, sent, now)
    return {"sent": True, "status": sent.status, "error": sent.error}


def _mine(delivery: Delivery) -> Any:
    """The delivery, if nobody has sent it, or sent it again, since it was read."""
    return Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at, n_attempts=delivery.n_attempts)


def _before(delivery: Delivery, now: datetime) -> int:
    """How many messages for the same endpoint are due and older: what waits for a slow one stands in line."""
    due = Delivery.objects.filter(endpoint=delivery.endpoint_id, state=State.WAITING, next_at__lte=now)
    return due.filter(pk__lt=delivery.pk).order_by()[:MOST_BEFORE].count()


def _claim(endpoint: Endpoint, now: datetime) -> bool:
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    return bool(Endpoint.objects.filter(free, pk=endpoint.pk).update(busy_until=now + CLAIM))


def _secrets(endpoint: Endpoint, now: datetime) -> list[str]:
    rotating = endpoint.previous_until is not None and endpoint.previous_until > now
    return [endpoint.secret, *([endpoint.previous_secret] if rotating else [])]


@transaction.atomic
def _write_down(delivery: Delivery, sent: Sent, now: datetime) -> None:
    after = now + timedelta(seconds=sent.seconds)
    number = delivery.n_attempts + 1
    Attempt.objects.create(
        delivery=delivery, number=number, at=now, milliseconds=round(1000 * sent.seconds), status=sent.status,
        error=sent.error[:300], reply=sent.reply,
    )  # fmt: skip
    outcome = _outcome(delivery, sent, after)
    if not _mine(delivery).update(n_tries=delivery.n_tries + 1, n_attempts=number, **outcome):
        # An owner sent it again meanwhile: that counts from the start.
        Delivery.objects.filter(pk=delivery.pk).update(n_attempts=number)
    elif outcome["next_at"] is not None:
        plan(delivery.pk, at=outcome["next_at"], now=now)
    _tell_endpoint(delivery, sent, outcome["state"], now)


def _outcome(delivery: Delivery, sent: Sent, after: datetime) -> dict[str, Any]:
    if sent.worked:
        return {"state": State.DELIVERED, "next_at": None}
    wait = None
    if sent.status != GONE and delivery.message.kind != TEST:
        wait = pause(
            n_tries=delivery.n_tries + 1, seed=delivery.endpoint.project.seed, key=delivery.public_id, asked=sent.asked
        )
    return {"state": State.FAILED if wait is None else State.WAITING, "next_at": wait and after + wait}


def _tell_endpoint(delivery: Delivery, sent: Sent, state: str, now: datetime) -> None:
    """What a try means for the endpoint: free again, or left alone for a while; disabled when it is gone, or when a
    message was given up and nothing else got through since its first try."""
    row = Endpoint.objects.filter(pk=delivery.endpoint_id)
    if sent.worked:
        row.update(busy_until=None, failing_since=None)
        return
    row.update(busy_until=now + timedelta(seconds=3 * sent.seconds))
    if delivery.message.kind != TEST:
        row.filter(failing_since=None).update(failing_since=now)
    endpoint = row.get()
    if endpoint.removed_at is not None:
        return
    if sent.status == GONE:
        disable_endpoint(endpoint=endpoint, by=None, why=Endpoint.Why.GONE, now=now)
    elif state == State.FAILED and delivery.message.kind != TEST and _nothing_worked(delivery, endpoint):
        disable_endpoint(endpoint=endpoint, by=None, why=Endpoint.Why.FAILING, now=now)


def _nothing_worked(delivery: Delivery, endpoint: Endpoint) -> bool:
    first = delivery.attempts.get(number=delivery.n_attempts - delivery.n_tries + 1)
    return endpoint.failing_since is not None and endpoint.failing_since <= first.at
