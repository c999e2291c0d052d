"""Making gold: by hand, from an expert's decision, by a draw at random, from a file."""

import json

import pytest

from labelling.audit.models import Entry
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Conflict, Invalid
from labelling.loop import gold, resolve
from labelling.loop.gold_file import take_gold
from labelling.sampling.actions import AlreadyLabelled
from labelling.sampling.models import Gold, Item, SamplingRound
from tests.factories import NOW, make_items, make_labellers, make_project, make_user
from tests.loop.crowd import fresh, give_all, later, standing

pytestmark = pytest.mark.django_db


def make(item, choice="match", **changes):
    answer = {"choice": choice} if choice else None
    return gold.make_gold(item=item, answer=answer, reason="plain", by=make_user("olga"), now=later(60), **changes)


def a_decided_item():
    """Two labellers disagreed and an expert decided: a match."""
    project = make_project(maximum_labels=2, gold_share=0.0)
    (item,) = make_items(project, 1)
    labellers = make_labellers(project, 3)
    give_all(labellers[:2], item, "match", "no match")
    resolve.decide(
        item=fresh(item), answer={"choice": "match"}, authority=Authority.EXPERT, reason="a whole month is a match",
        by=make_user("eva"), now=later(30),
    )  # fmt: skip
    return fresh(item), labellers


def test_gold_made_by_hand_is_chosen_and_again_changes_nothing():
    (item,) = make_items(make_project(), 1)
    first, again = make(item), make(fresh(item))
    assert (first.created, again.created, again.gold) == (True, False, first.gold)
    assert (first.gold.origin, fresh(item).purpose) == ("chosen", "gold")


def test_people_never_say_that_gold_was_drawn_at_random():
    (item,) = make_items(make_project(), 1)
    with pytest.raises(Invalid, match="at random"):
        make(item, origin="probability")
    assert not Gold.objects.exists()


def test_another_answer_needs_a_dispute_so_that_nobody_is_passed_over():
    (item,) = make_items(make_project(), 1)
    make(item)
    for changes in ({"choice": "no match"}, {"purpose": "training"}):
        with pytest.raises(Conflict, match="page Gold"):
            make(fresh(item), **changes)
    assert Gold.objects.get().closed_at is None


def test_a_decision_is_promoted_with_the_experts_words_and_leaves_the_work():
    item, labellers = a_decided_item()
    made = gold.make_gold(
        item=item, answer=None, reason="", origin="decision", by=make_user("olga"), now=later(60)
    ).gold
    assert (made.answer, made.origin, made.reason) == ('{"choice":"match"}', "decision", "a whole month is a match")
    now = fresh(item)
    assert (now.purpose, now.state, now.pass_number, now.n_done, now.n_exposed) == ("gold", "open", 2, 0, 2)
    assert standing(item) is None
    assert Resolution.objects.get().closed_because == "made_gold"
    assert labellers[0].labels.counted().count() == 0


@pytest.mark.parametrize("authority", [Authority.ENGINEER, None])
def test_only_an_experts_decision_is_promoted(authority):
    (item,) = make_items(make_project(), 1)
    if authority:
        resolve.decide(item=item, answer={"choice": "match"}, authority=authority, reason="", by=None, now=NOW)
    with pytest.raises(gold.NothingToPromote):
        make(fresh(item), origin="decision")
    assert fresh(item).purpose == "work"


def test_a_decision_is_not_promoted_as_something_else():
    item, _ = a_decided_item()
    with pytest.raises(Invalid, match="decided"):
        make(item, "no match", origin="decision")
    with pytest.raises(AlreadyLabelled):
        make(item)


def a_round(n=40):
    """A round of n items that nobody was given."""
    project = make_project(gold_share=0.0)
    drawn = SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=n, probability_share=0.2, seed=1, n_candidates=n,
        n_selected=n, created_at=NOW,
    )  # fmt: skip
    make_items(project, n, round=drawn)
    return drawn


def draw(drawn_from, n=5, **changes):
    return gold.draw_gold(sampling_round=drawn_from, n=n, by=make_user("olga"), now=later(60), **changes)


def test_a_draw_follows_from_its_seed_which_is_kept():
    drawn_from = a_round()
    drawn = draw(drawn_from, seed=3)
    entry = Entry.objects.get(action="gold.drawn")
    assert (entry.detail["seed"], entry.detail["n_candidates"]) == (3, 40)
    assert entry.detail["items"] == [item.public_id for item in drawn.items]
    keys = [item.example.external_id for item in drawn.items]
    Item.objects.update(purpose="work", held_at=None)
    assert [item.example.external_id for item in draw(drawn_from, seed=3).items] == keys
    Item.objects.update(purpose="work", held_at=None)
    assert [item.example.external_id for item in draw(drawn_from, seed=4).items] != keys


def test_every_item_that_nobody_was_given_is_equally_likely():
    drawn_from = a_round(10)
    counts = dict.fromkeys(Item.objects.values_list("pk", flat=True), 0)
    for seed in range(60):
        for item in draw(drawn_from, 5, seed=seed).items:
            counts[item.pk] += 1
        Item.objects.update(purpose="work", held_at=None)
    assert all(15 <= n <= 45 for n in counts.values())


def test_drawn_items_are_given_to_nobody_until_they_are_answered_and_are_then_of_probability():
    drawn_from = a_round()
    first, *_ = draw(drawn_from).items
    assert not fresh(first).is_open
    assert fresh(first).held_at is not None
    assert gold.waiting(drawn_from.project).count() == 5
    made = make(fresh(first)).gold
    assert (made.origin, fresh(first).held_at) == ("probability", None)
    assert gold.waiting(drawn_from.project).count() == 4
    with pytest.raises(gold.NotDrawn):
        gold.answer_drawn(item=first, answer={"choice": "match"}, reason="", by=make_user("olga"), now=later(70))


def test_a_drawn_item_takes_no_other_origin_or_purpose():
    drawn = draw(a_round()).items
    for changes in ({"origin": "chosen"}, {"purpose": "training"}):
        with pytest.raises(Invalid, match="drawn at random"):
            make(fresh(drawn[0]), **changes)


def test_a_drawn_item_that_nobody_can_answer_is_work_again():
    drawn = draw(a_round()).items
    gold.leave_out(item=drawn[0], reason="the text is cut off", by=make_user("olga"), now=later(70))
    assert (fresh(drawn[0]).purpose, fresh(drawn[0]).is_open) == ("work", True)
    assert Entry.objects.filter(action="gold.left_out").count() == 1


def test_a_draw_takes_no_item_that_somebody_was_given():
    drawn_from = a_round(6)
    labellers = make_labellers(drawn_from.project, 1)
    taken = Item.objects.first()
    give_all(labellers, taken, "match")
    with pytest.raises(gold.NothingToDraw, match="5 items"):
        draw(drawn_from, 6)
    assert taken.pk not in [item.pk for item in draw(drawn_from, 5).items]


@pytest.mark.parametrize("n", [0, -1, 1.5, True, 1001])
def test_a_draw_of_no_sensible_size_is_refused(n):
    with pytest.raises(Invalid):
        draw(a_round(3), n)


def send(project, text, form="csv", purpose="gold"):
    data = text if isinstance(text, bytes) else text.encode()
    return take_gold(project=project, data=data, form=form, purpose=purpose, by=make_user("olga"), now=later(60))


def test_a_file_makes_gold_and_the_same_file_again_changes_nothing():
    project = make_project()
    items = make_items(project, 3)
    text = 'key,answer,reason\r\nitem-0001,match,"both say cat, 1"\r\nitem-0002,no match,\r\n'
    assert (send(project, text).made, send(project, text).unchanged) == (2, 2)
    assert [fresh(item).purpose for item in items] == ["gold", "gold", "work"]
    assert set(Gold.objects.values_list("origin", "reason")) == {("chosen", "both say cat, 1"), ("chosen", "")}
    assert Entry.objects.filter(action="gold.uploaded").count() == 1


def test_lines_of_json_say_the_same():
    project = make_project()
    make_items(project, 2)
    lines = [{"key": "item-0001", "answer": {"choice": "match"}}, {"key": "item-0002", "answer": "no match"}]
    taken = send(project, "\n".join(map(json.dumps, lines)), "ndjson", "training")
    assert (taken.lines, taken.made) == (2, 2)
    assert set(Item.objects.values_list("purpose", flat=True)) == {"training"}


@pytest.mark.parametrize(
    ("form", "text", "where", "says"),
    [
        ("csv", "key,answer\nitem-0001,match\nitem-0001,match\n", "line 3, key", "line 2"),
        ("csv", "key,answer\nitem-0001,match\nnowhere,match\n", "line 3, key", "no item"),
        ("csv", "key,answer\nitem-0001,perhaps\n", "line 2, answer", "perhaps"),
        ("csv", "key,answer\nitem-0001\n", "line 2, answer", "missing"),
        ("csv", "key,answer\nitem-0001,match,b,c\n", "line 2", "more fields"),
        ("csv", "key,label\nitem-0001,match\n", "line 1", "answer"),
        ("csv", "key,answer,note\nitem-0001,match,x\n", "line 1", "note"),
        ("csv", "", "line 1", "answer"),
        ("csv", "key,answer\n", "line 1", "no lines"),
        ("csv", b"key,answer\nitem-0001,\xff\n", "line 2", "UTF-8"),
        ("csv", "key,answer\nitem-0001,ma\x00tch\n", "line 2", "NUL"),
        ("csv", 'key,answer\n"item-0001,match\n', "line", "CSV"),
        ("ndjson", '{"key": "item-0001", "answer": "match"}\n{"key"', "line 2", "JSON"),
        ("ndjson", "[1]", "line 1", "object"),
        ("ndjson", '{"key": "item-0001"}', "line 1, answer", "missing"),
        ("ndjson", '{"key": 7, "answer": "match"}', "line 1, key", "text"),
        ("ndjson", '{"key": "item-0001", "answer": "match", "notes": 1}', "line 1, notes", "not known"),
        ("ndjson", '{"key": "item-0001", "answer": "match", "reason": "a\\u0000"}', "line 1, reason", "text"),
        ("ndjson", '{"key": "item-0001\\ud800", "answer": "match"}', "line 1, key", "no item"),
    ],
)
def test_a_file_with_a_bad_line_is_refused_whole_and_the_line_named(form, text, where, says):
    project = make_project()
    make_items(project, 2)
    with pytest.raises(Invalid) as refused:
        send(project, text, form)
    fault = refused.value.errors[0]
    assert str(fault["where"]).startswith(where)
    assert says in str(fault["message"])
    assert not Gold.objects.exists()
    assert not Item.objects.exclude(purpose="work").exists()


def test_a_file_names_what_was_given_to_labellers_or_is_gold_with_another_answer():
    project = make_project(gold_share=0.0)
    given, known, _ = make_items(project, 3)
    give_all(make_labellers(project, 1), given, "match")
    make(known)
    text = "key,answer\nitem-0001,match\nitem-0002,no match\nitem-0003,match\n"
    with pytest.raises(Invalid) as refused:
        send(project, text)
    assert [fault["where"] for fault in refused.value.errors] == ["line 2, key", "line 3, key"]
    assert Gold.objects.count() == 1
