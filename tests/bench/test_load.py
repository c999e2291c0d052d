"""`make bench`: labellers over REST on PostgreSQL beside a bare view, in one run. Compare ratios, not machines."""

from contextlib import ExitStack

import pytest

from tests.bench import load, report
from tests.bench.load import Served, Statements, Way
from tests.bench.plan import Sizes
from tests.bench.report import Rounds

pytestmark = [pytest.mark.bench, pytest.mark.postgres]


def test_labellers_beside_a_bare_view(postgres_url):
    run_beside_bare(postgres_url, Sizes())


def run_beside_bare(url: str, sizes: Sizes) -> Rounds:
    """Every way in turns, several rounds, so that what else the machine does falls on all of them."""
    with ExitStack() as stack:
        load.migrate(url)
        projects = [(mode, sizes.items) for mode in sizes.modes]
        place, ways = stack.enter_context(load.served(url, "load", projects=projects, n_labellers=max(sizes.labellers)))
        bare = stack.enter_context(load.bare_ways(place, sizes.items))
        for way in ways:
            load.warm(way)
        rounds, refits = run_load(sizes, [*bare, *ways])
        report.print_load(sizes, rounds)
        report.print_refits(refits)
        report.print_statements(count_statements(place, bare, ways, min(100, sizes.pairs)))
        for way in ways:
            if way.name == "adaptive":
                report.print_blindness(way, sizes, rounds)
    return rounds


def run_load(sizes: Sizes, ways: list[Way]) -> tuple[Rounds, list[dict]]:
    plan = [(way, n) for n in sizes.labellers for way in ways]
    plan += [(load.ten_ahead(way), sizes.labellers[0]) for way in ways if way.kind == "product"]
    rounds: Rounds = {(way.name, n): [] for way, n in plan}
    refits = []
    for _ in sizes.each_round():
        for way, n in plan:
            pairs = sizes.pairs if way.kind == "product" else 3 * sizes.pairs
            rounds[way.name, n].append(load.go(way, n_labellers=n, pairs=pairs))
            if way.slug.startswith("adaptive"):
                refits.append(load.refit(way))
    return rounds, refits


def count_statements(place: Served, bare: list[Way], ways: list[Way], pairs: int) -> dict[str, Statements]:
    found = load.statements(place, bare, pairs=pairs, settings="tests.bench.bare_settings")
    return found | load.statements(place, ways, pairs=pairs, settings="labelling.settings")


def test_the_size_of_the_project(postgres_url):
    sizes = Sizes()
    if sizes.compared:
        run_sizes(postgres_url, sizes)


def run_sizes(url: str, sizes: Sizes) -> Rounds:
    """Each size in a database of its own, so that the tables are as large as the project says."""
    with ExitStack() as stack:
        load.migrate(url)
        ways: dict[tuple[str, int], Way] = {}
        for size in sizes.compared:
            projects = [(mode, size) for mode in sizes.modes]
            _, found = stack.enter_context(load.served(url, str(size), projects=projects, n_labellers=8))
            ways |= {(way.name, size): way for way in found}
        for way in ways.values():
            load.warm(way)
        rounds: Rounds = {key: [] for key in ways}
        for _ in sizes.each_round():
            for key, way in ways.items():
                rounds[key].append(load.go(way, n_labellers=8, pairs=sizes.pairs))
                if way.name == "adaptive":
                    load.refit(way)
    report.print_flatness(sizes, rounds)
    return rounds
