"""Labels that a model doubts, where cleanlab is installed."""

import numpy as np
import pyarrow as pa

from labelling.datasets import layout
from labelling.datasets.checks import doubting, nearby, sketching
from labelling.datasets.checks.live import Live, Part
from labelling.datasets.checks.payloads import Shown
from labelling.schemas import kind_of
from labelling.stats.near.pairs import near_duplicates
from tests.datasets.rows import row
from tests.factories import definition

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
    assert found is not None
    assert set(found.tolist()) == wrong


def test_too_few_rows_are_not_looked_at():
    assert doubting.doubted(live_of(themed(40)), **SCHEMA) is None


def test_near_duplicates_are_found_but_not_the_same_text_again():
    text = "the quick brown fox jumps over the lazy dog near the river bank"
    rows = [row(0, text), row(1, f"{text}s"), row(2, text.upper()), row(3, "something else entirely, not a fox")]
    live = live_of(rows)
    found = nearby.unlike(live, near_duplicates(nearby.texts_of(live, SHOWN), 0.8).pairs)
    assert {tuple(pair) for pair in found.tolist()} <= {(0, 1), (1, 2)}
    assert len(found) >= 1
    assert (found == [0, 2]).all(axis=1).sum() == 0
