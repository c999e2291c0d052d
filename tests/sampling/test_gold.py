import pytest

from labelling.assignment.models import Lease
from labelling.audit.models import Entry
from labelling.errors import Conflict, Invalid
from labelling.sampling.actions import add_gold
from labelling.sampling.models import Gold, Item
from tests.factories import NOW, make_items, make_labeller, make_project, make_user

pytestmark = pytest.mark.django_db


def gild(item, choice="match", **changes):
    values = {"answer": {"choice": choice}, "origin": "chosen", "by": make_user("olga"), "reason": "plain", "now": NOW}
    return add_gold(item=item, **{**values, **changes})


def test_a_gold_item_leaves_the_queue():
    (item,) = make_items(make_project(), 1)
    gold = gild(item)
    assert (gold.answer, gold.origin) == ('{"choice":"match"}', "chosen")
    assert (item.purpose, Item.objects.get().is_open) == ("gold", False)
    assert Entry.objects.filter(action="gold.added").count() == 1


def test_the_same_answer_again_is_one_row_and_another_closes_it():
    (item,) = make_items(make_project(), 1)
    first = gild(item)
    assert gild(item) == first
    second = gild(item, "no match")
    assert Gold.objects.get(closed_at=None) == second
    assert Gold.objects.get(pk=first.pk).closed_at == NOW


def test_a_training_item_has_gold_too():
    (item,) = make_items(make_project(), 1)
    gild(item, purpose="training")
    assert Item.objects.get().purpose == "training"


def test_an_item_that_somebody_was_given_can_not_become_gold():
    project = make_project()
    leased, done = make_items(project, 2)
    labeller = make_labeller(project)
    Lease.objects.create(labeller=labeller, item=leased, pass_number=1, leased_at=NOW, expires_at=NOW)
    Item.objects.filter(pk=done.pk).update(n_done=1)
    for item in (leased, done):
        with pytest.raises(Conflict, match="choose another"):
            gild(item)
    assert not Gold.objects.exists()


def test_a_gold_answer_fits_the_schema():
    (item,) = make_items(make_project(), 1)
    for changes in ({"choice": "mtach"}, {"origin": "heard"}, {"purpose": "work"}, {"reason": "a\x00"}):
        with pytest.raises(Invalid):
            gild(item, **changes)
    assert Item.objects.get().purpose == "work"
