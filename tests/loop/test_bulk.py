"""Acting on many items: the preview, at once or as a job, crashes in the middle, and items that change meanwhile."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.errors import Invalid
from labelling.jobs.models import Job
from labelling.loop import bulk
from labelling.loop.resolve import decide, requeue
from labelling.projects.models import Account, Project
from labelling.sampling.models import Item
from labelling.tasks import HANDLERS, run_waiting
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.crowd import fresh, give_all, later

pytestmark = pytest.mark.django_db

MORE = bulk.Act("more", n_more=2, reason="unsure")


@pytest.fixture
def project() -> Project:
    """Ten items. 1 to 3: settled by the crowd with two labels; 4: ruled by an expert; 5: discarded; 6: gold; the
    others open."""
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=9)
    items = make_items(project, 10)
    labellers = make_labellers(project, 2)
    for item in items[:3]:
        give_all(labellers, item, "match", "match")
    decide(item=items[3], answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=later(5))
    decide(item=items[4], answer=None, discard_reason="spam", authority=Authority.ENGINEER, reason="spam", by=None,
           now=later(5))  # fmt: skip
    Item.objects.filter(pk=items[5].pk).update(purpose="gold")
    return Project.objects.get(pk=project.pk)


def all_of(project: Project, **where: object) -> bulk.Chosen:
    return bulk.Chosen(project, where)


def start(chosen: bulk.Chosen, act: bulk.Act = MORE, at: float = 60) -> bulk.Started:
    return bulk.start(chosen=chosen, act=act, by=make_user("olga"), now=later(at))


def targets(project: Project) -> list[int]:
    return list(Item.objects.filter(project=project).order_by("pk").values_list("target", flat=True))


@pytest.fixture
def small(monkeypatch):
    """Two items are many, and a chunk is three."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "CHUNK", 3)


def test_a_preview_counts_what_changes_what_is_left_alone_and_what_it_costs(project):
    before = targets(project)
    seen = bulk.preview(chosen=all_of(project), act=MORE)
    assert (seen.n_items, seen.exact, seen.ruled, seen.not_work, seen.changed) == (10, True, 2, 1, 7)
    assert (seen.slots, seen.cost, seen.room) == (14, 14_000_000, None)
    assert targets(project) == before
    start(all_of(project))
    assert sum(targets(project)) - sum(before) == seen.slots


def test_a_preview_of_a_new_pass_asks_for_the_first_labels_of_every_item_and_knows_the_budget(project):
    Account.objects.filter(project=project).update(budget=60_000_000, spent=9_000_000)
    Item.objects.filter(example__external_id="item-0007").update(is_yardstick=True)
    seen = bulk.preview(chosen=all_of(project), act=bulk.Act("afresh"))
    assert (seen.changed, seen.slots) == (7, 6 * 2 + 9)
    account = Account.objects.get(project=project)
    assert seen.room == 60_000_000 - 9_000_000 - account.reserved
    start(all_of(project), bulk.Act("afresh"))
    again = Item.objects.filter(project=project, pass_number=2)
    assert sum(again.values_list("target", flat=True)) == seen.slots


@pytest.mark.parametrize(
    ("act", "changed"),
    [
        (bulk.Act("hold"), 10),
        (bulk.Act("unhold"), 0),
        (bulk.Act("prioritise", boost=4), 9),
        (bulk.Act("prioritise"), 0),
    ],
)
def test_a_preview_says_how_many_items_an_act_without_labels_changes(project, act, changed):
    seen = bulk.preview(chosen=all_of(project), act=act)
    assert (seen.changed, seen.slots) == (changed, 0)
    assert start(all_of(project), act).changed == changed


def test_what_is_seen_only_in_part_is_called_at_least(project, monkeypatch):
    monkeypatch.setattr(bulk, "COUNTED", 4)
    seen = bulk.preview(chosen=all_of(project), act=MORE)
    assert (seen.n_items, seen.exact) == (4, False)


def test_ticked_items_are_changed_and_no_others(project):
    first, last = Item.objects.order_by("pk").first(), Item.objects.order_by("pk").last()
    started = start(bulk.Chosen(project, {"state": "contested"}, [first.public_id, last.public_id, "unknown"]))
    assert (started.changed, started.left_alone, started.job) == (2, 0, None)
    assert set(Entry.objects.filter(action="item.requeued").values_list("subject_id", flat=True)) == {
        first.public_id, last.public_id,
    }  # fmt: skip


def test_items_of_another_project_are_never_changed(project):
    other = make_items(make_project(slug="other"), 1, first=99)[0]
    assert start(bulk.Chosen(project, {}, [other.public_id])).changed == 0
    start(all_of(project))
    assert fresh(other).target == 2


def test_many_items_are_changed_by_a_job_that_says_how_far_it_is(project, small):
    started = start(all_of(project))
    assert (started.changed, started.job.state) == (0, "waiting")
    assert not Entry.objects.filter(action="item.requeued").exists()
    assert run_waiting(now=later(61))
    job = Job.objects.get(pk=started.job.pk)
    assert (job.state, job.done, job.total, job.result) == ("finished", 10, 10, {"changed": 7, "left_alone": 3})
    assert Entry.objects.filter(action="item.requeued", by__username="olga").count() == 7
    asked = Entry.objects.get(action="items.asked")
    assert (asked.detail["do"], asked.detail["n_more"], asked.detail["reason"]) == ("more", 2, "unsure")


def test_an_item_that_came_after_the_act_was_asked_for_is_not_in_it(project, small):
    start(all_of(project))
    newcomer = make_items(project, 1, first=50)[0]
    run_waiting(now=later(61))
    assert fresh(newcomer).target == 2


@pytest.mark.parametrize("at", [1, 2, 4, 5, 7])
def test_a_job_that_dies_in_the_middle_does_no_item_twice(project, small, monkeypatch, at):
    """It dies in the middle of a chunk: the chunk is undone, the ones before stay."""
    before = targets(project)
    calls = []

    def dying(**asked):
        calls.append(asked["items"][0].pk)
        if len(calls) == at:
            raise RuntimeError("the worker was killed")
        return requeue(**asked)

    monkeypatch.setattr(bulk.resolve, "requeue", dying)
    job = start(all_of(project)).job
    run_waiting(now=later(61))
    broken = Job.objects.get(pk=job.pk)
    assert (broken.state, broken.done % 3) == ("waiting", 0)
    assert Entry.objects.filter(action="item.requeued").count() == broken.arguments["changed"]
    run_waiting(now=later(600))
    assert Job.objects.get(pk=job.pk).result == {"changed": 7, "left_alone": 3}
    changes = [after - now for now, after in zip(before, targets(project), strict=True)]
    assert sorted(changes) == [0] * 3 + [2] * 7
    assert Entry.objects.filter(action="item.requeued").count() == 7


def test_a_job_that_two_workers_run_does_no_item_twice(project, small):
    job = start(all_of(project)).job
    arguments = Job.objects.get(pk=job.pk).arguments
    HANDLERS["items"](now=later(61), **arguments)
    again = HANDLERS["items"](now=later(62), **arguments)
    assert again == {"changed": 7, "left_alone": 3}
    assert Entry.objects.filter(action="item.requeued").count() == 7


def test_an_item_that_changed_meanwhile_is_judged_as_it_is_then(project, small):
    """One was discarded and one ruled after the act was asked for; a third no longer matches the filter."""
    job = start(all_of(project, state="resolved", authority="crowd", labels_min=2)).job
    first, second, third = Item.objects.filter(project=project).order_by("pk")[:3]
    decide(
        item=first, answer=None, discard_reason="spam", authority=Authority.EXPERT, reason="", by=None, now=later(61)
    )
    decide(item=second, answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=later(61))
    run_waiting(now=later(62))
    assert Job.objects.get(pk=job.pk).result == {"changed": 1, "left_alone": 0}
    assert [fresh(item).state for item in (first, second, third)] == ["discarded", "resolved", "open"]


def test_a_filter_with_a_day_and_a_number_survives_the_jobs_row(project, small):
    job = start(all_of(project, made_before="2026-03-03", confidence_min=0.5, authority="crowd")).job
    run_waiting(now=later(62))
    assert Job.objects.get(pk=job.pk).result == {"changed": 3, "left_alone": 0}


def test_a_long_job_is_not_taken_for_one_whose_worker_died(project, small, monkeypatch):
    clock = iter(range(0, 100_000, 600))
    monkeypatch.setattr(bulk, "monotonic", lambda: next(clock))
    job = start(all_of(project)).job
    assert Job.objects.get(pk=job.pk).started_at is None
    HANDLERS["items"](now=later(61), **job.arguments)
    assert (Job.objects.get(pk=job.pk).started_at - later(61)).total_seconds() >= 4 * 600


def test_a_preview_takes_as_many_statements_for_many_items_as_for_few(project):
    def statements() -> int:
        with CaptureQueriesContext(connection) as made:
            bulk.preview(chosen=all_of(project, held=False), act=MORE)
        return len(made)

    statements()  # The project's policy is read once.
    few = statements()
    make_items(project, 200, first=100)
    assert statements() == few <= 5


@pytest.mark.parametrize(
    "asked",
    [{"do": "explode"}, {"do": "more", "n_more": 0}, {"do": "more", "n_more": 21}, {"do": "prioritise", "boost": 9.5}],
)
def test_an_act_that_makes_no_sense_is_refused(asked):
    with pytest.raises(Invalid):
        bulk.Act(**asked)
