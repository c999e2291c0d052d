"""Why nobody labels: each cause is found, said in words, and costs the same in a large project."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling.assignment.actions import lease_items
from labelling.assignment.models import Desk, Portion
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.loop.people import suspend_labeller
from labelling.loop.standstill import Cause, why_nobody_labels
from labelling.projects.actions import pause_project
from labelling.projects.models import Account, Project, Skill
from labelling.sampling.models import Item, Part, Purpose, Queue, SamplingRound, State
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import give, give_all, later

pytestmark = pytest.mark.django_db

SOON = later(30)
MOST_STATEMENTS = 14
MANY, MOST_READ = 1200, 1000


def causes(project, *, now=SOON) -> list[Cause]:
    return why_nobody_labels(project=Project.objects.get(pk=project.pk), now=now)


def only(project, code, *, now=SOON) -> Cause:
    """The one cause there is."""
    found = causes(project, now=now)
    assert [cause.code for cause in found] == [code], found
    return found[0]


def codes(project, *, now=SOON) -> list[str]:
    return [cause.code for cause in causes(project, now=now)]


def seen(*labellers, at=NOW):
    for labeller in labellers:
        Desk.objects.update_or_create(labeller=labeller, defaults={"seen_at": at})


def make_queue(project, **needs):
    tags = {tag.replace("_", ":"): level for tag, level in needs.items()}
    return Queue.objects.create(project=project, needs=tags, key=str(sorted(tags.items())))


def make_part(project, n_items):
    made = SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=n_items, probability_share=1, seed=1,
        n_candidates=n_items, n_selected=n_items, created_at=NOW,
    )  # fmt: skip
    return Part.objects.create(round=made, n_items=n_items)


def test_people_who_label_are_counted_and_nothing_else_is_said():
    project = make_project(gold_share=0.0)
    item, *_ = make_items(project, 5)
    labellers = make_labellers(project, 2)
    seen(*labellers)
    give_all(labellers, item, "match", "match")
    assert only(project, "at_work").sentence == "2 people labelled in the last 5 minutes."
    assert "at_work" not in codes(project, now=later(301))


def test_nobody_is_invited():
    project = make_project()
    make_items(project, 1)
    said = only(project, "no_labellers")
    assert said.sentence == "Nobody is invited to label."
    assert said.link_hint == "people"


def test_a_paused_project_says_since_when():
    project = make_project()
    make_items(project, 1)
    make_labeller(project)
    pause_project(project=project, by=None, now=NOW)
    assert only(project, "paused").since == NOW


def test_all_labellers_are_suspended():
    project = make_project()
    make_items(project, 1)
    for labeller in make_labellers(project, 2):
        suspend_labeller(member=labeller, reason="holidays", by=None, now=NOW)
    assert only(project, "all_suspended").sentence == "All 2 labellers are suspended."


def test_a_budget_that_is_used_up_is_said_with_what_is_reserved_and_left():
    project = make_project(currency="EUR", price_label=50_000, budget=10_020_000)
    make_items(project, 1)
    seen(make_labeller(project))
    Account.objects.filter(project=project).update(spent=9_000_000, reserved=1_000_000)
    said = only(project, "budget_spent")
    assert said.sentence == (
        "The budget of 10.02 EUR is used up: 9 EUR spent, 1 EUR reserved for open batches, 0.02 EUR left; "
        "a label costs 0.05 EUR."
    )
    Account.objects.filter(project=project).update(reserved=970_000)
    assert codes(project) == ["ready"]


def test_nothing_is_sampled():
    project = make_project()
    make_labeller(project)
    assert only(project, "nothing_sampled").link_hint == "sampling"


def test_the_crowd_is_done_and_experts_are_next():
    project = make_project()
    make_items(project, 2, state=State.CONTESTED)
    make_items(project, 3, first=10, state=State.RESOLVED)
    make_labeller(project)
    assert only(project, "experts_next").sentence == (
        "The crowd has nothing left to do: 2 items wait for an expert, and the others are done."
    )
    Item.objects.update(state=State.RESOLVED)
    assert only(project, "all_done").sentence == "Every item is done."


def test_everything_is_leased_until_the_first_comes_back():
    project = make_project("fixed", maximum_labels=2, gold_share=0.0, lease_seconds=900)
    make_items(project, 1)
    labellers = make_labellers(project, 3)
    for number, labeller in enumerate(labellers[:2]):
        lease_items(labeller=labeller, count=1, now=later(60 * number))
    assert only(project, "all_leased").until == later(900)
    assert only(project, "leases_over", now=later(901)).since == later(900)


def test_open_items_wait_for_an_estimate_and_no_worker_runs():
    project = make_project("fixed", maximum_labels=2, gold_share=0.0)
    make_items(project, 1, n_done=2)
    make_labeller(project)
    enqueue("refit", key=str(project.pk), now=NOW, project=project.pk)
    assert codes(project, now=later(59)) == ["waiting"]
    assert codes(project, now=later(61)) == ["waiting", "no_worker"]
    Job.objects.update(started_at=NOW)
    assert codes(project, now=later(61)) == ["waiting"]
    assert codes(project, now=later(901)) == ["waiting", "no_worker"]
    assert causes(project, now=later(901))[1].since == NOW
    enqueue("refit", key="another", now=later(800), project=project.pk)
    Job.objects.filter(key="another").update(started_at=later(890))
    assert codes(project, now=later(901)) == ["waiting", "worker_busy"]


def test_nobody_has_the_skills_that_open_items_need():
    project = make_project()
    queue = make_queue(project, lang_de=2, radiology=1)
    make_items(project, 2, queue=queue)
    lara, ben = make_labellers(project, 2)
    seen(lara, ben)
    Skill.objects.create(member=lara, tag="lang:de", level=5, granted_at=NOW)
    Skill.objects.create(member=ben, tag="radiology", level=1, granted_at=NOW)
    assert only(project, "skills_missing").sentence == (
        "The open items need “lang:de” at level 2 or above and “radiology” at level 1 or above, "
        "and no labeller has that."
    )
    make_items(project, 1, first=10)
    assert only(project, "skills_missing").sentence.startswith("Some open items need")
    Skill.objects.create(member=lara, tag="radiology", level=1, granted_at=NOW)
    assert codes(project) == ["ready"]


def test_a_suspended_labellers_skill_helps_nobody():
    project = make_project()
    make_items(project, 2, queue=make_queue(project, lang_de=1))
    lara, ben = make_labellers(project, 2)
    seen(ben)
    Skill.objects.create(member=lara, tag="lang:de", level=1, granted_at=NOW)
    assert codes(project) == ["ready"]
    suspend_labeller(member=lara, reason="holidays", by=None, now=NOW)
    assert codes(project) == ["skills_missing"]


def test_nobody_is_qualified_yet():
    project = make_project(qualification_items=3)
    make_items(project, 2)
    make_items(project, 3, first=10, purpose=Purpose.TRAINING)
    lara, ben = make_labellers(project, 2)
    seen(lara)
    assert only(project, "not_qualified").sentence == (
        "Nobody has passed the qualification yet: 1 person is practising."
    )
    ben.qualified_at = NOW
    ben.save(update_fields=["qualified_at"])
    assert codes(project) == ["ready"]


def test_nobody_can_qualify_without_training_items():
    project = make_project(qualification_items=3)
    make_items(project, 2)
    make_items(project, 2, first=10, purpose=Purpose.TRAINING)
    seen(make_labeller(project))
    assert only(project, "practice_missing").sentence == (
        "Nobody can qualify: the policy asks for 3 training items before real work, and there are 2."
    )


def test_fewer_labellers_than_labels_wanted():
    project = make_project("fixed", maximum_labels=5, gold_share=0.0)
    items = make_items(project, 3)
    labellers = make_labellers(project, 3)
    seen(*labellers, at=later(400))
    for item in items:
        give_all(labellers, item, "match", "match", "match")
    assert only(project, "all_seen", now=later(400)).sentence == (
        "Everybody has had the open items: the next one needs 5 labels, and there are 3 labellers."
    )
    make_labeller(project, "zoe")
    assert codes(project, now=later(400)) == ["ready"]


def test_an_item_that_somebody_skipped_was_not_had():
    project = make_project("fixed", maximum_labels=2, gold_share=0.0)
    make_items(project, 1)
    lara = make_labeller(project)
    seen(lara)
    lease_items(labeller=lara, count=1, now=NOW)
    assert codes(project) == ["all_seen"]
    lara.leases.update(state="skipped")
    Item.objects.update(n_active=0)
    seen(lara)
    assert codes(project) == ["ready"]


def test_nobody_is_connected_and_when_one_was_seen_last():
    project = make_project()
    make_items(project, 2)
    lara, ben = make_labellers(project, 2)
    said = only(project, "nobody_here")
    assert said.since is None
    assert said.sentence == "There are open items, but none of the 2 labellers has asked for one yet."
    seen(lara, at=NOW)
    seen(ben, at=later(10))
    assert codes(project, now=later(300)) == ["ready"]
    said = only(project, "nobody_here", now=later(311))
    assert said.since == later(10)
    assert said.sentence == "There are open items, but none of the 2 labellers has asked for one in the last 5 minutes."


def test_everybody_reached_the_days_limit():
    project = make_project(gold_share=0.0, daily_limit=2)
    items = make_items(project, 4)
    lara, ben = make_labellers(project, 2)
    for item in items[:2]:
        give(lara, item)
    late = later(400)
    seen(lara, at=late)
    said = only(project, "daily_limit", now=late)
    assert said.until == datetime(2026, 3, 3, tzinfo=UTC)
    assert said.sentence == "Everybody who is here has reached the day's limit of 2 labels."
    seen(lara, at=NOW + timedelta(days=1))
    assert codes(project, now=NOW + timedelta(days=1)) == ["ready"]
    seen(ben, at=late)
    assert codes(project, now=late) == ["ready"]


def test_everybody_was_given_their_share():
    project = make_project(max_share=0.1)
    part = make_part(project, 30)
    make_items(project, 4, part=part)
    lara = make_labeller(project)
    seen(lara)
    Portion.objects.create(labeller=lara, part=part, n_given=2)
    assert codes(project) == ["ready"]
    Portion.objects.update(n_given=3)
    assert only(project, "share_reached").sentence == (
        "Everybody who is here was given their share of the open rounds: 10% of each slice is the most."
    )


def everything_at_once():
    """A project in which every question is asked."""
    project = make_project(qualification_items=1, daily_limit=3, max_share=0.5, gold_share=0.0)
    part = make_part(project, 4)
    labellers = make_labellers(project, 4)
    for labeller in labellers:
        labeller.qualified_at = NOW
        labeller.save(update_fields=["qualified_at"])
        Skill.objects.create(member=labeller, tag="lang:de", level=3, granted_at=NOW)
    seen(*labellers)
    make_items(project, 30, part=part)
    make_items(project, 30, first=100, part=part, queue=make_queue(project, lang_de=2))
    make_items(project, 30, first=200, queue=make_queue(project, lang_fr=2))
    make_items(project, 5, first=300, purpose=Purpose.TRAINING)
    enqueue("refit", key=str(project.pk), now=NOW, project=project.pk)
    return project


def statements(project, *, now=SOON):
    project = Project.objects.select_related("policy").get(pk=project.pk)
    with CaptureQueriesContext(connection) as made:
        why_nobody_labels(project=project, now=now)
    return [entry["sql"] for entry in made]


def test_the_question_takes_as_many_statements_for_many_items_as_for_few():
    project = everything_at_once()
    few = len(statements(project, now=later(100)))
    make_items(project, 300, first=1000)
    assert len(statements(project, now=later(100))) == few <= MOST_STATEMENTS


def test_no_statement_reads_all_items():
    project = everything_at_once()
    for number, state in enumerate((State.OPEN, State.RESOLVED, State.CONTESTED)):
        make_items(project, MANY, first=1000 + MANY * number, state=state)
    asked = statements(project, now=later(100))
    Item.objects.filter(is_open=True).update(state=State.RESOLVED)
    nothing_open = statements(project, now=later(100))
    assert len(asked) > len(nothing_open) > 8
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for sql in nothing_open:
            assert reads_few_items(cursor, sql)
        Item.objects.filter(state=State.RESOLVED).update(state=State.OPEN)
        cursor.execute("ANALYZE")
        for sql in asked:
            assert reads_few_items(cursor, sql)


def reads_few_items(cursor, sql) -> bool:
    if connection.vendor == "postgresql":
        # In a table as small as this one going through everything is cheaper than an index.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")
        plan = [row[0] for row in cursor.fetchall()]
        rows = [int(n) for line in plan for n in re.findall(r"actual rows=(\d+)", line)]
        return not any("Seq Scan on labelling_item" in line for line in plan) and max(rows) <= MOST_READ
    with connection.execute_wrapper(lambda execute, sql, params, many, context: execute(sql, None, many, context)):
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    return not any(re.fullmatch(r"SCAN (labelling_item|U\d+)", row[-1]) for row in cursor.fetchall())
