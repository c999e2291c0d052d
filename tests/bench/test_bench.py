"""`make bench`: prints what ingest, the arithmetic and publishing cost. Compare ratios, not machines."""

import pytest
from django.db import connection

from labelling.stats.agreement import bootstrap, krippendorff_alpha
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
    rows = [("Krippendorff's alpha", "labels", "CPU s", "alpha")]
    for items, workers, labels, _ in (few, many):
        ours, seconds = arithmetic.cpu_seconds(lambda i=items, w=workers, a=labels: krippendorff_alpha(i, w, a))
        rows.append(("krippendorff_alpha", f"{len(labels):,}", f"{seconds:.3f}", f"{ours:.6f}"))
        theirs, seconds = arithmetic.cpu_seconds(lambda i=items, a=labels: arithmetic.krippendorff_alpha(i, a))
        rows.append(("the krippendorff package", f"{len(labels):,}", f"{seconds:.3f}", f"{theirs:.6f}"))
        assert ours == pytest.approx(theirs)
    items, workers, labels, _ = few
    interval, seconds = arithmetic.cpu_seconds(lambda: bootstrap(items, workers, labels, seed=7, resamples=100))
    shown = f"{interval.low:.4f} to {interval.high:.4f}"
    return [*rows, ("its interval, 100 resamples", f"{len(labels):,}", f"{seconds:.3f}", shown)]
