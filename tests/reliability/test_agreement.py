"""Readings of agreement: alpha with its interval, over the yardstick and over all."""

import krippendorff
import numpy as np
import pytest

from labelling.consensus.queries import counted_arrays
from labelling.loop.refit import refit_project
from labelling.projects.models import Project
from labelling.reliability import actions, queries
from labelling.reliability.models import AgreementReading
from labelling.sampling.models import Item
from tests.experts.crowd import answer
from tests.factories import NOW, make_items, make_labellers, make_project

pytestmark = pytest.mark.django_db


def mixed_crowd() -> Project:
    """Twenty items, three labellers with errors of their own; every fourth item is a yardstick."""
    project = make_project("fixed", initial_labels=3, minimum_labels=3, maximum_labels=3, gold_share=0.0)
    items = make_items(project, 20)
    Item.objects.filter(pk__in=[item.pk for item in items[::4]]).update(is_yardstick=True)
    random = np.random.default_rng(3)
    for labeller in make_labellers(project, 3):
        wrong = random.random(20) < 0.25
        said = (np.arange(20) + wrong) % 2
        answer(labeller, {item.pk: ("match", "no match")[said[at]] for at, item in enumerate(items)})
    return project


def test_a_fit_is_read_twice_over_the_yardstick_and_over_all():
    project = mixed_crowd()
    refit_project(project=project, now=NOW)
    yardstick, everything = queries.newest_agreement(project), queries.newest_agreement(project, scope=queries.ALL)
    assert (yardstick.n_items, yardstick.n_labels) == (5, 15)
    assert (everything.n_items, everything.n_labels) == (20, 60)
    assert everything.low <= everything.alpha <= everything.high


def test_alpha_is_what_the_krippendorff_package_says():
    project = mixed_crowd()
    refit_project(project=project, now=NOW)
    counted = counted_arrays(project)
    table = np.full((3, 20), np.nan)
    table[counted.workers, counted.items] = counted.labels
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert queries.newest_agreement(project, scope=queries.ALL).alpha == pytest.approx(expected, abs=1e-12)


def test_reading_the_same_fit_again_changes_nothing():
    project = mixed_crowd()
    fit = refit_project(project=project, now=NOW)
    before = list(AgreementReading.objects.values())
    actions.refresh_agreement(project=project, fit=fit, now=NOW)
    assert list(AgreementReading.objects.values()) == before


def test_the_seed_follows_from_the_project_and_the_number_of_the_fit():
    project = mixed_crowd()
    refit_project(project=project, now=NOW)
    refit_project(project=project, now=NOW)
    seeds = [reading.seed for reading in queries.readings(project)]
    assert seeds == [actions.seed_of(project.seed, 1), actions.seed_of(project.seed, 2)]
    assert seeds[0] != seeds[1] and all(0 <= seed < 2**63 for seed in seeds)


def test_without_labels_alpha_is_unknown():
    project = make_project()
    refit_project(project=project, now=NOW)
    reading = queries.newest_agreement(project)
    assert (reading.alpha, reading.low, reading.high, reading.n_labels) == (None, None, None, 0)
