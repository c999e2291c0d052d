"""What changed between two versions, and why; and which versions a rejection touches."""

import csv
import io
from datetime import timedelta

import pytest

from labelling.consensus.models import Authority
from labelling.datasets.actions import recall_for, withdraw_recalls
from labelling.datasets.diff import changes, counts, csv_lines, diff
from labelling.datasets.models import Recall
from labelling.datasets.queries import recalls_of
from labelling.errors import Invalid
from labelling.projects.actions import new_schema
from labelling.projects.models import Project
from labelling.sampling.models import Item, Split
from tests.datasets.helpers import add_item, approve, label, labelled_project, publish_now, reject, reopen
from tests.factories import NOW, definition, make_labeller

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def changed():
    """Two versions with one change of each kind."""
    project, items, (_, second) = labelled_project(10)
    first = publish_now(project)
    rejection = reject(second, now=NOW)
    recall_for(rejection=rejection, now=NOW)
    approve(items[0], "no match", authority=Authority.EXPERT, reason="a cat is a pet")
    reopen(items[1], "a label was rejected")
    Item.objects.filter(pk=items[2].pk).update(split=Split.TEST)
    label(items[3], make_labeller(project, "tom"), "no match")
    approve(items[3], "no match", authority=Authority.ENGINEER)
    add_item(project, number=30, text="New")
    return first, publish_now(project, minutes=30)


def test_a_diff_lists_every_kind_of_change_with_its_reason(changed):
    counted = counts(before=changed[0], after=changed[1])
    assert counted == {"added": 1, "removed": 1, "relabelled": 1, "resplit": 1, "changed": 1}
    listed = [
        *changes(before=changed[0], after=changed[1]),
        *changes(before=changed[0], after=changed[1], split="test"),
    ]
    told = {change.key: (change.kind, change.why) for change in listed}
    assert told["item-0001"][0] == "relabelled"
    assert "1 label rejected (answers at random)" in told["item-0001"][1]
    assert "an expert's decision: a cat is a pet" in told["item-0001"][1]
    assert told["item-0002"][0] == "removed"
    assert "its answer was withdrawn (a label was rejected)" in told["item-0002"][1]
    assert told["item-0003"] == ("resplit", "1 label rejected (answers at random); moved from train to test")
    assert told["item-0004"][0] == "changed"
    assert "1 new label" in told["item-0004"][1]
    assert told["item-0030"] == ("added", "approved since, by the crowd's answer")


def test_a_diff_shows_both_sides(changed):
    [change] = diff(before=changed[0], after=changed[1], kind="relabelled").changes
    assert (change.before["label"], change.before["authority"]) == ("match", "crowd")
    assert (change.after["label"], change.after["authority"]) == ("no match", "expert")


def test_a_diff_names_the_fields_that_differ(changed):
    differs = {
        change.key: (change.kind, change.differs) for change in diff(before=changed[0], after=changed[1]).changes
    }
    assert differs["item-0004"] == ("changed", ["authority"])
    assert differs["item-0001"] == ("relabelled", ["label", "answer", "authority", "posterior"])
    assert differs["item-0002"][1] == differs["item-0030"][1] == []
    [resplit] = diff(before=changed[0], after=changed[1], split="test").changes
    assert resplit.differs == ["split"]


def test_a_diff_backwards_swaps_added_and_removed(changed):
    result = diff(before=changed[1], after=changed[0])
    assert {change.key for change in result.changes if change.kind == "added"} == {"item-0002"}
    assert {change.key for change in result.changes if change.kind == "removed"} == {"item-0030"}


def test_a_diff_comes_in_pages_with_complete_counts(changed):
    first, second = changed
    page = diff(before=first, after=second, limit=2)
    assert (len(page.changes), page.more, sum(page.counts.values())) == (2, True, 5)
    rest = diff(before=first, after=second, after_key=page.changes[-1].key)
    assert not rest.more
    keys = [change.key for change in [*page.changes, *rest.changes]]
    assert keys == [change.key for change in changes(before=first, after=second)] == sorted(keys)


def test_rows_of_test_are_listed_only_when_asked_for_by_name(changed):
    first, second = changed
    plain, named = diff(before=first, after=second), diff(before=first, after=second, split="test")
    assert (plain.counts["resplit"], plain.n_test, named.n_test) == (1, 1, 1)
    assert "item-0003" not in {change.key for change in plain.changes}
    assert [(change.key, change.kind) for change in named.changes] == [("item-0003", "resplit")]
    assert {change.key for change in diff(before=first, after=second, split="validation").changes} == {"item-0004"}
    # Backwards it is a row of test that became one of train: it stays hidden too.
    assert "item-0003" not in "".join(csv_lines(changes(before=second, after=first)))
    with pytest.raises(Invalid, match="the splits are train, validation, test"):
        diff(before=first, after=second, split="all")


def test_a_diff_as_csv_has_a_line_for_each_change(changed):
    text = "".join(csv_lines(changes(before=changed[0], after=changed[1])))
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [line["key"] for line in lines] == ["item-0001", "item-0002", "item-0004", "item-0030"]
    assert (lines[0]["before_label"], lines[0]["after_label"]) == ("match", "no match")
    assert (lines[1]["after_label"], lines[3]["before_label"]) == ("", "")
    assert "a cat is a pet" in lines[0]["why"]
    assert [line["differs"] for line in lines] == ["label answer authority posterior", "", "authority", ""]
    assert [line["kind"] for line in csv.DictReader(csv_lines(changes(before=changed[0], after=changed[1],
                                                                      kind="added")))] == ["added"]  # fmt: skip


def test_a_renamed_class_is_said_to_be_the_same_answer_in_other_words():
    project, _, _ = labelled_project(3)
    first = publish_now(project)
    new_schema(project=project, definition=definition(("fits", "no match")), by=None, now=NOW,
               mapping={"match": "fits", "no match": "no match"})  # fmt: skip
    second = publish_now(Project.objects.get(pk=project.pk))
    found = diff(before=first, after=second)
    assert {(change.kind, change.why) for change in found.changes} == {
        ("relabelled", "the same answer in the words of label schema 2")
    }


def test_a_version_does_not_differ_from_itself(changed):
    assert diff(before=changed[1], after=changed[1]).changes == []


def test_versions_of_two_projects_are_not_compared(changed):
    other = publish_now(labelled_project(2, slug="other")[0])
    with pytest.raises(Invalid, match="different projects"):
        diff(before=changed[0], after=other)


def test_a_diff_costs_a_constant_number_of_statements(changed, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        diff(before=changed[0], after=changed[1])


def test_a_rejection_recalls_each_version_whose_crowd_answers_used_its_labels():
    project, items, (_, second) = labelled_project(5)
    approve(items[4], "match", authority=Authority.EXPERT)
    first = publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)
    newer = publish_now(project)
    recalls = recall_for(rejection=reject(second), now=LATER)
    assert [(recall.version, recall.keys) for recall in recalls] == [
        (first, ["item-0001", "item-0002", "item-0003", "item-0004"]),
        (newer, ["item-0002", "item-0003", "item-0004"]),
    ]
    assert [recall.n_rows for recall in recalls] == [4, 3]
    assert recalls_of(first).get().reason == "answers at random"


def test_recalling_twice_is_one_recall_and_a_lift_withdraws_it():
    project, _, (_, second) = labelled_project(3)
    version = publish_now(project)
    rejection = reject(second)
    assert len(recall_for(rejection=rejection, now=LATER)) == 1
    assert recall_for(rejection=rejection, now=LATER) == []
    assert withdraw_recalls(rejection=rejection, now=LATER) == 1
    assert not recalls_of(version).exists()
    assert Recall.objects.get().withdrawn_at == LATER


def test_a_version_published_after_the_rejection_is_not_recalled():
    project, items, (_, second) = labelled_project(3)
    rejection = reject(second)
    for item in items:
        approve(item, "match")
    publish_now(project)
    assert recall_for(rejection=rejection, now=LATER) == []


def test_a_recall_costs_a_constant_number_of_statements(django_assert_max_num_queries):
    project, _, (_, second) = labelled_project(40)
    publish_now(project)
    rejection = reject(second)
    with django_assert_max_num_queries(11):
        recall_for(rejection=rejection, now=LATER)
