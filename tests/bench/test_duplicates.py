"""`make bench ARGS="-k duplicates"`: duplicates and near-duplicates among BENCH_ROWS texts (1,000,000 if not said)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from scipy.sparse import csr_array

from labelling.ingest.models import Example
from labelling.sampling.inheriting import Place, Round
from labelling.sampling.models import Item, NearPart
from labelling.sampling.queries import Candidate
from labelling.schemas.shown_text import shown_text
from labelling.stats.near.pairs import near_duplicates
from tests.bench.clock import measured
from tests.bench.duplicates import FIELDS, FOUND, PAYLOADS, SPLITS, TEXTS
from tests.bench.near_texts import jaccard_of_sets, planted, shingle_set
from tests.bench.tables import show
from tests.factories import NOW, make_project

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
BRUTE_ROWS = min(ROWS, 20_000)
BLOCK = 1_000
BOUNDS = {"near": (35, 1_200), "exact": (8, 1_200)}


def searched(kind: str, folder: Path) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.duplicates", kind, str(folder)],
        check=True, capture_output=True, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    with np.load(folder / FOUND) as found:
        return json.loads(done.stdout), dict(found)


def test_near_duplicates(tmp_path):
    texts, planted_pairs, similarity = planted(ROWS, seed=1)
    (tmp_path / TEXTS).write_text("\n".join(texts))
    cost, found = searched("near", tmp_path)
    codes = np.sort(found["pairs"] @ [ROWS, 1])
    hit = np.isin(planted_pairs @ [ROWS, 1], codes)
    sample = np.random.default_rng(2).permutation(len(codes))[:5_000]
    for (one, other), value in zip(found["pairs"][sample].tolist(), found["similarity"][sample], strict=True):
        assert jaccard_of_sets(texts[one], texts[other]) == value >= 0.6
    rows = [("near-duplicates, Jaccard 0.6", "rows", "pairs", "CPU s", "peak MB", "recall", "recall 0.60 to 0.62")]
    rows.append((
        "planted copies", f"{ROWS:,}", f"{len(codes):,}", f"{cost['cpu']:.1f}", f"{cost['megabytes']:,.0f}",
        f"{hit.mean():.4f}", f"{hit[similarity < 0.62].mean():.4f}",
    ))  # fmt: skip
    few = planted(BRUTE_ROWS, seed=2)[0]
    everything, some = brute_force(few), near_duplicates(few, 0.6).pairs
    recall = len(everything & set(map(tuple, some.tolist()))) / max(1, len(everything))
    rows.append((
        "every pair compared", f"{BRUTE_ROWS:,}", f"{len(everything):,}", "", "", f"{recall:.4f}", "",
    ))  # fmt: skip
    show("near-duplicates", rows)
    assert hit.mean() >= 0.99
    assert recall >= 0.99
    held("near", cost)


def brute_force(texts: list[str]) -> set[tuple[int, int]]:
    """All pairs of Jaccard similarity 0.6 and more, by the sizes of all intersections."""
    sets = [sorted(shingle_set(text)) for text in texts]
    names = {shingle: code for code, shingle in enumerate({shingle for one in sets for shingle in one})}
    sizes = np.array([len(one) for one in sets])
    columns = np.array([names[shingle] for one in sets for shingle in one])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    table = csr_array((np.ones(len(columns), np.float32), columns, ends), shape=(len(sets), len(names)))
    other = table.T.tocsr()
    found: set[tuple[int, int]] = set()
    for start in range(0, len(texts), BLOCK):
        both = (table[start : start + BLOCK] @ other).toarray()
        either = sizes[start : start + BLOCK, None] + sizes - both
        found |= {(start + int(one), int(two)) for one, two in np.argwhere(both >= 0.6 * either) if start + one < two}
    return found


def test_exact_duplicates_and_leaks(tmp_path):
    rng = np.random.default_rng(3)
    texts = planted(ROWS, seed=4)[0]
    copies = rng.permutation(ROWS)[: ROWS // 20]
    sources = rng.integers(0, ROWS, len(copies))
    for copy, source in zip(copies.tolist(), sources.tolist(), strict=True):
        texts[copy] = texts[source] if copy % 2 else f"  {texts[source].upper().replace(' ', '  ')}"
    payloads = [json.dumps({"id": row % 3, FIELDS[0]: text}) for row, text in enumerate(texts)]
    splits = rng.choice(3, ROWS, p=[0.8, 0.1, 0.1])
    (tmp_path / PAYLOADS).write_text("\n".join(payloads))
    np.save(tmp_path / SPLITS, splits)
    cost, found = searched("exact", tmp_path)
    expected = by_dictionary(texts, payloads, splits)
    recalls = [len(expected[name] & set(rows.tolist())) / len(expected[name]) for name, rows in found.items()]
    rows = [("exact", "rows", "at fault", "CPU s", "peak MB", "recall")]
    rows += [
        (name, f"{ROWS:,}", f"{len(found[name]):,}", f"{cost['cpu']:.1f} in all", f"{cost['megabytes']:,.0f}", f"{one}")
        for name, one in zip(found, recalls, strict=True)
    ]
    show("exact duplicates and leaks", rows)
    assert {name: set(rows.tolist()) for name, rows in found.items()} == expected
    held("exact", cost)


@pytest.mark.django_db
def test_splits_that_near_duplicates_inherit():
    """A round of 1,000 beside ROWS / 10 items, all of it edited copies, most of what is there."""
    before, new = ROWS // 10, 1_000
    texts, copies, _ = planted(before + new, seed=6)
    project = make_project(slug="bench", near_threshold=0.8)
    old = take_in(project, texts[:before], first=0)
    rows = [("splits by near-duplicates", "new items", "items before", "CPU s", "statements", "recall, 0.8 and more")]
    with measured() as spent, CaptureQueriesContext(connection) as asked:
        items, places = decided(project, old)
    rows.append(("first round", f"{before:,}", "0", f"{spent.cpu:.2f}", str(len(asked)), ""))
    late = take_in(project, texts[before:], first=before)
    with measured() as spent, CaptureQueriesContext(connection) as asked:
        after, taken = decided(project, late)
    seen = [shown_text({"request": text, "offer": ""}, ["request", "offer"]) for text in texts]
    at = [(one, other) for one, other in copies.tolist()
          if other >= before and jaccard_of_sets(seen[one], seen[other]) >= 0.8]  # fmt: skip
    split = [one.split for one in [*places, *taken]]
    right = np.mean([split[one] == split[other] and taken[other - before].similarity is not None for one, other in at])
    rows.append((
        "another round", f"{new:,}", f"{before:,}", f"{spent.cpu:.2f}", str(len(asked)), f"{right:.4f} of {len(at)}",
    ))  # fmt: skip
    show(f"splits on {connection.vendor}", rows)
    assert right >= 0.99
    assert NearPart.objects.count() <= 20
    assert len(items) == before and len(after) == new


def take_in(project, texts: list[str], *, first: int) -> list[Candidate]:
    made = Example.objects.bulk_create(
        [
            Example(project=project, external_id=f"e{first + at:07d}", payload_hash="", received_at=NOW,
                    payload=json.dumps({"request": text, "offer": ""}))
            for at, text in enumerate(texts)
        ], 5_000,
    )  # fmt: skip
    return [Candidate(one.pk, one.external_id, "") for one in made]


def decided(project, examples: list[Candidate]) -> tuple[list[Item], list[Place]]:
    drawn = Round(project, project.policy, examples)
    places = drawn.splits()
    items = Item.objects.bulk_create(
        [
            Item(project=project, example_id=example.pk, split=place.split, target=1, created_at=NOW, state_at=NOW)
            for example, place in zip(examples, places, strict=True)
        ], 5_000,
    )  # fmt: skip
    drawn.keep(items, places)
    return items, places


def by_dictionary(texts: list[str], payloads: list[str], splits: np.ndarray) -> dict[str, set[int]]:
    """The same in plain Python, without a digest."""
    seen: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        seen.setdefault(" ".join(text.lower().split()), []).append(row)
    same: dict[str, list[int]] = {}
    for row, payload in enumerate(payloads):
        same.setdefault(payload, []).append(row)
    codes = splits.tolist()
    leaks = [row for rows in seen.values() if {0, 2} <= {codes[one] for one in rows} for row in rows if codes[row] != 1]
    return {
        "texts": {row for rows in seen.values() for row in rows[1:]},
        "payloads": {row for rows in same.values() for row in rows[1:]},
        "leaks": set(leaks),
    }


def held(kind: str, cost: dict[str, float]) -> None:
    """The bounds are of a million rows."""
    seconds, megabytes = BOUNDS[kind]
    assert cost["cpu"] <= seconds * max(1, ROWS / 1_000_000)
    assert cost["megabytes"] <= megabytes * max(1, ROWS / 1_000_000)
