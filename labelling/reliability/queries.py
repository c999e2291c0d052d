"""Who can be relied on, and how far they agree: what pages and the API read, and what a refresh reads."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet

from labelling.assignment.models import Label, LabelQuerySet
from labelling.projects.models import Member, Project
from labelling.reliability.models import AgreementMatrix, AgreementReading, Flag, Scorecard, StrengthReading
from labelling.sampling.models import Gold, Purpose
from labelling.stats.interval import Interval, wilson

YARDSTICK = "yardstick"
ALL = "all"
OVERALL = "overall"
CLASS = "class"
SLICE = "slice"
OTHER = "other"
GUIDELINE = "guideline"
CHUNK = 10_000
GOLD_BLOCK = 10
AGREEMENT_BLOCK = 20


def scorecards(project: Project) -> QuerySet[Scorecard]:
    """The project's cards, worst first: by the upper limit of agreement, adjusted for how hard their items were: the
    most that can be said for a labeller.

    By the lower limit, newcomers with few labels would stand before those who are surely bad. Labellers without any
    comparable label come last.
    """
    cards = Scorecard.objects.filter(labeller__project=project).select_related("labeller", "fit")
    return cards.order_by(F("adjusted_high").asc(nulls_last=True), "labeller__name")


def card_of(labeller: Member) -> Scorecard | None:
    """A labeller's card, or None before the first fit that saw a label of theirs."""
    return Scorecard.objects.filter(labeller=labeller).select_related("fit").first()


@dataclass(frozen=True)
class OwnCard:
    """What a labeller may know of their own card: of gold and of agreement whole blocks only, so that no figure tells
    what is known, or what others said, of one item. seconds: half of the answers took less."""

    gold_blocks: list[list[int]]
    agreement: Interval | None = None
    median_seconds: float | None = None


def own_card(labeller: Member) -> OwnCard:
    card = card_of(labeller)
    if card is None:
        return OwnCard([])
    gold = [block for block in card.gold_blocks if block[1] >= GOLD_BLOCK]
    n = sum(of for _, of in card.agreement_blocks)
    if not n:
        return OwnCard(gold)
    seconds = None if card.median_seconds is None else round(card.median_seconds)
    return OwnCard(gold, wilson(sum(same for same, _ in card.agreement_blocks) / n, n), seconds)


def newest_agreement(project: Project, *, scope: str = YARDSTICK) -> AgreementReading | None:
    return readings(project, scope=scope).last()


def readings(project: Project, *, scope: str = YARDSTICK) -> QuerySet[AgreementReading]:
    """Alpha over time, oldest first."""
    rows = AgreementReading.objects.filter(project=project, scope=scope, facet=OVERALL)
    return rows.select_related("fit").order_by("fit__number")


def facets(project: Project) -> QuerySet[AgreementReading]:
    """By class, slice, what is left of the slices (`other`, whose name is their number) and guideline version, of both
    scopes, as of the newest fit: those with most labels first."""
    rows = AgreementReading.objects.filter(project=project).exclude(facet=OVERALL)
    newest = AgreementReading.objects.filter(project=project).order_by("-fit__number").values("fit")[:1]
    return rows.filter(fit__in=newest).select_related("fit").order_by("facet", "-n_labels", "name", "scope")


def matrix(project: Project) -> AgreementMatrix | None:
    """How far each two labellers agree, as of the newest fit that was read."""
    rows = AgreementMatrix.objects.filter(project=project).select_related("fit")
    return rows.order_by("-fit__number").first()


def strengths(project: Project) -> StrengthReading | None:
    """Who is preferred, as of the newest fit that was read; None, if nothing was compared yet."""
    return StrengthReading.objects.filter(project=project).select_related("fit").order_by("-fit__number").first()


def with_labels(project: Project) -> QuerySet[Member]:
    """Labellers who ever gave a label in the project, by name."""
    given = Label.objects.filter(labeller=OuterRef("pk"))
    return Member.objects.filter(Exists(given), project=project).order_by("name")


def counted_times(project: Project) -> Iterator[tuple[int, str, float | None]]:
    """(labeller id, abstention, active seconds) of every counted label."""
    rows = Label.objects.counted().filter(project=project).order_by("id")
    return rows.values_list("labeller_id", "abstention", "active_seconds").iterator(CHUNK)


def gold_answers(project: Project, *, labellers: Collection[int] | None = None) -> Iterator[tuple[int, str, str]]:
    """(labeller id, answer, known answer) of every standing answer to hidden gold, in the order given.

    Of all labellers, or of those with these ids. Rejected ones are included: what a labeller said of a known answer
    stays evidence. So are those of every run; those given before the item was gold are not.
    """
    rows = known_answers(project).filter(item__purpose=Purpose.GOLD)
    if labellers is not None:
        rows = rows.filter(labeller__in=labellers)
    return rows.order_by("id").values_list("labeller_id", "answer", "item__golds__answer").iterator(CHUNK)


def known_answers(project: Project) -> LabelQuerySet:
    """Standing answers to gold and training items whose known answer stands, joined with it (`item__golds`).

    What people said of an item before it was gold doesn't count: it became gold because of what they said.
    """
    was_known = Gold.objects.filter(item=OuterRef("item"), created_at__lte=OuterRef("at"))
    rows = Label.objects.standing().answers().filter(project=project)
    return rows.filter(Exists(was_known), item__golds__closed_at=None, item__golds__isnull=False)


def flags_of(project: Project, *, is_open: bool | None = None) -> QuerySet[Flag]:
    """The project's flags, newest first; those that are open, closed, or all."""
    rows = Flag.objects.filter(labeller__project=project).select_related("labeller", "fit", "closed_by")
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    return rows.order_by("-id")
