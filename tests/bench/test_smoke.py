"""The code behind `make bench`, on little: what it measures must be right. Times are not looked at."""

import numpy as np
import pytest

from labelling.assignment.models import Label
from labelling.stats.agreement import krippendorff_alpha
from labelling.stats.truth import dawid_skene
from tests.bench import arithmetic, pairs, stages

MOST_STATEMENTS = 30


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_a_label_costs_as_many_statements_in_a_large_project_as_in_a_small_one(mode):
    small, large = (
        pairs.statements_a_pair(pairs.make_world(mode=mode, n_items=n_items), 24)[0] for n_items in (60, 600)
    )
    assert small == pytest.approx(large, abs=1), "hidden gold comes by chance; nothing else may differ"
    assert large <= MOST_STATEMENTS


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_pair_over_rest_and_a_bare_one_each_store_a_label():
    world = pairs.make_world(mode="fixed", n_items=20, warm=8)
    with pairs.served() as (post, pid):
        spent = pairs.spent_a_pair(lambda n: pairs.by_rest(world, n, post), 8, web_pid=pid)
        ahead = pairs.spent_a_pair(lambda n: pairs.by_rest(world, n, post, ahead=5), 10, web_pid=pid)
    assert Label.objects.count() == 8 + 8 + 10
    assert spent.server > 0
    assert ahead.server > 0
    with pairs.bare_tables(20), pairs.served(settings="tests.bench.bare_settings") as (post, pid):
        pairs.spent_a_pair(lambda n: pairs.by_bare(n, post), 4, web_pid=pid)
        pairs.spent_a_pair(lambda n: pairs.by_bare_halves(n, post), 4, web_pid=pid)


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
