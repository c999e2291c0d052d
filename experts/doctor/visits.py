"""Workers are labellers of their entrance's project, counted once; each of their labels belongs to one visit."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.projects.models import Role
from labelling.visits.models import Entrance, Stretch, Worker


def entrances_count_their_workers(project_id: int | None) -> Iterator[Finding]:
    rows = within(Entrance.objects.annotate(n=Count("workers")), "project_id", project_id)
    for entrance in rows.exclude(n_workers=F("n")).order_by("pk").iterator(CHUNK):
        message = f"n_workers is {entrance.n_workers}, but {entrance.n} came"
        yield Finding("visits", f"entrance {entrance.public_id}", message)


def workers_are_labellers_of_the_project(project_id: int | None) -> Iterator[Finding]:
    rows = within(Worker.objects.select_related("member", "entrance"), "entrance__project_id", project_id)
    theirs = Q(member__project=F("entrance__project"), member__role=Role.LABELLER)
    for worker in rows.exclude(theirs).order_by("pk").iterator(CHUNK):
        row = f"worker {worker.number} of entrance {worker.entrance.public_id}"
        yield Finding("visits", row, f"is {worker.member}, no labeller of the entrance's project")


def stretches_follow_one_another(project_id: int | None) -> Iterator[Finding]:
    """Each begins where the one before it ended, and is of a visit of the same worker."""
    before = Stretch.objects.filter(worker=OuterRef("worker"), pk__lt=OuterRef("pk")).order_by("-pk")
    rows = within(Stretch.objects.select_related("visit"), "worker__entrance__project_id", project_id)
    rows = rows.annotate(ended=Subquery(before.values("up_to_label")[:1]), last=Subquery(before.values("pk")[:1]))
    apart = Q(last__isnull=False) & (Q(ended=None) | ~Q(ended=F("after_label")))
    for stretch in rows.filter(apart | ~Q(visit__worker=F("worker"))).order_by("pk").iterator(CHUNK):
        message = f"begins after label {stretch.after_label}, but the one before it ended at {stretch.ended}"
        if stretch.visit.worker_id != stretch.worker_id:
            message = "is of another worker's visit"
        yield Finding("visits", f"stretch {stretch.pk} of visit {stretch.visit.public_id}", message)


CHECKS: tuple[Check, ...] = (
    entrances_count_their_workers,
    workers_are_labellers_of_the_project,
    stretches_follow_one_another,
)
