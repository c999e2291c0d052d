"""`make bench`: prints what labelling, ingest, the arithmetic and publishing cost. Compare ratios, not machines."""

import os
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from django.db import connection

from labelling.stats.agreement import bootstrap, krippendorff_alpha
from labelling.stats.truth import dawid_skene, infer, majority
from tests.bench import arithmetic, pairs, stages
from tests.bench.clock import Spent

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

SIZES = (1_000, 20_000)
ROUNDS, PAIRS = 3, 100
ROWS = 20_000
LABELS, LABELS_BESIDE = 1_000_000, 100_000


def show(title: str, rows: list[tuple[str, ...]]) -> None:
    """A table, its columns as wide as they need to be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n\n{title}")  # noqa: T201 - figures are for the terminal
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))  # noqa: T201


# --- labelling -------------------------------------------------------------------------------------------------------


def test_a_pair_beside_a_bare_view():
    """Every way in turns, several rounds, so that what else the machine does falls on all of them."""
    assert connection.vendor == "postgresql", "the bare view's SKIP LOCKED needs PostgreSQL: TEST_DATABASE=postgres"
    with ExitStack() as stack:
        ways = labelling_ways(stack)
        spent: dict[str, list[Spent]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, (run, web_pid) in ways.items():
                spent[name].append(pairs.spent_a_pair(run, PAIRS, web_pid=web_pid))
    mean = {name: Spent(*(sum(column) / ROUNDS for column in columns_of(each))) for name, each in spent.items()}
    bare = mean["bare view, one request"].cpu
    halves = mean["bare view, two requests"].cpu
    rows = [("one next + submit", "server ms", "database ms", "CPU ms", "to bare", "to bare in two", "wall ms")]
    rows += [
        (name, f"{one.server + one.here:.2f}", f"{one.database:.2f}", f"{one.cpu:.2f}", f"{one.cpu / bare:.2f}",
         f"{one.cpu / halves:.2f}", f"{one.wall:.1f}")
        for name, one in mean.items()
    ]  # fmt: skip
    show(f"labelling on PostgreSQL, {ROUNDS} x {PAIRS} pairs each, {os.cpu_count()} cores", rows)


def columns_of(each: list[Spent]) -> list[tuple[float, ...]]:
    return list(zip(*((one.here, one.server, one.database, one.wall) for one in each), strict=True))


def labelling_ways(stack: ExitStack) -> dict[str, tuple[Callable[[int], int], int | None]]:
    """What is compared: {name: (does n pairs, the web server's process)}."""
    stack.enter_context(pairs.bare_tables(max(SIZES)))
    bare_post, bare_pid = stack.enter_context(pairs.served(settings="tests.bench.bare_settings"))
    ways: dict[str, tuple[Callable[[int], int], int | None]] = {
        "bare view, one request": (lambda n: pairs.by_bare(n, bare_post), bare_pid),
        "bare view, two requests": (lambda n: pairs.by_bare_halves(n, bare_post), bare_pid),
    }
    post, pid = stack.enter_context(pairs.served())
    statements = [("statements a pair over REST", "SQL", "BEGIN, COMMIT, …")]
    for mode in ("fixed", "adaptive"):
        for size in SIZES:
            world, name = pairs.make_world(mode=mode, n_items=size), f"{mode}, {size:,} items"
            statements.append((name, *(f"{number:.1f}" for number in pairs.statements_a_pair(world, 40))))
            ways[f"{name}: verbs"] = (lambda n, w=world: pairs.by_verbs(w, n), None)
            ways[f"{name}: REST"] = (lambda n, w=world: pairs.by_rest(w, n, post), pid)
        ways[f"{name}: REST, ten ahead"] = (lambda n, w=world: pairs.by_rest(w, n, post, ahead=10), pid)
    show("SQL", statements)
    return ways


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
