"""A small project in which every kind of row exists, made through the real path, with nothing at fault."""

from experts import actions as experts
from experts.models import Case
from labelling.assignment.actions import close_batches, lease_items
from labelling.assignment.models import Label, Lease
from labelling.consensus.models import Authority, Resolution
from labelling.loop.audits import keep_audited
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import lift, reject
from labelling.loop.rejecting.target import a_label
from labelling.loop.resolve import decide as rule
from labelling.loop.undo import undo
from labelling.pay.actions import record_payment
from labelling.pay.withholding import withhold
from labelling.projects.models import Project, Role, User
from labelling.reliability.appeals import raise_appeal
from labelling.sampling.models import Gold, Purpose
from tests.experts.crowd import TWO_LABELS, answer, later
from tests.factories import NOW, make_items, make_labellers, make_member, make_project, make_user

OTHER = {"match": "no match", "no match": "match"}


def make_world() -> Project:
    """Ten items of work and two gold ones.

    Resolved by the crowd, by an expert, by an engineer; contested with an open case; discarded; being labelled, with
    a live lease; labels withdrawn, rejected and restored; batches open and closed; one published version.
    """
    policy = {**TWO_LABELS, "stop_confidence": 0.7, "contest_below": 0.7, "batch_size": 4, "gold_share": 0.5}
    project = make_project(**policy)
    make_member(project, "eva", Role.EXPERT)
    items = [item.pk for item in make_items(project, 10)]
    gold = make_items(project, 2, first=11, purpose=Purpose.GOLD)
    Gold.objects.bulk_create([Gold(item=one, answer='{"choice":"match"}', created_at=NOW) for one in gold])
    seen = {one.pk: "match" for one in gold}
    truth = {pk: ("match", "no match")[number % 2] for number, pk in enumerate(items[:9])}
    anna, ben, carl = make_labellers(project, 3)
    answer(anna, seen | truth)
    undone = Label.objects.filter(labeller=anna).last()
    undo(token=undone.token, labeller=anna, now=NOW)
    refit_project(project=project, now=NOW)
    answer(ben, seen | {pk: truth[pk] for pk in items[:5]} | {pk: OTHER[truth[pk]] for pk in items[5:8]})
    close_batches(now=later(20))
    _experts_decide(project)
    lease_items(labeller=carl, count=1, now=NOW)
    rule(item=_item(items[0]), answer={"choice": "no match"}, authority=Authority.ENGINEER, reason="seen in production",
         by=make_user("olga"), now=NOW)  # fmt: skip
    publish(project=project, by=None, message="first", now=NOW, override_reason="small")
    _reject_some(anna, ben)
    _pay(anna, ben)
    refit_project(project=project, now=NOW)
    return project


def _item(pk):
    return Lease.objects.filter(item=pk).first().item


def _experts_decide(project: Project) -> None:
    eva = User.objects.get(username="eva")
    experts.pull(project=project, now=NOW)
    first, second, _ = Case.objects.order_by("id")
    experts.decide(case=first, by=eva, kind="answer", answer={"choice": "match"}, rationale="it says cats", now=NOW)
    crowd = Resolution.objects.filter(authority=Authority.CROWD, closed_at=None).order_by("id").first()
    keep_audited(item=crowd.item, answer={"choice": "match"}, by=eva, now=NOW)
    experts.decide(case=second, by=eva, kind="discard", discard_reason="empty", rationale="no text", now=NOW)


def _pay(anna, ben) -> None:
    """One labeller is paid; of the other a batch is withheld, against which they appeal."""
    olga = make_user("olga")
    record_payment(labeller=ben, up_to=later(30), reference="week 1", by=olga, now=later(31))
    batch = anna.batches.exclude(closed_at=None).order_by("number").first()
    held = withhold(batch=batch, evidence="answers before the text was shown", notice="see the batch", by=olga,
                    now=later(31))  # fmt: skip
    raise_appeal(labeller=anna, why="the text was there", withholding=held, now=later(32))


def _reject_some(anna, ben) -> None:
    """One rejection that is lifted again, one that stays, one that waits for a worker, and one whose lifting does."""
    first, last = anna.batches.order_by("number").first(), ben.batches.order_by("number").first()
    lifted = reject(batch=first, reason="too fast", by=None, now=NOW)
    lift(rejection=lifted, reason="the clock was wrong", by=None, now=NOW)
    reject(batch=last, reason="too fast", by=None, now=NOW)
    reject(target=a_label(anna.labels.standing().order_by("pk").last()), reason="a slip", by=None, now=NOW, at_once=0)
    waits = reject(target=a_label(first.labels.standing().order_by("pk").first()), reason="a slip", by=None, now=NOW)
    lift(rejection=waits, reason="none", by=None, now=NOW, at_once=0)
