"""Gold is mixed in by the project's seed, looks like work, and never counts."""

import pytest

from labelling.assignment import actions
from labelling.assignment.models import Label
from labelling.assignment.searching import chance
from labelling.consensus.models import Resolution, StoppingDecision
from labelling.loop.submit import abstain, submit
from labelling.loop.undo import undo
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import fresh

pytestmark = pytest.mark.django_db


def with_gold(*, share: float, **policy):
    """Forty items of work and ten of gold."""
    project = make_project(**{"gold_share": share, "initial_labels": 5, "maximum_labels": 9, **policy})
    gold = make_items(project, 10, first=41, purpose=Purpose.GOLD)
    make_items(project, 40)
    Gold.objects.bulk_create([Gold(item=item, answer='{"choice":"match"}', created_at=NOW) for item in gold])
    return project, {item.pk for item in gold}


def shown(labeller, gold: set[int], count: int = 20) -> list[bool]:
    leases = actions.lease_items(labeller=labeller, count=count, now=NOW).leases
    return [lease.item_id in gold for lease in leases]


def test_without_a_share_there_is_no_gold():
    project, gold = with_gold(share=0.0)
    assert not any(shown(make_labellers(project, 1)[0], gold))


def test_gold_comes_at_about_its_share_and_elsewhere_for_each_labeller():
    project, gold = with_gold(share=0.3)
    patterns = [shown(labeller, gold) for labeller in make_labellers(project, 8)]
    assert {len(pattern) for pattern in patterns} == {20}
    assert 0.15 < sum(map(sum, patterns)) / 160 < 0.40
    assert len({tuple(pattern) for pattern in patterns}) > 1


def test_where_gold_comes_follows_from_the_seed_alone():
    project, _ = with_gold(share=0.3)
    given = [chance(project.seed, "gold", "labeller", item) for item in range(200)]
    assert given == [chance(project.seed, "gold", "labeller", item) for item in range(200)]
    assert all(0 <= one < 1 for one in given)
    assert 0.4 < sum(given) / 200 < 0.6
    project.seed += 1
    assert given != [chance(project.seed, "gold", "labeller", item) for item in range(200)]


def test_nobody_gets_the_same_gold_twice():
    project, gold = with_gold(share=0.5)
    labeller = make_labellers(project, 1)[0]
    leases = [lease for _ in range(5) for lease in actions.lease_items(labeller=labeller, count=8, now=NOW).leases]
    given = [lease.item_id for lease in leases if lease.item_id in gold]
    assert given
    assert len(given) == len(set(given))


def test_answers_abstentions_and_undo_on_gold_are_kept_paid_and_never_counted():
    project, gold = with_gold(share=0.5)
    labeller = make_labellers(project, 1)[0]
    leases = actions.lease_items(labeller=labeller, count=12, now=NOW).leases
    on_gold = [lease for lease in leases if lease.item_id in gold]
    first, second, third = on_gold[:3]
    label = submit(token=first.token, labeller=labeller, answer={"choice": "no match"}, now=NOW).label
    abstain(token=second.token, labeller=labeller, reason="unclear", now=NOW)
    submit(token=third.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    undo(token=third.token, labeller=labeller, now=NOW)
    assert Label.objects.standing().count() == 2
    assert not Label.objects.counted().exists()
    assert label.batch.__class__.objects.get(pk=label.batch_id).n_labels == 2
    assert not Item.objects.filter(pk__in=gold).exclude(n_active=0, state="open").exists()
    of_runs = {pk: (item.n_done, item.n_abstained) for pk in gold for item in [Item.objects.get(pk=pk)]}
    given = {first.item_id: (1, 0), second.item_id: (1, 1)}
    assert of_runs == {pk: given.get(pk, (0, 0)) for pk in gold}
    assert fresh(label.item).state == "open"
    assert not Resolution.objects.exists()


def test_gold_that_ran_out_changes_no_counter():
    project, _ = with_gold(share=0.5)
    labeller = make_labellers(project, 1)[0]
    n = len(actions.lease_items(labeller=labeller, count=12, now=NOW).leases)
    assert actions.sweep(now=NOW.replace(hour=10)) == n
    assert not Item.objects.exclude(n_active=0).exists()


def test_no_more_people_answer_a_gold_item_than_the_policy_allows():
    project, gold = with_gold(share=0.5, gold_exposure=2)
    for labeller in make_labellers(project, 12):
        for lease in actions.lease_items(labeller=labeller, count=12, now=NOW).leases:
            submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    exposed = Item.objects.filter(pk__in=gold).values_list("n_exposed", flat=True)
    assert set(exposed) == {2}
    assert Label.objects.filter(item__in=gold).count() == 20


def test_gold_on_hold_is_given_to_nobody():
    project, gold = with_gold(share=0.5)
    Item.objects.filter(pk__in=gold).update(held_at=NOW)
    assert not any(shown(make_labellers(project, 1)[0], gold, 12))


def test_gold_is_given_only_among_work():
    project, gold = with_gold(share=0.5)
    Item.objects.exclude(pk__in=gold).update(state="contested")
    assert actions.lease_items(labeller=make_labellers(project, 1)[0], count=10, now=NOW).leases == []


def test_asking_for_one_at_a_time_brings_gold_as_often_as_asking_for_many():
    project, gold = with_gold(share=0.3)
    labeller = make_labellers(project, 1)[0]
    one_by_one = [shown(labeller, gold, 1)[0] for _ in range(30)]
    assert 3 <= sum(one_by_one) <= 10, "ten gold items, at three in ten places"
    assert any(one_by_one[:15])


def test_gold_is_judged_in_runs_as_work_is():
    project, gold = with_gold(share=0.5, initial_labels=2, maximum_labels=3)
    for labeller in make_labellers(project, 12):
        for lease in actions.lease_items(labeller=labeller, count=12, now=NOW).leases:
            submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    decisions = StoppingDecision.objects.filter(item__in=gold)
    assert decisions.filter(verdict="stop").exists()
    for item in Item.objects.filter(pk__in=gold):
        ended = decisions.filter(item=item).exclude(verdict="more")
        assert item.pass_number == 1 + ended.count()
        assert item.n_done < 3
        assert item.state == "open"
    assert not Resolution.objects.filter(item__in=gold).exists()
