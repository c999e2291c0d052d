"""Cases: a closed one says how it ended, and one ended by an expert has that expert's decision."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from experts.doctor.findings import CHUNK, Check, Finding, within
from experts.models import Case

OUTCOME = {"answer": "answered", "discard": "discarded", "send_back": "sent_back"}


def cases_end_as_decided(project_id: int | None) -> Iterator[Finding]:
    right = Q(closed_at=None, outcome="", n=0) | Q(closed_at__isnull=False, outcome="dropped", n=0)
    for kind, outcome in OUTCOME.items():
        right |= Q(closed_at__isnull=False, outcome=outcome, n=1, decisions__kind=kind)
    cases = within(Case.objects.annotate(n=Count("decisions")), "project_id", project_id)
    for case in cases.exclude(pk__in=cases.filter(right).values("pk")).order_by("id").iterator(CHUNK):
        state = "open" if case.closed_at is None else "closed"
        message = f"is {state} with outcome {case.outcome!r} and {case.n} decisions, which don't go together"
        yield Finding("cases", f"case {case.public_id}", message)


def cases_are_of_their_project(project_id: int | None) -> Iterator[Finding]:
    cases = within(Case.objects.exclude(project=F("item__project")), "project_id", project_id)
    for case in cases.order_by("id").iterator(CHUNK):
        yield Finding("cases", f"case {case.public_id}", "its item is another project's")


CHECKS: tuple[Check, ...] = (cases_end_as_decided, cases_are_of_their_project)
