"""Who gets what, and in which order: value, age and the owner's word; skills, shares and daily limits; long queues."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling.assignment import actions
from labelling.assignment.models import Desk, Draft, Lease, LeaseState, Portion
from labelling.assignment.searching import LOOK_AGAIN_AFTER, NARROW
from labelling.loop.submit import submit
from labelling.projects.models import Member, Skill
from labelling.sampling import chance
from labelling.sampling.actions import add_gold
from labelling.sampling.models import Gold, Item, Part, Purpose, Queue, SamplingRound
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project

pytestmark = pytest.mark.django_db

MATCH = {"choice": "match"}


def project_with(n: int, **policy):
    project = make_project("fixed", **{"maximum_labels": 3, "gold_share": 0, **policy})
    return project, make_items(project, n)


def ask(labeller, count: int = 50, *, at=NOW):
    return actions.lease_items(labeller=labeller, count=count, now=at)


def keys(reply) -> list[int]:
    return [lease.item_id for lease in reply.leases]


# --- order -----------------------------------------------------------------------------------------------------------


def test_an_old_item_overtakes_more_valuable_new_ones_once_it_has_waited_long_enough():
    project, (old, new) = project_with(2, aging_days=7)
    policy = project.policy
    Item.objects.filter(pk=new.pk).update(value=1.0)
    for days, first in ((6, new), (8, old)):
        later = chance.born(project, policy, NOW + timedelta(days=days))
        Item.objects.filter(pk=new.pk).update(born=later)
        reply = ask(make_labeller(project, f"after {days} days"), 1)
        assert keys(reply) == [first.pk], f"after {days} days"


def test_the_owners_word_comes_before_the_value():
    project, (valuable, wanted, least) = project_with(3)
    Item.objects.filter(pk=valuable.pk).update(value=1.0)
    Item.objects.filter(pk=wanted.pk).update(boost=2)
    Item.objects.filter(pk=least.pk).update(value=1.0, boost=-3)
    assert keys(ask(make_labeller(project))) == [wanted.pk, valuable.pk, least.pk]


# --- long queues -----------------------------------------------------------------------------------------------------


def owned(project, labeller, items):
    """As if the labeller had answered them already, while others are still wanted."""
    done = {"labeller": labeller, "pass_number": 1, "state": LeaseState.DONE, "leased_at": NOW, "expires_at": NOW}
    Lease.objects.bulk_create([Lease(item=item, **done) for item in items], batch_size=1000)


def test_a_labeller_whose_own_items_fill_the_head_of_the_queue_gets_what_is_behind_them():
    project, items = project_with(NARROW * 12)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(value=0.5)
    lara = make_labeller(project)
    owned(project, lara, items[:-4])
    assert keys(ask(lara, 2)) == [item.pk for item in items[-4:-2]]
    with CaptureQueriesContext(connection) as again:
        assert keys(ask(lara, 1, at=NOW + timedelta(seconds=5))) == [items[-2].pk]
    assert not any("OFFSET" in query["sql"] for query in again), "it looks from where it found something"
    assert keys(ask(lara, 5, at=NOW + timedelta(seconds=6))) == [items[-1].pk]
    assert ask(lara, 1, at=NOW + timedelta(seconds=7)).reason.code == "held_elsewhere"


def test_what_opens_before_the_place_that_is_remembered_is_found_when_nothing_else_is_left_and_within_a_minute():
    project, items = project_with(NARROW + 40)
    lara = make_labeller(project)
    owned(project, lara, items[: NARROW + 30])
    Item.objects.filter(pk=items[3].pk).update(pass_number=2)
    Item.objects.filter(pk=items[3].pk).update(value=0.0)
    Item.objects.exclude(pk=items[3].pk).update(value=0.5)
    first = ask(lara, 1)
    assert keys(first) == [items[NARROW + 30].pk]
    assert Desk.objects.get(labeller=lara).after_id is not None
    Item.objects.filter(pk=items[3].pk).update(value=1.0)
    assert keys(ask(lara, 1, at=NOW + timedelta(seconds=1))) == [items[NARROW + 31].pk]
    assert keys(ask(lara, 1, at=NOW + LOOK_AGAIN_AFTER + timedelta(seconds=1))) == [items[3].pk]


def test_a_team_of_fewer_people_than_labels_wanted_labels_everything_and_is_told_why_there_is_no_more():
    project, _ = project_with(7, maximum_labels=5)
    people = make_labellers(project, 3)
    for labeller in people:
        given = ask(labeller)
        assert len(given.leases) == 7
        for lease in given.leases:
            submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    assert {ask(labeller).reason.code for labeller in people} == {"all_seen"}
    assert set(Item.objects.values_list("n_done", "is_open")) == {(3, True)}


# --- skills ----------------------------------------------------------------------------------------------------------


def needing(project, items, **needs: int):
    queue = Queue.objects.create(project=project, needs=needs, key=str(sorted(needs.items())))
    Item.objects.filter(pk__in=[item.pk for item in items]).update(queue=queue)


def test_items_that_need_a_skill_go_only_to_who_has_it_at_the_level():
    project, items = project_with(6, maximum_labels=5)
    needing(project, items[:2], german=2)
    needing(project, items[2:4], german=2, law=1)
    levels = {"nobody": {}, "beginner": {"german": 1}, "german": {"german": 3}, "lawyer": {"german": 2, "law": 5}}
    got = {}
    for name, skills in levels.items():
        labeller = make_labeller(project, name)
        for tag, level in skills.items():
            Skill.objects.create(member=labeller, tag=tag, level=level, granted_at=NOW)
        got[name] = set(keys(ask(labeller)))
    plain, german, law = ({item.pk for item in items[at : at + 2]} for at in (4, 0, 2))
    assert got == {"nobody": plain, "beginner": plain, "german": plain | german, "lawyer": plain | german | law}


def test_items_of_several_queues_come_in_one_order():
    project, items = project_with(4)
    needing(project, items[1::2], german=1)
    for number, item in enumerate(items):
        Item.objects.filter(pk=item.pk).update(value=number / 10)
    lara = make_labeller(project)
    Skill.objects.create(member=lara, tag="german", level=1, granted_at=NOW)
    assert keys(ask(lara)) == [item.pk for item in reversed(items)]


def test_who_lacks_the_skills_is_told_so():
    project, items = project_with(2)
    needing(project, items, german=1)
    assert ask(make_labeller(project)).reason.code == "skills_missing"


# --- limits ----------------------------------------------------------------------------------------------------------


def part_of(project, items, n: int | None = None, slice_: str = ""):
    made = SamplingRound.objects.filter(project=project).first() or SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=9, probability_share=0, seed=1, n_candidates=9,
        n_selected=9, created_at=NOW,
    )  # fmt: skip
    part = Part.objects.create(round=made, slice=slice_, n_items=n or len(items))
    Item.objects.filter(pk__in=[item.pk for item in items]).update(part=part)
    return part


def test_nobody_is_given_more_than_their_share_of_a_slice_of_a_round():
    project, items = project_with(20, max_share=0.3)
    first, second = part_of(project, items[:10]), part_of(project, items[10:], slice_="night")
    lara, ben = make_labeller(project), make_labeller(project, "ben")
    given = [item for _ in range(20) for item in keys(ask(lara, 2))]
    assert len(given) == len(set(given)) == 6
    assert dict(Portion.objects.filter(labeller=lara).values_list("part", "n_given")) == {first.pk: 3, second.pk: 3}
    assert ask(lara).reason.code == "share_reached"
    assert ask(ben, 1).leases, "others have shares of their own"


def test_a_share_is_rounded_up_so_that_everybody_may_have_one():
    project, items = project_with(3, max_share=0.001)
    part_of(project, items)
    lara = make_labeller(project)
    assert len(ask(lara).leases) == 1
    assert ask(lara).reason.code == "share_reached"


def test_a_day_has_a_limit_and_begins_anew_at_midnight():
    project, _ = project_with(9, daily_limit=4)
    lara = make_labeller(project)
    leases = ask(lara, 3).leases
    assert len(ask(lara, 3).leases) == 1, "live leases count as given"
    assert ask(lara, 1).reason.code == "daily_limit"
    for lease in leases:
        submit(token=lease.token, labeller=lara, answer=MATCH, now=NOW)
    assert ask(lara, 1).reason.code == "daily_limit"
    assert ask(make_labeller(project, "ben"), 1).leases
    tomorrow = NOW + timedelta(hours=15)
    assert len(ask(lara, 9, at=tomorrow).leases) == 3


# --- late answers ----------------------------------------------------------------------------------------------------


def test_a_late_answer_whose_place_was_taken_is_kept_for_its_giver_and_the_newest_counts():
    project, _ = project_with(1, initial_labels=1, minimum_labels=1, maximum_labels=1)
    lara, ben = make_labeller(project), make_labeller(project, "ben")
    (lease,) = ask(lara).leases
    later = NOW + timedelta(hours=1)
    (taken,) = ask(ben, at=later).leases
    submit(token=taken.token, labeller=ben, answer=MATCH, now=later)
    for choice in ("match", "no match"):
        with pytest.raises(actions.LeaseExpired, match="kept"):
            submit(token=lease.token, labeller=lara, answer={"choice": choice}, now=later)
    draft = Draft.objects.get()
    assert (draft.labeller, draft.token, draft.answer) == (lara, lease.token, '{"choice":"no match"}')
    assert draft.refused_because == "lease_expired"


def test_practice_and_hidden_gold_ask_for_skills_as_work_does():
    project, items = project_with(8, gold_share=0.5, qualification_items=1, qualification_pass=1)
    for item, purpose in ((items[0], Purpose.TRAINING), (items[1], Purpose.GOLD)):
        add_gold(item=item, answer=MATCH, origin=Gold.Origin.CHOSEN, by=None, reason="", now=NOW, purpose=purpose)
    needing(project, items[:2], german=2)
    lara, greta = make_labeller(project), make_labeller(project, "greta")
    Skill.objects.create(member=greta, tag="german", level=2, granted_at=NOW)
    assert ask(lara).reason.code in {"practice_missing", "not_qualified"}
    assert keys(ask(greta)) == [items[0].pk]
    Member.objects.update(qualified_at=NOW)
    assert items[1].pk not in {item for _ in range(6) for item in keys(ask(lara, 1))}
    assert items[1].pk in {item for _ in range(6) for item in keys(ask(greta, 1))}
