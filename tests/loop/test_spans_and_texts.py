"""Spans and texts, from the labels of three people to the row of a version."""

import json

import pytest

from experts.doctor.examine import examine
from labelling.ingest.actions import ingest
from labelling.loop.publish import publish
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.sampling.actions import sample
from tests.datasets.stored import newest, rows_in
from tests.factories import NOW, SALT_KEY, SEED, make_labellers, make_user
from tests.loop.crowd import fresh, standing, take

pytestmark = pytest.mark.django_db

TEXT = "𝒙 Ada saw New York"
SHOWN = {"kind": "text", "fields": ["text"]}
SPANS = {"question": "Which places?", "input": SHOWN, "labels": ["place", "person"]}
POLICY = {"mode": "fixed", "maximum_labels": 3, "gold_share": 0.0, "yardstick_share": 0.0}


def places(*spans):
    return {"spans": [{"start": start, "end": end, "label": "place"} for start, end in spans]}


@pytest.mark.parametrize(
    ("kind", "definition", "given", "merged", "exported"),
    [
        (
            "spans", SPANS, [places((10, 18)), places((10, 18)), places((14, 18))], places((10, 18)),
            '[{"end":18,"label":"place","start":10}]',
        ),
        (
            "transcription", {"question": "What does it say?", "input": SHOWN},
            [{"text": text} for text in (
                "x: Ada saw New York on a Tuesday in the rain, and the old harbour, too",
                "x: Ida saw New York on a Tuesday in the rain, and the old harbour, too ",
                "x: Ada saw New York on a Tuesday in the raln, and the old harbour, too",
            )],
            {"text": "x: Ada saw New York on a Tuesday in the rain, and the old harbour, too"},
            "x: Ada saw New York on a Tuesday in the rain, and the old harbour, too",
        ),
    ],
)  # fmt: skip
def test_what_three_people_gave_is_put_together_settled_and_exported(kind, definition, given, merged, exported):
    olga = make_user("olga")
    project = create_project(
        slug="parts", name="Parts", kind=kind, definition=definition, guideline="", policy=POLICY, by=olga, seed=SEED,
        now=NOW, salt_key=SALT_KEY,
    )  # fmt: skip
    line = json.dumps({"id": "one", "payload": {"text": TEXT}}).encode()
    assert not ingest(project=project, lines=[line], by=olga, now=NOW).errors
    sample(project=project, budget=1, strategy="uniform", by=olga, seed=SEED, now=NOW)
    item = project.items.get()
    for labeller, answer in zip(make_labellers(project, 3), given, strict=True):
        submit(token=take(labeller, item, now=NOW).token, labeller=labeller, answer=answer, now=NOW)
    assert fresh(item).state == "resolved"
    assert json.loads(standing(item).answer) == merged
    publish(project=project, by=olga, now=NOW, message="parts", override_reason="a test of one row")
    (row,) = rows_in(newest())
    assert (row["answer"], row["label"]) == (merged, exported)
    assert list(examine()) == []
