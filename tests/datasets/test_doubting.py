"""Labels that a model doubts, where cleanlab is installed."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from cleanlab.filter import find_label_issues

from labelling.datasets import layout
from labelling.datasets.checks import doubting, nearby, predicted, sketching
from labelling.datasets.checks.live import Live, Part
from labelling.datasets.checks.payloads import Shown
from labelling.ingest.models import ModelVersion, Prediction
from labelling.schemas import kind_of
from labelling.stats.near.pairs import near_duplicates
from tests.datasets.rows import check, row
from tests.factories import NOW, definition, make_items, make_project

SCHEMA = {"kind": "single_choice", "definition": definition()}
SHOWN = Shown(kind_of("single_choice"), definition())
WORDS = {"match": "red round sweet apple fruit tree", "no match": "steel screw metal bolt hammer nail"}


def live_of(rows):
    batch = pa.RecordBatch.from_pylist([layout.to_cells(one) for one in rows], schema=layout.arrow_schema())
    everything = np.ones(len(rows), dtype=bool)
    keys = lambda at: batch.column("key").take(pa.array(at))  # noqa: E731 - shorter than a function
    return Live([Part(sketching.of([batch], **SCHEMA), everything, everything, keys, lambda: [batch])])


def themed(n, wrong=()):
    rng, rows = np.random.default_rng(3), []
    for number in range(n):
        theme = ("match", "no match")[number % 2]
        text = " ".join(rng.choice(WORDS[theme].split(), 5))
        other = "no match" if theme == "match" else "match"
        rows.append(row(number, text, choice=other if number in wrong else theme))
    return rows


def test_wrong_labels_are_doubted_and_right_ones_are_not():
    wrong = {11, 50, 123, 200}
    found = doubting.doubted(live_of(themed(300, wrong)), **SCHEMA)
    assert set(found.places.tolist()) == wrong
    assert (found.quality.n, found.quality.usual, found.quality.is_weak) == (300, 5000, False)
    assert 9_500 < found.quality.accuracy < 10_000


def test_too_few_rows_are_not_looked_at():
    found = doubting.doubted(live_of(themed(40)), **SCHEMA)
    assert (len(found.places), found.quality) == (0, None)
    assert found.why.startswith("Fewer than 100 rows")


def judged(right):
    """The check of 300 rows whose words say nothing, by a model that is right in so many of 100."""
    rows = [row(n, "the same few words", choice=("match", "no match")[n * 7 % 2]) for n in range(300)]
    labels = np.arange(300) * 7 % 2
    said = np.where(np.arange(300) % 100 < right, labels, 1 - labels)
    p = np.where(said[:, None] == np.arange(2), 0.8, 0.2)
    stored = lambda live, places, names: doubting.Chances("a model", places, p)  # noqa: E731 - shorter
    return check("label_issues", rows, doubted=lambda live: doubting.doubted(live, **SCHEMA, stored=stored))


def test_a_model_that_is_hardly_better_than_no_model_is_not_asked_and_says_how_bad_it_is():
    found = judged(60)
    assert (found["verdict"], found["n"]) == ("not_looked_for", 0)
    assert "right in 60.0% of 300 rows, where always saying the most frequent label is in 50.0%" in found["summary"]


def test_a_weak_model_warns_of_nothing_and_a_good_one_does():
    weak, good = judged(70), judged(90)
    assert (weak["verdict"], weak["n"], good["verdict"], good["n"]) == ("pass", 90, "warn", 30)
    assert "errors of its own" in weak["summary"] and "errors of its own" not in good["summary"]


@pytest.fixture
def predicted_rows(db):
    """A project, its rows and what cleanlab says of them: a model spoke of 120 rows, of four of them otherwise."""
    project = make_project()
    items = make_items(project, 120)
    rng, wrong = np.random.default_rng(6), {5, 40, 77, 118}
    labels = np.arange(120) % 2
    said = np.where(np.isin(np.arange(120), list(wrong)), 1 - labels, labels)
    p = np.full((120, 2), 0.1)
    p[np.arange(120), said] = 0.9
    p = (p + rng.uniform(0, 0.05, p.shape)).astype("<f4")
    p /= p.sum(axis=1, keepdims=True)
    model = ModelVersion.objects.create(project=project, model="matcher", pipeline="")
    Prediction.objects.bulk_create(
        Prediction(example_id=item.example_id, model_version=model, schema=project.schema, received_at=item.created_at,
                   probabilities=p[n].tobytes())
        for n, item in enumerate(items)
    )  # fmt: skip
    live = live_of([row(n) for n in range(120)])
    live.parts[0] = replace(live.parts[0], items=lambda: np.array([item.pk for item in items]))
    return project, live, np.flatnonzero(find_label_issues(labels, p.astype(float))), wrong


def test_what_a_model_said_before_rows_were_labelled_is_asked(predicted_rows):
    project, live, expected, wrong = predicted_rows
    found = doubting.doubted(live, **SCHEMA, stored=partial(predicted.chances_of, project=project))
    assert set(found.places.tolist()) == set(expected.tolist()) == wrong
    assert (found.quality.by, found.quality.accuracy) == ("what matcher said before the rows were labelled", 9666)


def test_a_model_that_may_have_learned_the_labels_is_not_asked(predicted_rows):
    project, live, *_ = predicted_rows
    Prediction.objects.update(received_at=NOW + timedelta(hours=1))
    assert predicted.chances_of(live, np.arange(120), ["match", "no match"], project=project) is None


def test_near_duplicates_are_found_but_not_the_same_text_again():
    text = "the quick brown fox jumps over the lazy dog near the river bank"
    rows = [row(0, text), row(1, f"{text}s"), row(2, text.upper()), row(3, "something else entirely, not a fox")]
    live = live_of(rows)
    found = nearby.unlike(live, near_duplicates(nearby.texts_of(live, SHOWN), 0.8).pairs)
    assert {tuple(pair) for pair in found.tolist()} <= {(0, 1), (1, 2)}
    assert len(found) >= 1
    assert (found == [0, 2]).all(axis=1).sum() == 0


def test_every_row_of_a_text_is_near_what_the_first_of_them_is_near():
    text = "the quick brown fox jumps over the lazy dog near the river bank"
    live = live_of([row(0, text), row(2, f"{text}s"), row(4, f"{text}S "), row(6, "another"), row(8, text.upper())])
    found = nearby.unlike(live, nearby._of_texts(live, SHOWN, 0.8))
    assert {tuple(pair) for pair in found.tolist()} == {(0, 1), (0, 2), (1, 4)}
