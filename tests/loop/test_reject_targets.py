"""What can be rejected: one label, a range, labels by conditions; over one another; and what is refused in words."""

from datetime import timedelta

import pytest

from labelling.assignment.models import Label, RejectedLabel, Rejection
from labelling.errors import Invalid
from labelling.loop.reject import AlreadyRejected, NothingToReject, lift, reject
from labelling.loop.rejecting import target as targets
from labelling.loop.rejecting.carry_out import reject_job
from labelling.loop.rejecting.preview import preview
from labelling.loop.rejecting.target import Target, a_batch, a_label, a_labeller, a_range, by_query
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.models import Member, Project
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import counted, fresh, give, later, take

pytestmark = pytest.mark.django_db
ANSWERS = ["match", "match", None, "no match", "match", "no match"]


def crowd() -> tuple[Project, list[Member]]:
    """Two labellers who gave one label a minute, on items of two slices; the second began when the first was done."""
    project = make_project(gold_share=0.0, stop_confidence=0.9, batch_size=3)
    items = make_items(project, len(ANSWERS))
    for number, item in enumerate(items):
        item.example.slice = "cats" if number < 2 else "dogs"
        item.example.save(update_fields=["slice"])
    labellers = make_labellers(project, 2)
    for who, labeller in enumerate(labellers):
        for number, (item, choice) in enumerate(zip(items, ANSWERS, strict=True)):
            give(labeller, item, choice, now=later(60 * (number + 6 * who)))
    return project, labellers


def labels_of(labeller: Member) -> list[Label]:
    return list(labeller.labels.order_by("pk"))


def cancel(target: Target, **how) -> Rejection:
    return reject(target=target, reason="too fast", by=None, now=later(7200), **how)


def gone(project: Project) -> list[tuple[str, int]]:
    """Who gave the labels that do not count, and the how manieth of theirs it was."""
    places = {label.pk: (who.name, number) for who in project.members.filter(role="labeller")
              for number, label in enumerate(labels_of(who))}  # fmt: skip
    return sorted(places[pk] for pk in RejectedLabel.objects.filter(lifted_at=None).values_list("label", flat=True))


def test_one_label_of_an_item_stops_counting_and_its_slot_reopens():
    project, labellers = crowd()
    label = labels_of(labellers[0])[0]
    rejection = cancel(a_label(label))
    assert (rejection.scope, rejection.n_labels, rejection.labeller) == ("label", 1, labellers[0])
    assert gone(project) == [("labeller-001", 0)]
    item = fresh(label.item)
    assert (item.n_done, item.state, item.is_open) == (1, "open", True)


def test_a_range_covers_what_one_labeller_gave_from_one_label_to_another():
    project, labellers = crowd()
    labels = labels_of(labellers[0])
    cancel(a_range(labellers[0], {"from_label": labels[1].public_id, "to_label": labels[3].public_id}))
    assert gone(project) == [("labeller-001", 1), ("labeller-001", 2), ("labeller-001", 3)]


def test_a_range_of_time_takes_its_beginning_and_leaves_its_end():
    project, labellers = crowd()
    cancel(a_range(labellers[1], {"since": later(60 * 7).isoformat(), "until": later(60 * 9).isoformat()}))
    assert gone(project) == [("labeller-002", 1), ("labeller-002", 2)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"since": later(60 * 10).isoformat()}, [("labeller-002", 4), ("labeller-002", 5)]),
        ({"until": later(60 * 2).isoformat()}, [("labeller-001", 0), ("labeller-001", 1)]),
        ({"answer": "no match", "slice": "dogs", "until": later(60 * 6).isoformat()},
         [("labeller-001", 3), ("labeller-001", 5)]),
        ({"abstention": "unclear"}, [("labeller-001", 2), ("labeller-002", 2)]),
        ({"slice": "cats", "guideline": 1}, [(who, n) for who in ("labeller-001", "labeller-002") for n in (0, 1)]),
    ],
)  # fmt: skip
def test_conditions_name_the_labels_that_meet_all_of_them(where, expected):
    project, _ = crowd()
    rejection = cancel(by_query(project, where))
    assert gone(project) == expected
    assert (rejection.labeller, rejection.n_labels, rejection.where) == (None, len(expected), where)


def test_conditions_may_name_labellers_a_batch_and_the_time_it_took():
    project, labellers = crowd()
    other = make_items(project, 1, first=40)[0]
    slow, quick = make_labellers(make_project(slug="aside"), 0), make_labeller(project, "quick")
    lease = take(quick, other)
    submit(token=lease.token, labeller=quick, answer={"choice": "match"}, now=NOW, active_seconds=0.4)
    assert slow == []
    assert by_query(project, {"active_below": 0.5}).labels().get().labeller == quick
    assert not by_query(project, {"active_below": 0.4}).labels().exists()
    assert by_query(project, {"labellers": [who.public_id for who in labellers]}).labels().count() == 12
    batch = labellers[0].batches.get(number=2)
    assert set(by_query(project, {"batch": batch.public_id}).labels()) == set(a_batch(batch).labels())


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({}, "at least one condition"), ({"since": "", "labellers": []}, "at least one condition"),
        ({"colour": "red"}, "colour: is not a condition"), ({"since": "2026-03-02T10:00"}, "since: must state its"),
        ({"since": "Tuesday"}, "since: must be a day"), ({"until": 7}, "until: must be a day"),
        ({"since": "0001-01-01T00:00+14:00"}, "since: must be a day"),
        ({"since": later(60).isoformat(), "until": later(60).isoformat()}, "until: must be later"),
        ({"answer": "perhaps"}, "answer: 'perhaps' is not one of match, no match"),
        ({"abstention": "tired"}, "abstention: must be one of"), ({"guideline": 9}, "guideline: must be the number"),
        ({"guideline": True}, "guideline: must be the number"), ({"active_below": 0}, "active_below: must be seconds"),
        ({"active_below": float("nan")}, "active_below: must be seconds"), ({"slice": 3}, "slice: must be the name"),
        ({"labellers": ["a" * 16]}, "is not a labeller of this project"), ({"labellers": 5}, "must be a list"),
        ({"batch": "b" * 16}, "there is no batch"), ({"from_label": "\x00"}, "there is no label"),
    ],
)  # fmt: skip
def test_conditions_that_can_not_be_are_refused_and_say_where(where, said):
    project, _ = crowd()
    with pytest.raises(Invalid) as refused:
        by_query(project, where)
    assert said in str(refused.value)
    assert not Rejection.objects.exists()


def test_labels_batches_and_labellers_of_another_project_are_not_known_here():
    project, _ = crowd()
    elsewhere = make_project(slug="other", gold_share=0.0)
    theirs = make_labeller(elsewhere, "theirs")
    label = give(theirs, make_items(elsewhere, 1)[0])
    for where in ({"labellers": [theirs.public_id]}, {"label": label.public_id}, {"batch": label.batch.public_id}):
        with pytest.raises(Invalid):
            by_query(project, where)


def test_the_ends_of_a_range_must_be_the_labellers_and_the_right_way_round():
    _, labellers = crowd()
    mine, theirs = labels_of(labellers[0]), labels_of(labellers[1])
    with pytest.raises(Invalid, match="is no label of labeller-001"):
        a_range(labellers[0], {"from_label": theirs[0].public_id})
    with pytest.raises(Invalid, match="the two round"):
        a_range(labellers[0], {"from_label": mine[2].public_id, "to_label": mine[1].public_id})
    with pytest.raises(Invalid, match="is no end of a range"):
        a_range(labellers[0], {"answer": "match"})
    with pytest.raises(Invalid, match="where the range"):
        a_range(labellers[0], {})


def test_what_is_rejected_already_or_taken_back_is_refused():
    project, labellers = crowd()
    label = labels_of(labellers[0])[-1]
    since = by_query(project, {"since": label.at.isoformat(), "labellers": [labellers[0].public_id]})
    cancel(a_label(label))
    for again in (a_label(label), since):
        with pytest.raises(AlreadyRejected):
            cancel(again)
    newest = labels_of(labellers[1])[-1]
    undo(token=newest.token, labeller=labellers[1], now=newest.at)
    with pytest.raises(NothingToReject, match="taken back"):
        cancel(a_label(newest))
    with pytest.raises(NothingToReject, match="No label meets"):
        cancel(by_query(project, {"since": (NOW + timedelta(days=9)).isoformat()}))
    assert Rejection.objects.count() == 1


def test_a_label_counts_only_when_all_that_cover_it_are_lifted():
    project, labellers = crowd()
    before = counted(project)
    label = labels_of(labellers[0])[4]
    targets = [a_label(label), a_range(labellers[0], {"from_label": label.public_id}),
               by_query(project, {"slice": "dogs"}), a_batch(label.batch), a_labeller(labellers[0])]  # fmt: skip
    made = [cancel(target) for target in targets]
    for rejection in made:
        assert label.public_id not in counted(project)
        lift(rejection=rejection, reason="a mistake", by=None, now=later(9000))
    assert counted(project) == before


def test_what_no_index_serves_is_looked_for_among_the_newest_labels_and_left_to_a_job(monkeypatch):
    project, labellers = crowd()
    monkeypatch.setattr(targets, "LOOKED_BACK", 3)
    rare = by_query(project, {"abstention": "unclear"})
    assert (preview(target=rare).n_labels, preview(target=rare).exact) == (0, False)
    assert preview(labeller=labellers[0]).exact
    rejection = cancel(rare)
    assert rejection.covered_at is None
    assert reject_job(now=later(7300), rejection=rejection.pk) == {"labels": 2}
    assert gone(project) == [("labeller-001", 2), ("labeller-002", 2)]
