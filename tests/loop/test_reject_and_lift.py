"""Whatever happened before: rejecting and then lifting, with nothing between, gives back the state before it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from experts.doctor.examine import examine
from labelling.assignment.models import Label, Rejection
from labelling.loop.refit import refit_project
from labelling.loop.reject import ALL, lift, reject
from labelling.loop.rejecting.carry_out import cover_some, restore_some
from labelling.loop.rejecting.target import Target, a_batch, a_label, a_labeller, a_range, by_query
from labelling.loop.undo import undo
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import counted, counters, give, later, posteriors, scorecards

LABELLERS, ITEMS = 4, 6
who = st.integers(0, LABELLERS - 1)
labels = st.tuples(st.just("label"), who, st.integers(0, ITEMS - 1), st.sampled_from(["match", "no match", None]))
others = st.tuples(st.sampled_from(["undo", "reject", "reject batch", "reject some", "lift"]), who)
scopes = st.sampled_from(["labeller", "batch", "label", "range", "query"])
chunks = st.sampled_from([None, None, 1, 2])
histories = st.lists(st.one_of(labels, labels, labels, others), min_size=8, max_size=30)


def play(project: Project, items: list[Item], labellers: list[Member], history) -> None:
    """Let happen what can: an item without a place is not labelled, what is rejected is not rejected again."""
    for act, number, *what in history:
        labeller = Member.objects.get(pk=labellers[number].pk)
        opened = Rejection.objects.filter(labeller=labeller, lifted_at=None)
        if act == "label":
            item = Item.objects.get(pk=items[what[0]].pk)
            if item.is_open and not labeller.leases.filter(item=item, pass_number=item.pass_number).exists():
                give(labeller, item, what[1])
        elif act == "undo":
            last = Label.objects.standing().filter(labeller=labeller).last()
            if last and not last.rejected_in.filter(rejection__lifted_at=None).exists():
                undo(token=last.token, labeller=labeller, now=NOW)
        elif act == "reject":
            if not opened.filter(scope="labeller").exists():
                reject(labeller=labeller, reason="a robot", by=None, now=later(1))
        elif act == "reject batch":
            batch = labeller.batches.order_by("number").last()
            if batch and not opened.filter(scope="batch", batch=batch).exists():
                reject(batch=batch, reason="too fast", by=None, now=later(2))
        elif act == "reject some":
            if target := a_target(project, "query", number):
                reject(target=target, reason="a bad day", by=None, now=later(2))
        elif opened.exists():
            lift(rejection=opened.first(), reason="a mistake", by=None, now=later(3))


def state(project: Project) -> tuple:
    """All but the live leases: a rejected labeller's end, and lifting gives none back."""
    refit_project(project=project, now=NOW)
    done = {item: (given, abstained) for item, (_, given, abstained) in counters(project).items()}
    return counted(project), done, posteriors(project), scorecards(project)


def a_target(project: Project, scope: str, number: int) -> Target | None:
    """What to reject of the labeller of that number; nothing where all of it is rejected already, or nothing is there.
    A query is of what they answered in one way, and somebody else too."""
    labeller = project.members.filter(role="labeller").order_by("name")[number]
    labels = list(labeller.labels.standing().order_by("pk"))
    if scope == "labeller":
        target = a_labeller(labeller)
    elif not labels:
        return None
    elif scope == "batch":
        target = a_batch(labels[0].batch)
    elif scope == "label":
        target = a_label(labels[0])
    elif scope == "range":
        target = a_range(labeller, {"from_label": labels[0].public_id, "to_label": labels[len(labels) // 2].public_id})
    else:
        other = project.members.filter(role="labeller").order_by("name")[(number + 1) % LABELLERS]
        target = by_query(project, {"labellers": [labeller.public_id, other.public_id], "answer": "match"})
    same = {"scope": scope, "labeller": labeller, "batch": target.batch, "label": target.label, "lifted_at": None}
    whole = scope in ("labeller", "batch", "label")
    refused = Rejection.objects.filter(**same).exists() if whole else False
    nothing = scope in ("label", "range", "query") and not target.labels().not_rejected().exists()
    return None if refused or nothing else target


def reject_some(target: Target, *, chunk: int | None) -> Rejection:
    """At once, or as a job does it: so many labels at a time."""
    rejection = reject(target=target, reason="too fast", by=None, now=later(10), at_once=0 if chunk else ALL)
    while chunk and rejection.covered_at is None:
        cover_some(rejection.pk, later(10), chunk=chunk)
        rejection.refresh_from_db()
    return rejection


def lift_some(rejection: Rejection, *, chunk: int | None) -> None:
    rejection = lift(rejection=rejection, reason="a mistake", by=None, now=later(11), at_once=0 if chunk else ALL)
    while chunk and rejection.restored_at is None:
        restore_some(rejection.pk, later(11), chunk=chunk)
        rejection.refresh_from_db()


class RejectAndLift(TestCase):
    def begin(self, history) -> tuple[Project, list[Item], list[Member]]:
        project = make_project(gold_share=0.0, batch_size=3, maximum_labels=4, stop_confidence=0.9)
        items, labellers = make_items(project, ITEMS), make_labellers(project, LABELLERS)
        play(project, items, labellers, history)
        return project, items, labellers

    @settings(max_examples=25, deadline=None)
    @given(history=histories, scope=scopes, number=who, chunk=chunks)
    def test_with_nothing_between_everything_is_as_before(self, history, scope, number, chunk):
        project, _, _ = self.begin(history)
        if target := a_target(project, scope, number):
            before = state(project)
            rejection = reject_some(target, chunk=chunk)
            covered = set(rejection.covered.values_list("label__public_id", flat=True))
            assert not covered & counted(project)
            lift_some(rejection, chunk=chunk)
            assert state(project) == before
        assert list(examine(project_id=project.pk)) == []

    @settings(max_examples=25, deadline=None)
    @given(history=histories, meanwhile=histories, scope=scopes, number=who, chunk=chunks)
    def test_with_more_labels_between_exactly_what_was_closed_counts_again(
        self, history, meanwhile, scope, number, chunk
    ):
        project, items, labellers = self.begin(history)
        if target := a_target(project, scope, number):
            before = counted(project)
            rejection = reject_some(target, chunk=chunk)
            closed = before - counted(project)
            others = [act for act in meanwhile if act[0] == "label" and act[1] != number]
            play(project, items, labellers, others)
            targets = dict(Item.objects.values_list("pk", "target"))
            between = counted(project)
            lift_some(rejection, chunk=chunk)
            assert counted(project) == between | closed
            for item in Item.objects.all():
                assert item.target >= max(targets[item.pk], item.n_active + item.n_done)
        assert list(examine(project_id=project.pk)) == []
