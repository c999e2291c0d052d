"""The code behind `make bench`, on little: what it measures must be right. Times are not looked at."""

from dataclasses import replace

import numpy as np
import psycopg
import pytest

from labelling.stats.agreement import krippendorff_alpha
from labelling.stats.truth import dawid_skene
from tests.bench import arithmetic, load, stages, wire
from tests.bench.blindness import told_apart

MOST_STATEMENTS = 12
FEW = 12


@pytest.mark.postgres
def test_a_load_run_stores_every_pair_and_a_large_project_costs_as_many_statements_as_a_small_one(postgres_url):
    load.migrate(postgres_url)
    projects = [(mode, n_items) for n_items in (60, 600) for mode in ("fixed", "adaptive")]
    with load.served(postgres_url, "few", projects=projects, n_labellers=4) as (place, ways):
        with load.bare_ways(place, 60) as bare:
            for way in [*bare, *ways]:
                done = load.go(way, n_labellers=4, pairs=FEW)
                assert (len(done.rows), done.spent.server > 0, done.spent.database > 0) == (FEW, True, True)
        for way in ways:
            load.refit(way)
        assert number_of_labels(place.url) == len(ways) * (FEW + 4)
        named = [replace(way, name=way.slug) for way in ways]
        each = load.statements(place, named, pairs=40, settings="labelling.settings")
    for mode in ("fixed", "adaptive"):
        small, large = (each[f"{mode}-{n_items}"].others for n_items in (60, 600))
        assert small == pytest.approx(large, abs=2), "gold and new batches come by chance; nothing else may differ"
        assert large <= MOST_STATEMENTS


def number_of_labels(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM labelling_label").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.postgres
def test_every_statement_is_counted_however_it_is_sent(postgres_url):
    with wire.counting(postgres_url) as (url, counted), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT 1; SELECT 'a;b'")
        connection.execute("SELECT %s", [2])
        for _ in range(3):
            connection.execute("SELECT %s + 1", [3], prepare=True)
        with connection.transaction(), connection.pipeline():
            connection.execute("SELECT 4")
            connection.execute("SELECT 5")
    assert (counted.others, counted.control) == (8, 2)


def test_waits_that_are_alike_tell_nothing_and_others_do():
    random = np.random.default_rng(7)
    gold, work = random.normal(1, 0.1, 60), random.normal(1, 0.1, 900)
    alike, later = told_apart([(gold, work)]), told_apart([(gold + 0.2, work), (gold + 1.2, work + 1)])
    assert alike.low < 0.5 < alike.high
    assert later.low > 0.85


@pytest.mark.django_db
def test_ingest_takes_every_row_once():
    report, repeated, _, _ = stages.ingest_rows(200)
    assert (report.created, report.predictions, report.n_errors) == (200, 200, 0)
    assert (repeated.created, repeated.predictions, repeated.repeated) == (0, 0, 200)


@pytest.mark.django_db
def test_what_is_published_is_verified(tmp_path):
    version, found, _ = stages.publish_and_verify(100, tmp_path)
    assert version.n_rows == 100
    assert (found.good, found.checked) == (True, 100)


@pytest.mark.filterwarnings("ignore::Warning:crowdkit.*")
def test_the_simulated_crowd_is_seen_alike_by_both_libraries():
    items, workers, labels, _ = arithmetic.crowd(2_000)
    ours = dawid_skene(items, workers, labels, arithmetic.CLASSES).posterior.argmax(axis=1)
    assert np.mean(ours == arithmetic.crowdkit_dawid_skene(items, workers, labels)) > 0.99
    assert krippendorff_alpha(items, workers, labels) == pytest.approx(arithmetic.krippendorff_alpha(items, labels))
