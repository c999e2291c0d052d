"""What a new model says, sent back to the project it learned from."""

import numpy
import pandas
import pyarrow
import pytest

from labelling.client import ClientError, Quorum, reporting
from labelling.ingest.models import Prediction
from tests.client.helpers import Pauses, token
from tests.datasets.helpers import labelled_project, publish_now

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = ["item-0001", "item-0002"]


@pytest.fixture
def version(live_server):
    publish_now(labelled_project(5)[0])
    quorum = Quorum(live_server.url, token("datasets:read", "predictions:write"), sleep=Pauses())
    return quorum.project("matching").version()


def said_by(model):
    rows = Prediction.objects.filter(model_version__model=model).order_by("example__external_id")
    return {
        row.example.external_id: [round(float(p), 3) for p in numpy.frombuffer(row.probabilities, "<f4")]
        for row in rows
    }


ROWS = [[0.9, 0.1], [0.25, 0.75]]
NAMED = [{"match": 0.9, "no match": 0.1}, {"match": 0.25, "no match": 0.75}]
FORMS = {
    "a dict": {KEYS[0]: NAMED[0], KEYS[1]: ROWS[1]},
    "numpy": dict(zip(KEYS, numpy.array(ROWS), strict=True)),
    "a list": [{"key": KEYS[0], "probabilities": ROWS[0]}, {"key": KEYS[1], "probabilities": NAMED[1]}],
    "a frame": pandas.DataFrame({"key": KEYS, "probabilities": ROWS}),
    "a frame by its index": pandas.DataFrame({"probabilities": ROWS}, index=KEYS),
    "an Arrow table": pyarrow.table({"key": KEYS, "probabilities": NAMED}),
}


@pytest.mark.parametrize("form", FORMS)
def test_predictions_come_back_in_any_form_without_their_payloads(version, form):
    found = version.report("ranker-2", FORMS[form])
    assert (found["lines"], found["predictions"], found["created"], found["n_errors"]) == (2, 2, 0, 0)
    assert said_by("ranker-2") == {key: pytest.approx(row) for key, row in zip(KEYS, ROWS, strict=True)}
    assert version.report("ranker-2", FORMS[form])["repeated"] == 2


def test_what_was_not_stored_is_told_by_its_line(version, monkeypatch):
    monkeypatch.setattr(reporting, "CHUNK_BYTES", 1)
    found = version.report("ranker-2", {KEYS[0]: [0.9, 0.1], "nothing": [0.5, 0.5], KEYS[1]: [2, -1]})
    assert (found["predictions"], found["n_errors"]) == (1, 2)
    assert [(error["line"], error["field"]) for error in found["errors"]] == [(2, "payload"), (3, "probabilities[0]")]
    assert "no example 'nothing' came before" in found["errors"][0]["message"]


def test_what_cannot_be_sent_is_refused_before_it_is(version):
    with pytest.raises(ClientError, match="needs a `key`"):
        version.report("m", [{"probabilities": [1, 0]}])
    with pytest.raises(ClientError, match="name the model"):
        version.report(" ", {})
    with pytest.raises(ClientError, match="DataFrame or an Arrow table"):
        version.report("m", 3)
    version.quorum._token = token("datasets:read")
    with pytest.raises(ClientError, match="predictions:write"):
        version.report("m", {KEYS[0]: [1, 0]})
