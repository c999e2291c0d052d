import hashlib
import hmac
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.audit.models import Entry
from labelling.ingest import actions
from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.ingest.queries import newest_model, unpack
from labelling.projects.actions import new_schema
from tests.factories import NOW, SALT_KEY, definition, make_project, payload

pytestmark = pytest.mark.django_db


def line(number, **changes):
    return json.dumps({"id": f"p-{number:03d}", "payload": payload(number), **changes}).encode() + b"\n"


def predicted(number, match, model="m@1", **changes):
    return line(number, model=model, probabilities={"match": match, "no match": 1 - match}, **changes)


def take(project, lines):
    return actions.ingest(project=project, lines=lines, by=None, now=NOW)


def counts(report):
    return report.lines, report.created, report.predictions, report.repeated, report.n_errors


def test_lines_become_examples_and_predictions():
    project = make_project()
    report = take(project, [predicted(1, 0.25, slice="easy", metadata={"a": 1.5}), b"\n", line(2)])
    assert counts(report) == (2, 2, 1, 0, 0)
    first = Example.objects.get(external_id="p-001")
    assert (json.loads(first.payload), first.slice, first.metadata) == (payload(1), "easy", {"a": 1.5})
    prediction = Prediction.objects.get()
    assert (prediction.example, prediction.model_version.model, prediction.schema) == (first, "m@1", project.schema)
    assert unpack(prediction.probabilities, 2).tolist() == [[0.25, 0.75]]
    assert Entry.objects.get(action="examples.ingested").detail == {"created": 2, "predictions": 1}


def test_a_payload_is_hashed_with_a_salt_of_its_own():
    take(make_project(), [line(1)])
    example = Example.objects.get()
    salt = hmac.new(SALT_KEY, b"p-001", "sha256").digest()[:16]
    assert bytes(example.salt) == salt
    assert example.payload_hash == hashlib.sha256(salt + example.payload.encode()).hexdigest()


def test_the_same_lines_again_change_nothing():
    project = make_project()
    lines = [predicted(number, number / 10) for number in range(1, 6)]
    take(project, lines)
    assert counts(take(project, [*lines, *lines])) == (10, 0, 0, 10, 0)
    assert (Example.objects.count(), Prediction.objects.count()) == (5, 5)
    assert Entry.objects.filter(action="examples.ingested").count() == 1


def test_repeats_within_one_upload_are_one_example():
    assert counts(take(make_project(), [predicted(1, 0.5), predicted(1, 0.5), line(1)])) == (3, 1, 1, 2, 0)


def test_the_first_payload_of_an_id_is_kept():
    project = make_project()
    other = line(1, payload=payload(2))
    report = take(project, [line(1), other])
    assert counts(report) == (2, 1, 0, 0, 1)
    assert counts(take(project, [other])) == (1, 0, 0, 0, 1)
    assert report.errors[0]["line"] == 2
    assert report.errors[0]["field"] == "id"
    assert "'p-001'" in report.errors[0]["message"]
    assert json.loads(Example.objects.get().payload) == payload(1)


def test_another_model_adds_a_prediction_to_a_known_example():
    project = make_project()
    take(project, [predicted(1, 0.5)])
    lines = [predicted(1, 0.6, model="m@2"), predicted(1, 0.6, model="m@2", pipeline="rules@1")]
    assert counts(take(project, lines)) == (2, 0, 2, 0, 0)
    assert [str(model) for model in ModelVersion.objects.order_by("pk")] == ["m@1", "m@2", "m@2 behind rules@1"]
    assert str(newest_model(project)) == "m@2 behind rules@1"


def test_a_model_that_contradicts_itself_is_told_and_the_first_stays():
    project = make_project()
    report = take(project, [predicted(1, 0.5), predicted(1, 0.75)])
    assert counts(report) == (2, 1, 1, 0, 1)
    assert counts(take(project, [predicted(1, 0.75)])) == (1, 0, 0, 0, 1)
    assert report.errors[0]["field"] == "probabilities"
    assert unpack(Prediction.objects.get().probabilities, 2)[0, 0] == 0.5


def test_good_lines_are_kept_and_bad_ones_told_by_number():
    lines = [b"\xef\xbb\xbf" + line(1), b"\n", b"{oops\n", line(2, payload={}), line(3, probabilities=[2, -1]), line(4)]
    report = take(make_project(), lines)
    assert [(error["line"], error["field"]) for error in report.errors] == [
        (3, "line"), (4, "payload"), (5, "probabilities[0]"),
    ]  # fmt: skip
    assert counts(report) == (5, 2, 0, 0, 3)
    assert list(Example.objects.order_by("pk").values_list("external_id", flat=True)) == ["p-001", "p-004"]


def test_only_the_first_thousand_faults_are_listed_but_all_are_counted():
    report = take(make_project(), [b"{\n"] * 1_500)
    assert (len(report.errors), report.n_errors) == (1_000, 1_500)


def test_an_erased_example_is_not_taken_in_again():
    project = make_project()
    take(project, [line(1)])
    Example.objects.update(payload=None, salt=None, erased_at=timezone.now())
    report = take(project, [predicted(1, 0.5)])
    assert "erased" in report.errors[0]["message"]
    assert not Prediction.objects.exists()


def test_the_same_id_in_another_project_is_another_example():
    for slug in ("one", "two"):
        assert take(make_project(slug=slug), [line(1)]).created == 1


def test_lines_are_read_under_the_schema_in_force():
    project = make_project()
    new_schema(
        project=project, definition=definition(("yes", "no")), by=None, now=NOW,
        mapping={"match": "yes", "no match": "no"},
    )  # fmt: skip
    report = take(project, [predicted(1, 0.5), line(2, probabilities={"yes": 1})])
    assert [error["field"] for error in report.errors] == ["probabilities.match"]
    assert Prediction.objects.get().schema.number == 2


def test_every_chunk_is_stored_and_progress_is_told(monkeypatch):
    monkeypatch.setattr(actions, "CHUNK_LINES", 4)
    seen = []
    report = actions.ingest(
        project=make_project(), lines=[predicted(number, 0.5) for number in range(10)], by=None, now=NOW,
        progress=seen.append,
    )  # fmt: skip
    assert seen == [4, 8, 10]
    assert (report.created, Example.objects.count(), Prediction.objects.count()) == (10, 10, 10)


def test_statements_do_not_grow_with_the_lines():
    project = make_project()
    take(project, [predicted(0, 0.5)])

    def statements(first, n):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            take(project, [predicted(number, 0.5) for number in range(first, first + n)])
        return len(captured)

    assert statements(100, 160) < statements(1, 16) + 10
