"""The tables of a load run."""

import os
from collections.abc import Iterable

import numpy as np

from tests.bench.blindness import Stratum, Told, told_apart
from tests.bench.load import Round, Statements, Way
from tests.bench.plan import Sizes
from tests.bench.tables import show

Rounds = dict[tuple[str, int], list[Round]]


def print_load(sizes: Sizes, rounds: Rounds) -> None:
    rows = [("way", "labellers", "server ms", "database ms", "CPU ms, least", "CPU ms", "to bare",
             "to bare in two", "pairs a second", "p50 ms", "p95 ms", "p99 ms", "labellers' CPU")]  # fmt: skip
    for (name, n), each in rounds.items():
        to_one, to_two = (ratio(each, rounds[way, n]) for way in ("bare, one request", "bare, two requests"))
        waits = [1000 * (lease + answer) for one in each for _, lease, answer in one.rows]
        rows.append((
            name, str(n), f"{median(one.spent.server for one in each):.2f}",
            f"{median(one.spent.database for one in each):.2f}", f"{min(one.spent.cpu for one in each):.2f}",
            f"{median_cpu(each):.2f}", f"{to_one:.2f}", f"{to_two:.2f}",
            f"{median(one.per_second for one in each):.0f}",
            *(f"{np.quantile(waits, share):.1f}" for share in (0.5, 0.95, 0.99)),
            f"{median(one.client_share for one in each):.0%}",
        ))  # fmt: skip
    show(f"next + submit over REST, {sizes.items:,} items, medians of {len(each)} rounds of {sizes.pairs} pairs; "
         f"{os.cpu_count()} cores", rows)  # fmt: skip


def print_refits(refits: list[dict]) -> None:
    if refits:
        rows = [("refits in between", "labels", "CPU ms", "of it database")]
        here, database = (median(one[part] for one in refits) for part in ("here", "database"))
        rows.append((str(len(refits)), f"{refits[-1]['labels']:,}", f"{here + database:.0f}", f"{database:.0f}"))
        show("a refit, by the worker, not counted in a pair", rows)


def print_statements(found: dict[str, Statements]) -> None:
    rows = [("statements a pair at the database", "SQL", "BEGIN, COMMIT, …")]
    rows += [(name, f"{one.others:.1f}", f"{one.control:.1f}") for name, one in found.items()]
    if os.environ.get("BENCH_SHOW_SQL"):
        for name, one in found.items():
            show(name, [("statement",), *((" ".join(text.split())[:200],) for text in one.seen[-60:])])
    show("SQL", rows)


def print_blindness(way: Way, sizes: Sizes, rounds: Rounds) -> None:
    """Waits are compared within one round of one number of labellers."""
    assert way.backstage is not None
    gold = set(way.backstage.ask("gold_tokens", slug=way.slug)["tokens"])
    rows = [("gold by time", "gold", "work", "gold ms", "work ms", "AUC", "95% interval")]
    for title, part in (("lease", 1), ("answer", 2)):
        for counts in dict.fromkeys([*((n,) for n in sizes.labellers), tuple(sizes.labellers)]):
            strata = [split(one, gold, part) for n in counts for one in rounds[way.name, n]]
            if any(len(of_gold) and len(work) for of_gold, work in strata):
                rows.append(told_row(f"{title}, {', '.join(map(str, counts))} labellers", told_apart(strata)))
    if len(rows) > 1:
        show("can gold be told by time? 0.5: no", rows)


def split(one: Round, gold: set[str], part: int) -> Stratum:
    is_gold = np.array([row[0] in gold for row in one.rows])
    waits = np.array([row[part] for row in one.rows])
    return waits[is_gold], waits[~is_gold]


def told_row(title: str, told: Told) -> tuple[str, ...]:
    return (title, str(told.n_gold), str(told.n_work), f"{told.gold_ms:.2f}", f"{told.work_ms:.2f}", f"{told.auc:.3f}",
            f"{told.low:.3f} to {told.high:.3f}")  # fmt: skip


def median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def median_cpu(each: list[Round]) -> float:
    return median(one.spent.cpu for one in each)


def ratio(each: list[Round], beside: list[Round]) -> float:
    """The median over rounds of how many times the CPU of the other it took in the same round."""
    return median(one.spent.cpu / other.spent.cpu for one, other in zip(each, beside, strict=True))


def print_flatness(sizes: Sizes, rounds: Rounds) -> None:
    rows = [("way", "items", "server ms", "database ms", "CPU ms, least", "CPU ms", "to the smallest")]
    for mode in sizes.modes:
        smallest = rounds[mode, sizes.compared[0]]
        for size in sizes.compared:
            each = rounds[mode, size]
            server, database = (median(getattr(one.spent, of) for one in each) for of in ("server", "database"))
            rows.append((
                mode, f"{size:,}", f"{server:.2f}", f"{database:.2f}", f"{min(one.spent.cpu for one in each):.2f}",
                f"{median_cpu(each):.2f}", f"{ratio(each, smallest):.3f}",
            ))  # fmt: skip
    show(f"8 labellers, medians of {len(each)} rounds of {sizes.pairs} pairs", rows)
