"""Who can be relied on, and how far they agree: what pages and the API read, and what a refresh reads."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, QuerySet

from labelling.assignment.models import Label
from labelling.projects.models import Member, Project
from labelling.reliability.models import AgreementReading, Scorecard
from labelling.sampling.models import Purpose

YARDSTICK = "yardstick"
ALL = "all"
CHUNK = 10_000


def scorecards(project: Project) -> QuerySet[Scorecard]:
    """The project's cards, worst first: by the upper limit of agreement, the most that can be said for a labeller.

    By the lower limit, newcomers with few labels would stand before those who are surely bad. Labellers without any
    comparable label come last.
    """
    cards = Scorecard.objects.filter(labeller__project=project).select_related("labeller", "fit")
    return cards.order_by(F("agreement_high").asc(nulls_last=True), "labeller__name")


def card_of(labeller: Member) -> Scorecard | None:
    """A labeller's card, or None before the first fit that saw a label of theirs."""
    return Scorecard.objects.filter(labeller=labeller).select_related("fit").first()


def newest_agreement(project: Project, *, scope: str = YARDSTICK) -> AgreementReading | None:
    return readings(project, scope=scope).last()


def readings(project: Project, *, scope: str = YARDSTICK) -> QuerySet[AgreementReading]:
    """Alpha over time, oldest first."""
    return AgreementReading.objects.filter(project=project, scope=scope).select_related("fit").order_by("fit__number")


def with_labels(project: Project) -> QuerySet[Member]:
    """Labellers who ever gave a label in the project, by name."""
    given = Label.objects.filter(labeller=OuterRef("pk"))
    return Member.objects.filter(Exists(given), project=project).order_by("name")


def counted_times(project: Project) -> Iterator[tuple[int, str, float | None]]:
    """(labeller id, abstention, active seconds) of every counted label."""
    rows = Label.objects.counted().filter(project=project).order_by("id")
    return rows.values_list("labeller_id", "abstention", "active_seconds").iterator(CHUNK)


def gold_answers(project: Project) -> Iterator[tuple[int, str, str]]:
    """(labeller id, answer, known answer) of every standing answer to hidden gold, in the order given.

    Rejected ones are included: what a labeller said of a known answer stays evidence.
    """
    rows = Label.objects.standing().answers().filter(project=project, item__purpose=Purpose.GOLD)
    known = rows.filter(item__golds__closed_at=None, item__golds__isnull=False).order_by("id")
    return known.values_list("labeller_id", "answer", "item__golds__answer").iterator(CHUNK)
