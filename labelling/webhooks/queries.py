"""Which endpoints there are, and what became of what was sent to them."""

from django.db.models import QuerySet

from labelling.projects.models import Project
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Delivery, Endpoint, Message


def endpoints(project: Project) -> QuerySet[Endpoint]:
    """Those that were not removed."""
    return Endpoint.objects.filter(project=project, removed_at=None)


def wanting(project_id: int, kind: str) -> list[Endpoint]:
    """Live endpoints that want events of a kind. One look-up in an index that holds nothing else."""
    live = Endpoint.objects.live().filter(project=project_id).order_by("pk")
    return [endpoint for endpoint in live if not endpoint.kinds or kind in endpoint.kinds]


def told_of_cases() -> dict[int, Endpoint]:
    """{project: its oldest live endpoint that wants to know of waiting cases}."""
    live = Endpoint.objects.live().order_by("-pk")
    return {one.project_id: one for one in live if not one.kinds or Kind.CASE_WAITING in one.kinds}


def newest_message(project_id: int, kind: str) -> Message | None:
    return Message.objects.filter(project=project_id, kind=kind).order_by("-at").first()


def deliveries(endpoint: Endpoint) -> QuerySet[Delivery]:
    """What was sent to an endpoint or is to be, with every attempt."""
    return endpoint.deliveries.select_related("message", "endpoint").prefetch_related("attempts")
