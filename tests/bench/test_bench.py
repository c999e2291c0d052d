"""`make bench`: prints what ingest, the arithmetic and publishing cost. Compare ratios, not machines."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from labelling.stats.agreement import bootstrap, gwet_ac1, krippendorff_alpha, pairwise
from labelling.stats.truth import dawid_skene, infer, majority
from tests.bench import arithmetic, stages
from tests.bench.clock import Spent
from tests.bench.tables import show

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROWS = 20_000
LABELS, LABELS_BESIDE = 1_000_000, 100_000


# --- whole stages ----------------------------------------------------------------------------------------------------


def test_ingest():
    report, repeated, first, second = stages.ingest_rows(ROWS)
    assert (report.created, repeated.created) == (ROWS, 0)
    rows = [("rows with 16 passes", "rows", "CPU s", "rows a CPU second", "rows a second")]
    rows += [figures(name, ROWS, spent) for name, spent in (("new", first), ("the same again", second))]
    show(f"ingest on {connection.vendor}", rows)


def test_publish_export_verify(tmp_path):
    version, found, steps = stages.publish_and_verify(ROWS, tmp_path)
    assert (version.n_rows, found.checked, found.problems) == (ROWS, ROWS, [])
    rows = [("three labels a row", "rows", "CPU s", "rows a CPU second", "rows a second")]
    rows += [figures(name, ROWS, spent) for name, spent in steps.items()]
    show(f"a version on {connection.vendor}", rows)


def figures(name: str, n: int, spent: Spent) -> tuple[str, ...]:
    return name, f"{n:,}", f"{spent.cpu:.2f}", f"{n / spent.cpu:,.0f}", f"{n / spent.wall:,.0f}"


# --- arithmetic ------------------------------------------------------------------------------------------------------


def test_arithmetic():
    many, few = arithmetic.crowd(LABELS), arithmetic.crowd(LABELS_BESIDE)
    k = arithmetic.CLASSES
    rows = [("four classes, five labels an item", "labels", "CPU s", "labels a CPU second", "right")]
    for name, method in (("majority", majority), ("dawid_skene", by_dawid_skene), ("infer", by_infer)):
        for items, workers, labels, truth in (few, many):
            shares, seconds = arithmetic.cpu_seconds(lambda m=method, i=items, w=workers, a=labels: m(i, w, a, k))
            rows.append(told(name, len(labels), seconds, (shares.argmax(axis=1) == truth).mean()))
    items, workers, labels, truth = few
    found, seconds = arithmetic.cpu_seconds(lambda: arithmetic.crowdkit_dawid_skene(items, workers, labels))
    rows.append(told("crowd-kit's DawidSkene", len(labels), seconds, (found == truth).mean()))
    show("truth inference, one core", rows)
    show("agreement, one core", alpha_rows(few, many))


def by_dawid_skene(items, workers, labels, k: int):
    return dawid_skene(items, workers, labels, k).posterior


def by_infer(items, workers, labels, k: int):
    return infer(items, workers, labels, k).posterior


def told(name: str, n: int, seconds: float, right: float) -> tuple[str, ...]:
    return name, f"{n:,}", f"{seconds:.3f}", f"{n / seconds:,.0f}", f"{right:.4f}"


def alpha_rows(few, many) -> list[tuple[str, ...]]:
    rows = [("agreement", "labels", "CPU s", "found")]
    for *given, _ in (few, many):
        items, _, labels = given
        ours, own = least(partial(krippendorff_alpha, *given))
        theirs, other = least(partial(arithmetic.krippendorff_alpha, items, labels))
        assert ours == pytest.approx(theirs, abs=1e-10, rel=0)
        drawn, drawing = arithmetic.cpu_seconds(partial(bootstrap, *given, seed=7, resamples=100))
        ac1, counting = least(partial(gwet_ac1, *given, arithmetic.CLASSES))
        pairs, comparing = least(partial(pairwise, *given, arithmetic.CLASSES))
        for name, seconds, found in (
            ("Krippendorff's alpha", own, f"{ours:.6f}"),
            ("the krippendorff package, from counts", other, f"{theirs:.6f}"),
            ("its interval, 100 resamples", drawing, f"{drawn.low:.3f} to {drawn.high:.3f}"),
            ("Gwet's AC1 with its interval", counting, f"{ac1.value:.6f}"),
            ("every two of 40 labellers", comparing, f"{(pairs.shared > 0).sum()} cells"),
        ):
            rows.append((name, f"{len(labels):,}", f"{seconds:.4f}", found))
    return rows


def least(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the least CPU time of five runs."""
    runs = [arithmetic.cpu_seconds(work) for _ in range(5)]
    return runs[0][0], min(seconds for _, seconds in runs)
