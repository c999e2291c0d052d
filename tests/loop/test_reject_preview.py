"""What a preview says: which answers flip, which cases come and go, what it costs; and what saying it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling.assignment.models import Label
from labelling.consensus import queries
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.rejecting import preview as previewing
from labelling.loop.rejecting.preview import preview
from labelling.loop.rejecting.target import a_label, by_query
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import give_all, later, standing
from tests.pay.crowd import HOUR, paid_project, work

pytestmark = pytest.mark.django_db


def crowd(n_items: int, *choices: str | None, slug: str = "matching") -> tuple[Project, list[Item], list[Member]]:
    """Every item answered by as many labellers as there are choices, in a project where all must be asked."""
    n = len(choices)
    project = make_project(
        "fixed", slug=slug, gold_share=0.0, initial_labels=n, minimum_labels=n, maximum_labels=n, contest_below=0.6,
        abstentions_to_contest=n,
    )  # fmt: skip
    items = make_items(project, n_items)
    labellers = make_labellers(project, n) if slug == "matching" else [
        Member.objects.create(project=project, user=one.user, role="labeller", name=one.name, joined_at=NOW)
        for one in Member.objects.filter(project__slug="matching", role="labeller").order_by("name")
    ]  # fmt: skip
    for item in items:
        give_all(labellers, item, *choices)
    return project, items, labellers


def test_an_answer_flips_where_the_labels_that_remain_say_something_else():
    project, items, labellers = crowd(2, "match", "match", "no match")
    assert [standing(item).answer for item in items] == ['{"choice":"match"}'] * 2
    ids = [one.public_id for one in labellers[:2]]
    said = preview(target=by_query(project, {"labellers": ids}))
    assert (said.n_labels, said.n_labellers, said.items_reopen, said.n_flips, said.n_bare) == (4, 2, 2, 2, 0)
    assert [(flip.item, flip.before, flip.after) for flip in said.flips] == [
        (item.public_id, '{"choice":"match"}', '{"choice":"no match"}') for item in items
    ]
    assert preview(labeller=labellers[2]).n_flips == 0


def test_a_settled_item_without_any_answer_left_is_bare_and_a_tie_would_be_a_case():
    project, _, labellers = crowd(1, "match", "match", "no match")
    everybody = [one.public_id for one in labellers]
    bare = preview(target=by_query(project, {"labellers": everybody}))
    assert (bare.n_bare, bare.n_flips, bare.cases_appear, bare.n_replace) == (1, 0, 1, 3)
    tie = preview(labeller=labellers[0])
    assert (tie.n_flips + tie.n_bare, tie.cases_appear, tie.cases_vanish, tie.n_decisions) == (0, 1, 0, 1)
    policy = project.policy_in_force
    assert (tie.cost, tie.decisions_cost, tie.stays_paid) == (policy.price_label, policy.price_expert,
                                                              policy.price_label)  # fmt: skip


def test_a_contested_item_leaves_the_experts_queue():
    _, items, labellers = crowd(1, "match", "no match")
    assert Item.objects.get(pk=items[0].pk).state == "contested"
    said = preview(labeller=labellers[1])
    assert (said.items_reopen, said.resolutions_close, said.cases_vanish, said.cases_appear) == (1, 0, 1, 0)


def test_what_it_says_of_answers_is_what_the_posterior_says_once_the_labels_are_gone():
    project, items, labellers = crowd(3, "match", "no match", "match", "match")
    fit = refit_project(project=project, now=later(5))
    said = preview(labeller=labellers[0])
    flips = {flip.item: flip.after for flip in said.flips}
    answers = {item.pk: standing(item).answer for item in items}
    reject(labeller=labellers[0], reason="too fast", by=None, now=later(10))
    names = {index: text for text, index in queries.class_coder(project.schema_in_force).items()}
    for item in items:
        likeliest = queries.posterior(item=item, schema=project.schema_in_force, fit=fit).argmax()
        after = names[int(likeliest)]
        assert flips.get(item.public_id, answers[item.pk]) == after


def test_of_more_labels_than_can_be_looked_at_the_newest_are_and_it_says_so(monkeypatch):
    _, _, labellers = crowd(3, "match", "match")
    monkeypatch.setattr(previewing, "LOOKED", 2)
    said = preview(labeller=labellers[0])
    assert (said.n_labels, said.items_reopen, said.exact) == (2, 2, False)


def test_labels_that_do_not_count_today_change_nothing_more():
    _, items, labellers = crowd(1, "match", "match")
    reject(target=a_label(Label.objects.get(labeller=labellers[0])), reason="a slip", by=None, now=later(10))
    said = preview(labeller=labellers[0])
    assert (said.n_labels, said.n_counting, said.items_reopen, said.cost) == (1, 0, 0, 0)
    assert said.stays_paid == items[0].project.policy_in_force.price_label


def test_by_the_hour_what_stays_paid_is_what_the_batches_earned():
    project, items = paid_project(pay_hour=HOUR, lease_seconds=900)
    lara = make_labeller(project)
    batches = work(lara, items[:4], seconds=18)
    assert preview(labeller=lara).stays_paid == sum(batch.amount for batch in batches) == 4 * 18 * HOUR // 3600
    assert preview(batch=batches[0]).stays_paid == batches[0].amount


def test_neither_the_preview_nor_a_small_rejection_asks_more_statements_of_a_larger_project():
    statements = []
    for slug, n in (("matching", 2), ("larger", 9)):
        _, _, labellers = crowd(n, "match", "match", slug=slug)
        refit_project(project=labellers[0].project, now=later(5))
        with CaptureQueriesContext(connection) as previewed:
            assert preview(labeller=labellers[0]).n_labels == n
        with CaptureQueriesContext(connection) as rejected:
            reject(labeller=labellers[0], reason="too fast", by=None, now=later(10))
        statements.append((len(previewed), len(rejected)))
    assert statements[0] == statements[1]
    assert statements[0][0] <= 16
    assert statements[0][1] <= 40
