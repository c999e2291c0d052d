"""What follows for labellers when a known answer turns out wrong: their record is put right at once."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from labelling.assignment.models import Label, LabelQuerySet, RejectedLabel, Rejection
from labelling.assignment.practice import qualify_if_passed
from labelling.audit import actions as audit
from labelling.projects.models import Member, PolicyVersion, Role, User
from labelling.projects.queries import same_answers
from labelling.reliability.actions import recount_gold
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, Purpose

TOLD_FOR = timedelta(days=30)


def lock_labellers(item: Item) -> None:
    """Lock the rows of who answered a training item and isn't let in to real work, before the item itself."""
    if item.purpose == Purpose.TRAINING:
        list(_unqualified(item).select_for_update(no_key=True).values_list("pk", flat=True))


def give(*, item: Item, before: str, after: str, by: User, now: datetime) -> int:
    """Count everybody's record anew after a known answer changed from `before` to `after` ("": there is none now).

    Who answered the training item and passes the qualification by the new answer is let in. Returns how many
    labellers had been counted wrong and are no more. `lock_labellers` comes first.
    """
    given = dict(_answers(item).values_list("labeller_id", "answer"))
    if item.purpose == Purpose.GOLD:
        recount_gold(project=item.project, labellers=list(given))
    else:
        _let_in(item, by, now)
    same = same_answers(item.project_id)
    return sum(
        not (before and same(answer, before)) and (not after or same(answer, after)) for answer in given.values()
    )


def _answers(item: Item) -> QuerySet[Label]:
    """Standing answers to an item, given since it has been gold."""
    return since_known(Label.objects.standing()).answers().filter(item=item)


def since_known(labels: LabelQuerySet) -> LabelQuerySet:
    """Those given since their item has been gold."""
    return labels.filter(Exists(Gold.objects.filter(item=OuterRef("item"), created_at__lte=OuterRef("at"))))


def _unqualified(item: Item) -> QuerySet[Member]:
    answered = Label.objects.standing().filter(item=item, labeller=OuterRef("pk"))
    rows = Member.objects.filter(Exists(answered), project=item.project_id, role=Role.LABELLER, qualified_at=None)
    return rows.order_by("pk")


def _let_in(item: Item, by: User, now: datetime) -> None:
    policy = PolicyVersion.objects.filter(project=item.project_id).latest("number")
    for member in _unqualified(item):
        if qualify_if_passed(labeller_id=member.pk, policy=policy, now=now):
            audit.record("member.qualified", member, by=by, now=now, project_id=item.project_id,
                         reason="a training answer was corrected")  # fmt: skip


def hurt_by(dispute: GoldDispute) -> QuerySet[Member]:
    """Labellers whose right answer had been counted wrong, by a dispute that was closed as corrected, by name."""
    right = since_known(Label.objects.standing()).filter(
        item=dispute.gold.item_id, labeller=OuterRef("pk"), at__lte=dispute.closed_at, answer=_corrected(dispute)
    )
    return Member.objects.filter(Exists(right), project=dispute.project_id).order_by("name")


def _corrected(dispute: GoldDispute) -> str:
    if dispute.closed_at is None or dispute.outcome != GoldDispute.Outcome.CORRECTED:
        return ""
    after = Gold.objects.filter(item=dispute.gold.item_id, created_at=dispute.closed_at).order_by("-id").first()
    return after.answer if after else ""


def rejections_to_look_at(dispute: GoldDispute) -> QuerySet[Rejection]:
    """Open rejections of labellers it hurt, made while their answer was counted wrong: the reason may rest on that.

    They are not lifted by themselves: a person reads the reason.
    """
    if dispute.closed_at is None or dispute.outcome != GoldDispute.Outcome.CORRECTED:
        return Rejection.objects.none()
    right = since_known(Label.objects.standing()).filter(
        item=dispute.gold.item_id, at__lte=OuterRef("at"), answer=_corrected(dispute)
    )
    theirs = RejectedLabel.objects.filter(label__labeller__in=hurt_by(dispute)).values("rejection")
    about = Q(Exists(right.filter(labeller=OuterRef("labeller")))) | Q(Exists(right), labeller=None, pk__in=theirs)
    rows = Rejection.objects.filter(about, project=dispute.project_id, lifted_at=None)
    return rows.filter(at__lte=dispute.closed_at).select_related("labeller", "batch", "by").order_by("-id")


def put_right_on(*, labeller: Member, now: datetime) -> date | None:
    """The last day (UTC) in the past thirty on which a wrong known answer was corrected in this labeller's favour.

    For the line "A check question was wrong; your record has been put right". A day and nothing else: not which
    question it was, nor how often it happened.
    """
    after = Gold.objects.filter(item=OuterRef(OuterRef("gold__item")), created_at=OuterRef(OuterRef("closed_at")))
    right = since_known(Label.objects.standing()).filter(
        item=OuterRef("gold__item"), labeller=labeller, at__lte=OuterRef("closed_at"),
        answer=Subquery(after.order_by("-id").values("answer")[:1]),
    )  # fmt: skip
    closed = GoldDispute.objects.filter(
        Exists(right), project=labeller.project_id, outcome=GoldDispute.Outcome.CORRECTED, n_credited__gt=0,
        closed_at__gt=now - TOLD_FOR,
    )  # fmt: skip
    last = closed.order_by("-closed_at").values_list("closed_at", flat=True).first()
    return last.date() if last else None
