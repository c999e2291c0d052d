"""Saying that something happened: rows in the transaction of what happened, sent afterwards by a worker."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from labelling.audit import actions as audit
from labelling.errors import Conflict, NotFound
from labelling.jobs.actions import enqueue
from labelling.projects.models import Project, User
from labelling.webhooks.kinds import KINDS, TEST
from labelling.webhooks.models import Delivery, Endpoint, Message
from labelling.webhooks.queries import wanting

JOB = "webhook"


class NotSentTo(Conflict):
    """The endpoint is disabled or removed: nothing is sent to it."""

    code = "webhook_disabled"


def announce(*, project: Project, kind: str, data: dict[str, Any], now: datetime) -> Message | None:
    """Tell every endpoint of the project that wants this kind; None, after one look-up, where there is none.

    Call it in the transaction of what happened: both are there, or neither. data: JSON; ids, numbers and paths only.
    """
    assert kind in KINDS, kind
    endpoints = wanting(project.pk, kind)
    return _write(project, kind, data, endpoints, now) if endpoints else None


@transaction.atomic
def send_test(*, endpoint: Endpoint, by: User, now: datetime) -> Delivery:
    """Send one message that says nothing, once, also to an endpoint that is disabled. Raises NotSentTo."""
    if endpoint.removed_at is not None:
        raise NotSentTo("This webhook was removed. Make another one.")
    project = endpoint.project
    data = {"says": "It works.", "url": f"{path_of(project)}/webhooks"}
    message = _write(project, TEST, data, [endpoint], now)
    audit.record("webhook.tested", endpoint, by=by, now=now, project_id=project.pk, message=message.public_id)
    return message.deliveries.get()


@transaction.atomic
def send_again(*, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """Replay: send the same message, under the same id, now, and again by the schedule if that fails. Raises NotSentTo
    for an endpoint that is disabled, NotFound for a message that was cleared meanwhile."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
    if endpoint.removed_at is not None or (endpoint.disabled_at is not None and delivery.message.kind != TEST):
        raise NotSentTo("This webhook is disabled. Enable it, then send again.")
    if not Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.WAITING, next_at=now, n_tries=0):
        raise NotFound("This message was cleared: it is too old to be sent again.")
    plan(delivery.pk, at=now, now=now)
    audit.record(
        "webhook.sent_again", endpoint, by=by, now=now, project_id=endpoint.project_id,
        message=delivery.message.public_id,
    )  # fmt: skip
    delivery.refresh_from_db()
    return delivery


def plan(delivery_id: int, *, at: datetime, now: datetime) -> None:
    """A job for the next try. One that waits for a later time, as after a replay, stays and finds nothing to do."""
    enqueue(JOB, key=f"{delivery_id}@{at.timestamp():.3f}", now=now, run_after=at, delivery=delivery_id)


@transaction.atomic
def _write(
    project: Project, kind: str, data: dict[str, Any], endpoints: Iterable[Endpoint], now: datetime
) -> Message:  # fmt: skip
    body = {"type": kind, "timestamp": moment(now), "data": {"project": _named(project), **data}}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    message = Message.objects.create(project=project, kind=kind, body=text, at=now)
    for endpoint in endpoints:
        delivery = Delivery.objects.create(endpoint=endpoint, message=message, next_at=now)
        plan(delivery.pk, at=now, now=now)
    return message


def _named(project: Project) -> dict[str, str]:
    return {"id": project.public_id, "slug": project.slug, "url": path_of(project)}


def path_of(project: Project) -> str:
    """Of the API, on this server."""
    return f"/api/v1/projects/{project.slug}"


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
