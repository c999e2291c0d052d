"""Predictions over HTTP: good lines kept, bad ones named."""

import io
import json
import os

import pytest

from labelling.ingest.models import Example, Prediction
from labelling.ingest.parsing import MAX_LINE
from tests.api.calls import API, is_problem, program
from tests.factories import make_user, payload

ADDRESS = "projects/matching/predictions"
NDJSON = "application/x-ndjson"


def line(number, **fields):
    return json.dumps({"id": f"e{number}", "payload": payload(number), **fields})


def predicted(number):
    return line(number, model="m1", probabilities={"match": 0.25, "no match": 0.75})


def test_lines_become_examples_and_predictions(owner):
    body = "\n".join(predicted(number) for number in range(3))
    report = owner.post(ADDRESS, body, content_type=NDJSON)
    assert report.status_code == 200
    assert report.json() == {"lines": 3, "created": 3, "predictions": 3, "repeated": 0, "n_errors": 0, "errors": []}
    assert Prediction.objects.count() == 3


def test_sending_again_changes_nothing(owner):
    for _ in range(2):
        report = owner.post(ADDRESS, predicted(1), content_type=NDJSON).json()
    assert (report["created"], report["predictions"], report["repeated"]) == (0, 0, 1)


def test_good_lines_are_kept_and_bad_ones_named(owner):
    body = "\n".join([line(1), "{", line(2, model="m", probabilities={"match": 0.9, "no match": 0.9}), line(3)])
    report = owner.post(ADDRESS, body, content_type=NDJSON)
    assert report.status_code == 200
    assert [error["line"] for error in report.json()["errors"]] == [2, 3]
    assert set(Example.objects.values_list("external_id", flat=True)) == {"e1", "e3"}


def test_when_every_line_fails_the_answer_says_so(owner):
    report = owner.post(ADDRESS, b"nonsense\n\xff\xfe\n", content_type=NDJSON)
    assert report.status_code == 422
    assert report.json()["n_errors"] == 2
    assert not Example.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [b'{"id": "a", "payload": {"request": "a\\u0000", "offer": "b"}}', b'{"id": "", "payload": {}}', b"[]", b"null",
     b'{"id": "a", "payload": {"request": "a", "offer": "b"}, "model": "m", "probabilities": {"match": NaN}}',
     b'{"id": 5, "payload": 5}', b'{"id": "' + b"x" * 300 + b'", "payload": {"request": "a", "offer": "b"}}'],
)  # fmt: skip
def test_bad_lines_are_refused_one_by_one(owner, bad):
    assert owner.post(ADDRESS, bad, content_type=NDJSON).status_code == 422
    assert not Example.objects.exists()


def test_a_line_that_is_too_long_is_named_and_the_next_one_kept(owner):
    body = b'{"id": "' + b"x" * (MAX_LINE + 10) + b'"}\n' + line(2).encode()
    report = owner.post(ADDRESS, body, content_type=NDJSON)
    assert [error["line"] for error in report.json()["errors"]] == [1]
    assert Example.objects.get().external_id == "e2"


def test_one_object_may_come_as_json(owner):
    body = json.dumps(json.loads(predicted(1)), indent=2)
    assert owner.post(ADDRESS, body).json()["created"] == 1


def test_an_upload_in_chunks_is_refused(owner):
    request = {"headers": {"Transfer-Encoding": "chunked"}, "content_type": NDJSON}
    is_problem(owner.client.generic("POST", f"{API}/{ADDRESS}", **request), 411, "length_required")


def test_an_upload_without_a_length_is_refused(owner):
    environment = {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(line(1).encode())}
    response = owner.client.generic("POST", f"{API}/{ADDRESS}", content_type=NDJSON, **environment)
    is_problem(response, 411, "length_required")


@pytest.mark.parametrize("content_type", ["text/csv", "multipart/form-data; boundary=x"])
def test_another_type_is_refused(owner, content_type):
    is_problem(owner.post(ADDRESS, b"id\n1", content_type=content_type), 415)


def test_a_token_for_predictions_is_enough_and_any_other_not(project):
    assert (
        program(make_user("olga"), "predictions:write").post(ADDRESS, line(1), content_type=NDJSON).status_code == 200
    )
    is_problem(program(make_user("olga"), "read").post(ADDRESS, line(2), content_type=NDJSON), 403)


class Watched(io.BytesIO):
    """A body that remembers the largest piece it was asked for."""

    largest = 0

    def read(self, size=-1):
        self.largest = max(self.largest, size if size >= 0 else 10**12)
        return super().read(size)

    def readline(self, size=-1):
        self.largest = max(self.largest, size if size >= 0 else 10**12)
        return super().readline(size)


def test_the_body_is_read_in_pieces(owner):
    body = b"\n".join(line(number, metadata={"x": os.urandom(500).hex()}).encode() for number in range(300))
    stream = Watched(body)
    response = owner.client.generic(
        "POST", f"{API}/{ADDRESS}", CONTENT_TYPE=NDJSON, CONTENT_LENGTH=str(len(body)), **{"wsgi.input": stream}
    )
    assert response.json()["created"] == 300
    assert stream.largest <= MAX_LINE + 2


def test_a_body_cut_short_is_refused_and_what_it_lacks_is_told(owner):
    whole = line(1).encode() + b"\n"
    environment = {"CONTENT_LENGTH": str(2 * len(whole)), "wsgi.input": io.BytesIO(whole)}
    response = owner.client.generic("POST", f"{API}/{ADDRESS}", CONTENT_TYPE=NDJSON, **environment)
    assert f"{len(whole)} of {2 * len(whole)} bytes" in is_problem(response, 400, "cut_short")["detail"]
    assert not Example.objects.exists()


@pytest.mark.parametrize("content_type", [NDJSON, "application/json"])
def test_numbers_keep_every_digit_however_they_come(owner, content_type):
    body = json.dumps({"id": "a", "payload": {**payload(1), "order": 123456789012345678901234567890}})
    assert owner.post(ADDRESS, body, content_type=content_type).json()["created"] == 1
    assert '"order":123456789012345678901234567890' in Example.objects.get().payload


def test_a_list_of_objects_may_come_as_json_and_bad_ones_are_named(owner):
    report = owner.post(ADDRESS, f"[{line(1)}, 3, {line(2)}]").json()
    assert (report["created"], [error["line"] for error in report["errors"]]) == (2, [2])


@pytest.mark.parametrize("body", ["[", "[1,", '{"id": ', ""])
def test_json_that_is_none_stores_nothing(owner, body):
    assert owner.post(ADDRESS, body).status_code in {400, 411, 422}
    assert not Example.objects.exists()
