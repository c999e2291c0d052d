"""A ruling that says otherwise recalls every version that holds the row, until it is itself replaced."""

from datetime import timedelta

import pytest
from django.db import connection

from experts.doctor.examine import examine
from labelling import freeze
from labelling.consensus import actions
from labelling.consensus.models import Authority, Resolution
from labelling.datasets import about
from labelling.datasets.actions import recall_for
from labelling.datasets.models import Recall
from labelling.datasets.queries import recalled
from labelling.datasets.rulings import recall_ruled
from labelling.jobs.models import Job
from labelling.loop.resolve import decide, send_back
from labelling.projects.actions import new_schema
from labelling.tasks import run_waiting
from tests.datasets.helpers import labelled_project, publish_now, reject
from tests.datasets.stored import empty
from tests.factories import NOW, definition, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def rule(item, choice, *, authority=Authority.EXPERT, reason="read it again", **fields):
    """A ruling and what follows from it in the background."""
    answer = {"choice": choice} if choice else None
    ruling = decide(item=item, answer=answer, authority=authority, reason=reason, by=make_user(), now=LATER, **fields)
    run_waiting(now=LATER)
    return ruling


def standing():
    """{version's number: keys of its rows that rulings contradict}."""
    found = {}
    for recall in Recall.objects.filter(withdrawn_at=None).exclude(resolution=None).select_related("version"):
        found.setdefault(recall.version.number, []).extend(recall.keys)
    return {number: sorted(keys) for number, keys in sorted(found.items())}


@pytest.fixture
def published():
    """A project with two versions that share all but one row; items 1, 3 and 5 match, the others don't."""
    project, items, _ = labelled_project(6)
    publish_now(project)
    rule(items[5], "match", authority=Authority.ENGINEER)
    publish_now(project)
    return project, items


def test_another_answer_recalls_each_version_that_holds_the_row(published):
    _, items = published
    assert standing() == {1: ["item-0006"]}
    rule(items[0], "no match")
    assert standing() == {1: ["item-0001", "item-0006"], 2: ["item-0001"]}


def test_the_same_answer_recalls_nothing(published):
    rule(published[1][0], "match")
    assert standing() == {1: ["item-0006"]}


def test_a_discard_recalls_the_row(published):
    rule(published[1][2], None, discard_reason="empty")
    assert standing() == {1: ["item-0003", "item-0006"], 2: ["item-0003"]}


def test_a_ruling_back_withdraws_the_recall(published):
    _, items = published
    rule(items[0], "no match")
    rule(items[0], "match", reason="it was right after all")
    assert standing() == {1: ["item-0006"]}
    assert Recall.objects.filter(withdrawn_at=LATER, keys=["item-0001"]).count() == 2


def test_asking_for_more_labels_withdraws_the_recall_of_a_correction(published):
    _, items = published
    send_back(item=items[5], reason="look again", by=make_user(), now=LATER)
    run_waiting(now=LATER)
    assert standing() == {}


def test_a_version_that_says_what_was_ruled_is_the_corrected_one(published):
    project, items = published
    first, second = project.versions.order_by("number")
    assert recalled(second) is None
    assert (recalled(first).n_rows, recalled(first).ruled, recalled(first).corrected) == (1, ["item-0006"], second)
    rule(items[0], "no match")
    assert (recalled(first).n_rows, recalled(first).corrected) == (2, None)
    third = publish_now(project)
    assert recalled(third) is None
    assert recalled(first).corrected == recalled(second).corrected == third


def test_rejections_and_rulings_are_counted_once_a_row(published, django_assert_max_num_queries):
    project, items = published
    rule(items[0], "no match")
    recall_for(rejection=reject(items[0].labels.first().labeller), now=LATER)
    first = project.versions.get(number=1)
    with django_assert_max_num_queries(3):
        found = recalled(first)
    assert (found.n_rows, len(found.rejections), found.ruled) == (6, 1, ["item-0001", "item-0006"])


def test_many_rulings_are_done_by_one_job_that_reads_each_segment_once(published, monkeypatch):
    _, items = published
    for item in items[:4]:
        answer = {"choice": "no match" if item.pk % 2 == items[0].pk % 2 else "match"}
        decide(item=item, answer=answer, authority=Authority.EXPERT, reason="", by=None, now=LATER)
    waiting = Job.objects.filter(kind="recall", finished_at=None)
    assert waiting.count() == 4
    run_waiting(now=LATER)
    assert not waiting.exists()
    assert sorted(job.result["rulings"] for job in Job.objects.filter(kind="recall").exclude(result=None)) == [1, 4]
    assert standing()[2] == ["item-0001", "item-0002", "item-0003", "item-0004"]


def test_recalling_again_changes_nothing(published):
    project, items = published
    ruling = rule(items[0], "no match")
    assert recall_ruled(project_id=project.pk, resolutions=[ruling.pk], now=LATER) == []


def test_a_renamed_class_is_no_contradiction(published):
    project, items = published
    new_schema(project=project, definition=definition(("fits", "no match")), by=None, now=NOW,
               mapping={"match": "fits", "no match": "no match"})  # fmt: skip
    rule(items[0], "fits")
    assert standing() == {1: ["item-0006"]}
    rule(items[0], "no match")
    assert standing() == {1: ["item-0001", "item-0006"], 2: ["item-0001"]}


def test_an_erased_row_contradicts_nothing(published, settings, tmp_path):
    project, items = published
    empty(project.versions.get(number=2), "item-0001")
    rule(items[0], "no match")
    assert standing() == {1: ["item-0006"]}


def test_what_the_crowd_says_recalls_nothing(published):
    project, items = published
    crowd = Resolution.objects.get(item=items[0], closed_at=None)
    assert recall_ruled(project_id=project.pk, resolutions=[crowd.pk], now=LATER) == []


def test_the_card_of_an_export_says_in_one_line_how_many_rows_were_ruled_otherwise(published):
    project, items = published
    rule(items[0], "no match")
    [said] = about.recalled(project.versions.get(number=1))
    assert (said["n_rows"], said["reason"]) == (2, "ruled otherwise since")


def test_doctor_names_a_ruling_whose_recall_is_missing_and_a_recall_that_outlived_its_ruling(published):
    _, items = published
    ruling = rule(items[0], "no match")
    gone = Recall.objects.get(resolution=ruling, version__number=1)
    freeze.remove(connection)
    Recall.objects.filter(pk=gone.pk)._raw_delete("default")
    Resolution.objects.filter(item=items[5], closed_at=None).update(closed_at=LATER)
    freeze.install(connection)
    said = {(one.row, one.message) for one in examine() if one.check == "recalls"}
    outlived = Recall.objects.get(keys=["item-0006"])
    assert said == {
        (f"ruling {ruling.public_id}", "says otherwise than row 'item-0001' of matching@1, which is not recalled"),
        (f"recall {outlived.public_id}", "stands, but its ruling does not"),
    }


def test_a_ruling_before_the_first_version_asks_for_nothing_and_one_during_it_is_seen_after():
    project, items, _ = labelled_project(6)
    rule(items[0], "no match")
    assert not Job.objects.filter(kind="recall").exists()
    publish_now(project)
    # As of somebody whose transaction began before the version was there.
    actions.rule(item=items[2], authority=Authority.EXPERT, answer={"choice": "no match"}, discard_reason="", reason="",
                 by=None, now=NOW, confidence=None, posterior=None)  # fmt: skip
    run_waiting(now=LATER)
    assert standing() == {1: ["item-0003"]}
