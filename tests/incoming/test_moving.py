"""A project moves here: everything is there again, it is judged and published, and doing it twice changes nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experts.doctor.examine import examine
from labelling.assignment.models import Batch, Label
from labelling.audit.models import Entry
from labelling.datasets.models import Version
from labelling.incoming.actions import AlreadyThere
from labelling.incoming.found import Refused
from labelling.incoming.models import ProjectImport
from labelling.ingest.models import Example
from labelling.projects.models import Account, Project, User
from labelling.reliability.models import Scorecard
from labelling.sampling.models import Gold, Item, State
from tests.factories import make_user
from tests.incoming.exports import MOODS, NOW, annotated, as_json, as_lines, mood, move, result, task

pytestmark = pytest.mark.django_db

CROWD = [
    task(number, *(mood(("good", "bad")[(number + (by == 3)) % 2 if number % 5 == 0 else number % 2], by=by)
                   for by in (1, 2, 3)))
    for number in range(1, 21)
]  # fmt: skip


def there(project):
    """{(item, labeller): (answer or abstention, when)} of all that is stored."""
    rows = Label.objects.filter(project=project).values_list(
        "item__example__external_id", "labeller__name", "answer", "abstention"
    )
    return {
        (item, labeller): json.loads(answer) if answer else abstention for item, labeller, answer, abstention in rows
    }


def findings(project):
    """What the doctor finds wrong."""
    return list(examine(project_id=project.pk))


def test_labels_items_and_labellers_are_there_and_a_first_version_is_published():
    moved, report = move(as_json(CROWD), config=MOODS)
    assert there(moved.project) == {
        (str(one["id"]), str(given["completed_by"])): {"choice": given["result"][0]["value"]["choices"][0]}
        for one in CROWD for given in one["annotations"]
    }  # fmt: skip
    assert (report["items"], report["labels"], report["labellers"]) == (20, 60, 3)
    assert report["resolved"] + report["contested"] == 20
    assert report["alpha"]["labels"] == 60
    version = Version.objects.get(project=moved.project)
    assert report["version"] == {
        "number": 1, "rows": version.n_rows, "data_id": version.data_id, "version_id": version.version_id,
    }  # fmt: skip
    assert version.n_rows == report["resolved"] > 0
    assert Scorecard.objects.filter(labeller__project=moved.project).count() == report["scorecards"] == 3
    assert moved.project.paused_at is None
    assert Entry.objects.filter(action="project.imported").count() == 1


def test_the_doctor_finds_nothing_and_nobody_is_owed_anything():
    moved, _ = move(as_json(CROWD), config=MOODS)
    assert findings(moved.project) == []
    account = Account.objects.get(project=moved.project)
    assert (account.reserved, account.spent) == (0, 0)
    assert not Batch.objects.filter(closed_at=None).exists()


def test_times_and_seconds_stay_with_the_labels():
    moved, _ = move(as_json([task(1, mood("good")), task(2, annotated(result({"choices": ["bad"]})))]), config=MOODS)
    first, second = Label.objects.filter(project=moved.project).order_by("at")
    assert (first.at.isoformat(), first.active_seconds) == ("2026-01-05T10:00:00+00:00", 4.5)
    assert (second.at, second.active_seconds) == (NOW, None)


def test_labellers_cant_sign_in_and_are_nobody_who_is_here_already():
    make_user("moved.1")
    moved, _ = move(as_json(CROWD), config=MOODS)
    users = User.objects.filter(memberships__project=moved.project)
    assert not any(user.has_usable_password() for user in users)
    assert not User.objects.get(username="moved.1").memberships.exists()


def test_one_label_an_item_settles_it():
    moved, report = move(as_json([task(1, mood("good")), task(2, mood("bad"))]), config=MOODS)
    assert (report["resolved"], report["contested"], report["alpha"]) == (2, 0, None) or report["alpha"][
        "value"
    ] is None
    assert moved.project.policy_in_force.maximum_labels == 1


def test_ground_truth_is_gold_that_measures_the_others():
    tasks = [*CROWD, task(99, mood("good", ground_truth=True, by=1), mood("good", by=2), mood("bad", by=3))]
    moved, report = move(as_json(tasks), config=MOODS)
    gold = Gold.objects.get(item__project=moved.project)
    assert (json.loads(gold.answer), report["gold"]) == ({"choice": "good"}, 1)
    assert gold.item.example.external_id == "99"
    cards = dict(Scorecard.objects.values_list("labeller__name", "gold_right"))
    assert cards["2"] > cards["3"]
    assert findings(moved.project) == []


def test_items_that_nobody_labelled_wait_and_nothing_is_published():
    moved, report = move(as_json([{"data": {"text": "a"}}, {"data": {"text": "b"}}]), config=MOODS)
    assert (report["items"], report["open"], report["version"]) == (2, 2, None)
    assert report["unpublished"]
    assert moved.project.policy_in_force.mode == "adaptive"


def test_the_same_files_again_change_nothing():
    _, first = move(as_json(CROWD), config=MOODS)
    rows = [table.objects.count() for table in (Project, Example, Item, Label, Version, Entry, User)]
    _, again = move(as_json(CROWD), config=MOODS)
    assert again == first
    assert rows == [table.objects.count() for table in (Project, Example, Item, Label, Version, Entry, User)]


def test_other_files_under_the_same_name_are_refused():
    move(as_json(CROWD), config=MOODS)
    with pytest.raises(AlreadyThere, match="another short name"):
        move(as_json(CROWD[:3]), config=MOODS)


def test_files_that_are_refused_leave_nothing_behind():
    with pytest.raises(Refused):
        move(as_json([*CROWD, {"data": 3}]), config=MOODS)
    assert not Project.objects.exists()
    assert not ProjectImport.objects.exists()


@pytest.mark.parametrize(
    ("step", "done"), [("items", 20), ("labels", 60), ("agreement", 0), ("agreement", 20), ("version", 0)]
)
def test_a_move_that_was_cut_off_goes_on_where_it_was(step, done):
    class Cut(Exception):
        pass

    def cut(*said):
        if said[:2] == (step, done):
            raise Cut

    with pytest.raises(Cut):
        move(as_json(CROWD), config=MOODS, say=cut)
    assert Project.objects.get().paused_at is not None
    moved, report = move(as_json(CROWD), config=MOODS)
    assert (report["labels"], report["version"]["number"]) == (60, 1)
    assert findings(moved.project) == []


WORDS = st.text(st.sampled_from("ab é👍🏽👩‍🚒💩\u0301"), min_size=1, max_size=8)


@st.composite
def projects(draw):
    """Tasks with spans by several labellers, counted in either way."""
    tasks = []
    for number in range(1, draw(st.integers(2, 4))):
        text = draw(WORDS) + "x"
        labels = {}
        for by in draw(st.sets(st.integers(1, 3))):
            start = draw(st.integers(0, len(text) - 1))
            labels[by] = (start, draw(st.integers(start + 1, len(text))), draw(st.sampled_from(["A", "B"])))
        tasks.append((number, text, labels))
    return tasks


def _as_label_studio(tasks, at):
    def span(text, start, end, label):
        return result({"start": at(text, start), "end": at(text, end), "labels": [label]}, kind="labels")

    return as_json([
        task(number, *(annotated(span(text, *given), by=by) for by, given in labels.items()), data={"text": text})
        for number, text, labels in tasks
    ])  # fmt: skip


def _as_doccano(tasks, at):
    def row(number, text, start, end, label):
        return {"id": number, "text": text, "label": [[at(text, start), at(text, end), label]]}

    return [
        as_lines([row(number, text, *labels[by]) for number, text, labels in tasks if by in labels], f"{by}.jsonl")
        for by in sorted({by for _, _, labels in tasks for by in labels})
    ]


@given(projects(), st.sampled_from(["utf-16", "code-points"]), st.sampled_from(["label_studio", "doccano"]))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_project_of_spans_is_there_again(tasks, counted, source):
    def at(text, place):
        return place if counted == "code-points" else len(text[:place].encode("utf-16-le")) // 2

    expected = {
        (str(number), str(by)): {"spans": [{"start": start, "end": end, "label": label}]}
        for number, text, labels in tasks for by, (start, end, label) in labels.items()
    }  # fmt: skip
    exports = [_as_label_studio(tasks, at)] if source == "label_studio" else _as_doccano(tasks, at)
    if not expected:
        return
    with transaction.atomic():
        moved, report = move(*exports, source=source, offsets=counted)
        assert there(moved.project) == expected
        assert report["labels"] == len(expected)
        transaction.set_rollback(True)


# --- the command ------------------------------------------------------------------------------------------------------


def run(tmp_path, *arguments, name="mails.json", content=None):
    path = tmp_path / name
    path.write_bytes(as_json(CROWD).content if content is None else content)
    config = tmp_path / "config.xml"
    config.write_bytes(MOODS)
    out = StringIO()
    call_command("move", str(path), "--from", "label-studio", "--config", str(config), *arguments,
                 stdout=out, stderr=StringIO())  # fmt: skip
    return out.getvalue()


def test_the_command_says_what_came_and_where_it_is(tmp_path):
    make_user("olga")
    said = run(tmp_path, "--owner", "olga")
    assert "items 20, labels 60" in said and "version 1:" in said and "/p/mails/" in said
    assert Project.objects.get(slug="mails").created_by.username == "olga"
    assert "nothing was changed" in run(tmp_path, "--owner", "olga")


def test_the_command_prints_one_json_document(tmp_path):
    report = json.loads(run(tmp_path, "--json", "--project", "post"))
    assert report["project"] == "post"
    assert Item.objects.filter(project__slug="post", state=State.RESOLVED).count() == report["resolved"]


def test_the_command_names_file_item_and_field_of_a_fault(tmp_path):
    with pytest.raises(CommandError, match=r"mails\.json, item 1, data"):
        run(tmp_path, content=b'[{"data": 3}]')
    with pytest.raises(CommandError, match="--owner"):
        run(tmp_path, "--owner", "nobody")
