"""Making endpoints, changing them, rotating their secrets, and closing them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from labelling.audit import actions as audit
from labelling.errors import Conflict
from labelling.projects.checks import check_text, invalid
from labelling.projects.models import Project, User
from labelling.webhooks import addresses
from labelling.webhooks.kinds import KINDS
from labelling.webhooks.models import Delivery, Endpoint
from labelling.webhooks.queries import endpoints
from labelling.webhooks.signing import new_secret

MOST = 20
OVERLAP = timedelta(hours=24)
LONGEST_DESCRIPTION = 200


class TooMany(Conflict):
    """A project has at most MOST endpoints: every event is sent to each."""

    code = "too_many_webhooks"


class Removed(Conflict):
    """The endpoint was removed; nothing can be done with it any more."""

    code = "webhook_removed"


def check_url(url: Any) -> str:
    """A URL that may be sent to, as far as can be said without looking its name up. Raises Invalid."""
    rules = addresses.rules()
    try:
        target = addresses.target_of(url)
        literal = target.literal
        if literal is not None:
            addresses.check([str(literal)], target=target, rules=rules)
        elif target.port not in rules.ports and not rules.networks:
            allowed = ", ".join(map(str, sorted(rules.ports)))
            raise addresses.Refused(f"must not use port {target.port}; allowed: {allowed}")
    except addresses.Refused as error:
        raise invalid("url", str(error)) from error
    return str(url)


def check_kinds(kinds: Any) -> list[str]:
    """Kinds of events, each once, in the order of the list; empty: all. Raises Invalid."""
    if not isinstance(kinds, list | tuple) or (unknown := [one for one in kinds if one not in KINDS]):
        said = f"knows no event {unknown[0]!r}" if isinstance(kinds, list | tuple) else "must be a list"
        raise invalid("kinds", f"{said}; the events are {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in kinds]


def check_description(text: Any) -> str:
    return check_text(text, field="description", most=LONGEST_DESCRIPTION, empty=True)


CHECKS: dict[str, Callable[[Any], Any]] = {"url": check_url, "kinds": check_kinds, "description": check_description}


@transaction.atomic
def create_endpoint(
    *, project: Project, url: str, by: User, now: datetime, description: str = "", kinds: Sequence[str] = ()
) -> Endpoint:
    """A new endpoint with a secret of its own. Raises Invalid naming the field, TooMany."""
    values = _checked(url=url, description=description, kinds=kinds)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if endpoints(project).count() >= MOST:
        raise TooMany(f"{project.slug} has {MOST} webhooks, the most there may be. Remove one that is not needed.")
    endpoint = Endpoint.objects.create(project=project, created_at=now, created_by=by, **values)
    audit.record("webhook.made", endpoint, by=by, now=now, project_id=project.pk, **values)
    return endpoint


@transaction.atomic
def change_endpoint(*, endpoint: Endpoint, changes: dict[str, Any], by: User, now: datetime) -> Endpoint:
    """changes: url, description and kinds, or some of them. What waits goes to the new address. Raises Invalid,
    Removed."""
    values = _checked(**changes)
    found = _lock(endpoint)
    before = {name: getattr(found, name) for name in values}
    if before != values:
        Endpoint.objects.filter(pk=endpoint.pk).update(**values)
        audit.record("webhook.changed", endpoint, by=by, now=now, project_id=found.project_id, before=before,
                     after=values)  # fmt: skip
    endpoint.refresh_from_db()
    return endpoint


def _checked(**values: Any) -> dict[str, Any]:
    return {name: CHECKS[name](value) for name, value in values.items()}


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, by: User, now: datetime) -> Endpoint:
    """A new secret. For OVERLAP messages are signed with both, so that the receiver can change over; rotating again
    meanwhile ends the older one at once. Raises Removed."""
    found = _lock(endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        secret=new_secret(), previous_secret=found.secret, previous_until=now + OVERLAP
    )
    audit.record("webhook.rotated", endpoint, by=by, now=now, project_id=found.project_id)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def reveal_secret(*, endpoint: Endpoint, by: User, now: datetime) -> str:
    """The secret, and an entry that says who read it. Raises Removed."""
    found = _lock(endpoint)
    audit.record("webhook.secret_read", endpoint, by=by, now=now, project_id=found.project_id)
    return found.secret


@transaction.atomic
def disable_endpoint(
    *, endpoint: Endpoint, by: User | None, now: datetime, why: str = Endpoint.Why.OWNER
) -> Endpoint:  # fmt: skip
    """Send nothing more to it; what waits is stopped. Again changes nothing. Raises Removed."""
    found = _lock(endpoint)
    if Endpoint.objects.filter(pk=endpoint.pk, disabled_at=None).update(disabled_at=now, disabled_why=why):
        _stop(endpoint)
        audit.record("webhook.disabled", endpoint, by=by, now=now, project_id=found.project_id, why=why)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def enable_endpoint(*, endpoint: Endpoint, by: User, now: datetime) -> Endpoint:
    """Send to it again, from the next event on; what it missed can be sent again from the log. Raises Removed."""
    found = _lock(endpoint)
    fresh = {"disabled_at": None, "disabled_why": "", "failing_since": None}
    if Endpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False).update(**fresh):
        audit.record("webhook.enabled", endpoint, by=by, now=now, project_id=found.project_id)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint: Endpoint, by: User, now: datetime) -> None:
    """Close it for good and forget its secrets; what was sent stays on record. Again changes nothing."""
    gone = {"removed_at": now, "removed_by": by, "secret": "", "previous_secret": "", "previous_until": None}
    if Endpoint.objects.filter(pk=endpoint.pk, removed_at=None).update(**gone):
        _stop(endpoint)
        audit.record("webhook.removed", endpoint, by=by, now=now, project_id=endpoint.project_id)


def _stop(endpoint: Endpoint) -> None:
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.STOPPED, next_at=None)


def _lock(endpoint: Endpoint) -> Endpoint:
    found = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if found.removed_at is not None:
        raise Removed("This webhook was removed. Make another one.")
    return found
