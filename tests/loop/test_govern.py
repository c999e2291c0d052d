from datetime import timedelta

import pytest

from labelling.assignment.models import Lease, Portion
from labelling.errors import Invalid
from labelling.loop.govern import change_policy
from labelling.projects.models import PolicyVersion
from labelling.sampling.models import Item, Part, Purpose, SamplingRound
from labelling.tasks import run_waiting
from tests.factories import NOW, make_items, make_labellers, make_project

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def make_part(project, *, slice_name="", number=1, n_items=4):
    sampled = SamplingRound.objects.create(
        project=project, number=number, strategy="uniform", budget=n_items, probability_share=1, seed=1,
        n_candidates=n_items, n_selected=n_items, created_at=NOW,
    )  # fmt: skip
    return Part.objects.create(round=sampled, slice=slice_name, n_items=n_items)


def lease(labeller, item, pass_number=1):
    Lease.objects.create(labeller=labeller, item=item, pass_number=pass_number, leased_at=NOW, expires_at=LATER)


def portions():
    rows = Portion.objects.order_by("labeller__name", "part")
    return [(row.labeller.name, row.part_id, row.n_given) for row in rows.select_related("labeller")]


def test_what_labellers_were_given_counts_from_where_shares_are_limited():
    project = make_project()
    one, other = make_labellers(project, 2)
    north, south = make_part(project, slice_name="north"), make_part(project, slice_name="south", number=2)
    items = make_items(project, 3, part=north)
    items += make_items(project, 2, first=4, part=south)
    items += make_items(project, 1, first=6, part=south, purpose=Purpose.GOLD)
    items += make_items(project, 1, first=7)
    for item in items:
        lease(one, item)
    lease(one, items[0], pass_number=2)
    lease(other, items[3])
    change_policy(project=project, changes={"max_share": 0.5}, by=None, now=NOW)
    counted = [(one.name, north.pk, 4), (one.name, south.pk, 2), (other.name, south.pk, 1)]
    assert portions() == counted
    change_policy(project=project, changes={"max_share": 0.6}, by=None, now=NOW)
    assert portions() == counted, "counted once: from then on leasing keeps them"


def test_a_limit_that_comes_back_counts_anew_and_only_its_own_project():
    project, elsewhere = make_project(), make_project(slug="elsewhere")
    (lara,), (stranger,) = make_labellers(project, 1), make_labellers(elsewhere, 1)
    part, foreign = make_part(project), make_part(elsewhere)
    lease(lara, make_items(project, 1, part=part)[0])
    lease(stranger, make_items(elsewhere, 1, part=foreign)[0])
    Portion.objects.create(labeller=stranger, part=foreign, n_given=9)
    for share in (0.5, None, 0.5):
        change_policy(project=project, changes={"max_share": share}, by=None, now=NOW)
    assert sorted(portions()) == sorted([(lara.name, part.pk, 1), (stranger.name, foreign.pk, 9)])


def test_a_refused_change_counts_nothing():
    project = make_project()
    (lara,) = make_labellers(project, 1)
    lease(lara, make_items(project, 1, part=make_part(project))[0])
    with pytest.raises(Invalid, match="gold_share"):
        change_policy(project=project, changes={"max_share": 0.5, "gold_share": 2}, by=None, now=NOW)
    assert portions() == [] and PolicyVersion.objects.count() == 1


def test_items_age_at_the_new_pace_once_it_changes():
    project = make_project(aging_days=10)
    make_items(project, 3)
    make_items(project, 2, first=4, created_at=NOW + timedelta(days=20), born=2.0)
    change_policy(project=project, changes={"aging_days": 5}, by=None, now=LATER)
    run_waiting(now=LATER)
    assert list(Item.objects.order_by("pk").values_list("born", flat=True)) == [0, 0, 0, 4, 4]
    assert list(Item.objects.order_by("-priority", "pk").values_list("pk", flat=True)) == sorted(
        Item.objects.values_list("pk", flat=True)
    )


def test_a_policy_that_keeps_its_pace_ages_nothing():
    project = make_project()
    make_items(project, 1, born=7.0)
    change_policy(project=project, changes={"batch_size": 5}, by=None, now=LATER)
    assert run_waiting(now=LATER) == 0
