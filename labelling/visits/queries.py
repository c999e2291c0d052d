"""Which visit a worker is on, and what they gave in it."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from labelling.assignment.models import Label, LabelQuerySet
from labelling.projects.models import Member, Project
from labelling.visits.checks import filled_in
from labelling.visits.errors import EntranceUnknown
from labelling.visits.models import Entrance, Stretch, Visit

WHOLE = ("worker__entrance", "worker__member")


def entrance_of(secret: str) -> Entrance:
    """Raises EntranceUnknown."""
    found = Entrance.objects.select_related("project__schema", "project__guideline", "project__policy").filter(
        secret=secret
    )  # fmt: skip
    entrance = None if "\x00" in secret else found.first()
    if entrance is None:
        raise EntranceUnknown(_("This link is not known. Check that it was copied whole."))
    return entrance


def entrances(project: Project) -> QuerySet[Entrance]:
    return Entrance.objects.filter(project=project).select_related("created_by", "closed_by")


def visits_of(entrance: Entrance) -> QuerySet[Visit]:
    return Visit.objects.filter(worker__entrance=entrance).select_related(*WHOLE)


def current_visit(labeller: Member) -> Visit | None:
    """What a worker is on; None for who did not come by an entrance."""
    going_on = Stretch.objects.filter(worker__member=labeller, up_to_label=None)
    return Visit.objects.select_related(*WHOLE).filter(stretches__in=going_on).first()


def labels_of(visit: Visit) -> LabelQuerySet:
    """The standing labels of a visit: practice, hidden gold and "can't decide" too."""
    within = Q(pk=None)
    for after, up_to in visit.stretches.values_list("after_label", "up_to_label"):
        within |= Q(pk__gt=after) if up_to is None else Q(pk__gt=after, pk__lte=up_to)
    return Label.objects.standing().filter(within, labeller=visit.worker.member_id)


def n_given(visit: Visit, *, most: int) -> int:
    """Standing labels of a visit; no more than `most` are counted."""
    return labels_of(visit).order_by()[:most].count()


def code_of(visit: Visit) -> str:
    """The completion code; nothing before the visit is complete."""
    if visit.completed_at is None:
        return ""
    return visit.code or visit.worker.entrance.fixed_code


def way_back(visit: Visit) -> str:
    """The provider's address that takes the code, where there is one and the visit is complete."""
    url = visit.worker.entrance.return_url
    if not url or visit.completed_at is None:
        return ""
    return filled_in(
        url, code=code_of(visit), worker=visit.worker.worker_id, assignment=visit.assignment, session=visit.session
    )
