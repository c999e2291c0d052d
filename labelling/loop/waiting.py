"""Telling endpoints that contested items wait for an expert. Not where an item becomes contested, which is the path of
a label: from the background, so many at once, and only for projects that want to be told."""

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime

from labelling import canonical
from labelling.projects.models import Project
from labelling.sampling.models import Item, State
from labelling.webhooks.announcing import announce, moment, path_of
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Endpoint
from labelling.webhooks.queries import newest_message, told_of_cases

# One message in so long at most.
TOGETHER = timedelta(minutes=5)
# A transaction may end so much later than the time it writes.
SETTLED = timedelta(seconds=15)


def announce_waiting(*, now: datetime) -> int:
    """Announce what became contested since the last time, project by project; returns how many were told.

    One look-up where no endpoint wants to be told. Run twice at once, it may tell twice.
    """
    found = told_of_cases()
    projects = Project.objects.in_bulk(list(found)) if found else {}
    return sum(_announce(projects[pk], endpoint, now) for pk, endpoint in found.items())


def _announce(project: Project, endpoint: Endpoint, now: datetime) -> bool:
    last = newest_message(project.pk, Kind.CASE_WAITING)
    if last is not None and last.at > now - TOGETHER:
        return False
    since = _until(last.body) if last is not None else endpoint.created_at
    until = (now - SETTLED).replace(microsecond=0)
    contested = Item.objects.filter(project=project, state=State.CONTESTED)
    n_new = contested.filter(state_at__gt=since, state_at__lte=until).count()
    if not n_new:
        return False
    data = {
        "new": n_new, "waiting": contested.count(), "since": moment(since), "until": moment(until),
        "url": f"{path_of(project)}/cases",
    }  # fmt: skip
    return announce(project=project, kind=Kind.CASE_WAITING, data=data, now=now) is not None


def _until(body: str) -> datetime:
    until = parse_datetime(canonical.loads(body)["data"]["until"])
    assert until is not None  # We wrote it.
    return until
