"""`make bench`: labellers over REST on PostgreSQL beside a bare view, in one run. Compare ratios, not machines.

Sizes come from the environment, so that one question can be asked in a minute:

BENCH_ITEMS      items of the project under load: 100000
BENCH_SIZES      items of the projects compared for flatness: 10000,100000,1000000; empty: none
BENCH_LABELLERS  labellers at work at once: 1,8,32,64
BENCH_MODES      fixed,adaptive
BENCH_PAIRS      pairs a round; the bare view does three times as many: 300
BENCH_ROUNDS     5
BENCH_SHOW_SQL   1: print every statement of some pairs
"""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.bench import load
from tests.bench.blindness import Stratum, Told, told_apart
from tests.bench.load import Round, Served, Way
from tests.bench.tables import show

pytestmark = [pytest.mark.bench, pytest.mark.postgres]


def numbers(name: str, default: str) -> list[int]:
    return [int(part) for part in os.environ.get(name, default).split(",") if part.strip()]


@dataclass(frozen=True)
class Sizes:
    items: int = field(default_factory=lambda: numbers("BENCH_ITEMS", "100000")[0])
    compared: list[int] = field(default_factory=lambda: numbers("BENCH_SIZES", "10000,100000,1000000"))
    labellers: list[int] = field(default_factory=lambda: numbers("BENCH_LABELLERS", "1,8,32,64"))
    modes: list[str] = field(default_factory=lambda: os.environ.get("BENCH_MODES", "fixed,adaptive").split(","))
    pairs: int = field(default_factory=lambda: numbers("BENCH_PAIRS", "300")[0])
    rounds: int = field(default_factory=lambda: numbers("BENCH_ROUNDS", "5")[0])


Rounds = dict[tuple[str, int], list[Round]]


def test_labellers_beside_a_bare_view(postgres_url):
    """Every way in turns, several rounds, so that what else the machine does falls on all of them."""
    sizes = Sizes()
    with ExitStack() as stack:
        stack.enter_context(load.template(postgres_url))
        place, ways = stack.enter_context(
            load.served(postgres_url, "load", modes=sizes.modes, n_items=sizes.items, n_labellers=max(sizes.labellers))
        )
        bare = stack.enter_context(load.bare_ways(place, sizes.items))
        for way in ways:
            load.warm(way)
        rounds, refits = run_load(sizes, [*bare, *ways])
        print_load(sizes, rounds)
        print_refits(refits)
        print_statements(place, [*bare, *ways], min(100, sizes.pairs))
        for way in ways:
            if way.name == "adaptive":
                print_blindness(way, sizes, rounds)


def run_load(sizes: Sizes, ways: list[Way]) -> tuple[Rounds, list[dict]]:
    rounds: Rounds = {(way.name, n): [] for way in ways for n in sizes.labellers}
    refits = []
    for _ in range(sizes.rounds):
        for n in sizes.labellers:
            for way in ways:
                pairs = sizes.pairs if way.kind == "product" else 3 * sizes.pairs
                rounds[way.name, n].append(load.go(way, n_labellers=n, pairs=pairs))
                if way.name == "adaptive":
                    refits.append(load.refit(way))
    return rounds, refits


# --- tables ----------------------------------------------------------------------------------------------------------


def print_load(sizes: Sizes, rounds: Rounds) -> None:
    rows = [("way", "labellers", "server ms", "database ms", "CPU ms, least", "CPU ms", "to bare",
             "to bare in two", "pairs a second", "p50 ms", "p95 ms", "p99 ms", "labellers' CPU")]  # fmt: skip
    for (name, n), each in rounds.items():
        to_one, to_two = (ratio(each, rounds[way, n]) for way in ("bare, one request", "bare, two requests"))
        waits = [1000 * (lease + answer) for one in each for _, lease, answer in one.rows]
        rows.append((
            name, str(n), f"{median(one.spent.server for one in each):.2f}",
            f"{median(one.spent.database for one in each):.2f}", f"{min(one.spent.cpu for one in each):.2f}",
            f"{median_cpu(each):.2f}", f"{to_one:.2f}", f"{to_two:.2f}", f"{median(one.per_second for one in each):.0f}",
            *(f"{load.quantile(waits, share):.1f}" for share in (0.5, 0.95, 0.99)),
            f"{median(one.client_share for one in each):.0%}",
        ))  # fmt: skip
    show(f"next + submit over REST, {sizes.items:,} items, medians of {sizes.rounds} rounds of {sizes.pairs} pairs; "
         f"{os.cpu_count()} cores", rows)  # fmt: skip


def print_refits(refits: list[dict]) -> None:
    if refits:
        rows = [("refits in between", "labels", "CPU ms", "of it database")]
        here, database = (median(one[part] for one in refits) for part in ("here", "database"))
        rows.append((str(len(refits)), f"{refits[-1]['labels']:,}", f"{here + database:.0f}", f"{database:.0f}"))
        show("a refit, by the worker, not counted in a pair", rows)


def print_statements(place: Served, ways: list[Way], pairs: int) -> None:
    rows = [("statements a pair at the database", "SQL", "BEGIN, COMMIT, …")]
    for way in ways:
        settings = "labelling.settings" if way.kind == "product" else "tests.bench.bare_settings"
        n = min(8, len(way.secrets) or 8)
        seen = load.statements(place, way, n_labellers=n, pairs=pairs, settings=settings)
        rows.append((way.name, f"{seen.others:.1f}", f"{seen.control:.1f}"))
        if os.environ.get("BENCH_SHOW_SQL"):
            show(way.name, [("statement",), *((" ".join(text.split())[:160],) for text in seen.seen[-60:])])
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


# --- flatness --------------------------------------------------------------------------------------------------------


def test_the_size_of_the_project(postgres_url):
    """Each size in a database of its own, so that the tables are as large as the project says."""
    sizes = Sizes()
    if not sizes.compared:
        return
    with ExitStack() as stack:
        stack.enter_context(load.template(postgres_url))
        ways: dict[tuple[str, int], Way] = {}
        for size in sizes.compared:
            _, found = stack.enter_context(
                load.served(postgres_url, str(size), modes=sizes.modes, n_items=size, n_labellers=8)
            )
            ways |= {(way.name, size): way for way in found}
        for way in ways.values():
            load.warm(way)
        rounds: Rounds = {key: [] for key in ways}
        for _ in range(sizes.rounds):
            for key, way in ways.items():
                rounds[key].append(load.go(way, n_labellers=8, pairs=sizes.pairs))
                if way.name == "adaptive":
                    load.refit(way)
    print_flatness(sizes, rounds)


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
    show(f"8 labellers, medians of {sizes.rounds} rounds of {sizes.pairs} pairs", rows)
