"""Readings of agreement: alpha with its interval, over the yardstick and over all."""

from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from labelling.consensus.queries import Counted, counted_arrays
from labelling.loop.refit import refit_project
from labelling.projects.models import Member, Project
from labelling.reliability import agreement, queries
from labelling.reliability.models import AgreementMatrix, AgreementReading
from labelling.sampling.models import Item
from labelling.stats.agreement import fleiss_kappa, gwet_ac1, krippendorff_alpha, per_class
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
    agreement.refresh_agreement(project=project, fit=fit, now=NOW)
    assert list(AgreementReading.objects.values()) == before


def test_the_seed_follows_from_the_project_and_the_number_of_the_fit():
    project = mixed_crowd()
    refit_project(project=project, now=NOW)
    refit_project(project=project, now=NOW)
    seeds = [reading.seed for reading in queries.readings(project)]
    assert seeds == [agreement.seed_of(project.seed, 1), agreement.seed_of(project.seed, 2)]
    assert seeds[0] != seeds[1] and all(0 <= seed < 2**63 for seed in seeds)


def test_without_labels_alpha_is_unknown():
    project = make_project()
    refit_project(project=project, now=NOW)
    reading = queries.newest_agreement(project)
    assert (reading.alpha, reading.low, reading.high, reading.n_labels) == (None, None, None, 0)


def made_up(project: Project, *, n_items: int = 120, n_slices: int = 3) -> Counted:
    """Three labellers, three classes; the second guideline version came halfway, every fifth item is a yardstick."""
    random = np.random.default_rng(6)
    items, workers = np.repeat(np.arange(n_items), 3), np.tile(np.arange(3), n_items)
    labels = np.where(random.random(3 * n_items) < 0.8, items % 3, random.integers(0, 3, 3 * n_items))
    return replace(
        counted_arrays(project), items=items, workers=workers, labels=labels, item_ids=list(range(n_items)),
        classes=["cat", "dog", "cow"], yardstick=np.arange(n_items) % 5 == 0,
        guidelines=np.where(items < n_items // 2, 1, 2), slices=[f"s{at % n_slices:02}" for at in range(n_items)],
    )  # fmt: skip


def read_anew(project: Project, counted: Counted) -> dict[tuple[str, str, str], AgreementReading]:
    fit = refit_project(project=project, now=NOW)
    AgreementReading.objects.filter(fit=fit).delete()
    found = agreement.refresh_agreement(project=project, fit=fit, now=NOW, counted=counted)
    return {(one.scope, one.facet, one.name): one for one in found}


def test_classes_slices_and_guideline_versions_are_read_apart():
    project = mixed_crowd()
    counted = made_up(project)
    found = read_anew(project, counted)
    names = {(facet, name) for scope, facet, name in found if scope == queries.ALL}
    assert names == {
        ("overall", ""), ("guideline", "1"), ("guideline", "2"),
        *(("class", name) for name in counted.classes), *(("slice", f"s{at:02}") for at in range(3)),
    }  # fmt: skip
    assert {(facet, name) for scope, facet, name in found if scope == queries.YARDSTICK} == names
    labels = (counted.items, counted.workers, counted.labels)
    of_slice = tuple(column[counted.items % 3 == 1] for column in labels)
    reading = found["all", "slice", "s01"]
    assert reading.alpha == pytest.approx(krippendorff_alpha(*of_slice), abs=1e-12)
    assert reading.low < reading.alpha < reading.high
    assert (reading.n_items, reading.n_labels) == (40, 120)
    assert found["all", "class", "dog"].alpha == pytest.approx(per_class(*labels, 3)[1], abs=1e-12)
    assert found["all", "overall", ""].ac1 == pytest.approx(gwet_ac1(*labels, 3).value, abs=1e-12)
    assert found["all", "overall", ""].fleiss == pytest.approx(fleiss_kappa(*labels), abs=1e-12)
    assert found["yardstick", "guideline", "2"].n_items == 12


def test_only_the_largest_slices_are_read_and_the_others_together():
    project = mixed_crowd()
    found = read_anew(project, made_up(project, n_items=220, n_slices=55))
    assert sum(facet == "slice" for scope, facet, _ in found if scope == queries.ALL) == agreement.MOST_SLICES
    assert found["all", "other", "5"].n_items == 20
    assert [one for one in queries.facets(project) if one.facet == "other"]


def test_facets_and_pairs_are_kept_of_the_newest_fit_and_the_overall_ones_of_all():
    project = mixed_crowd()
    read_anew(project, made_up(project))
    assert queries.facets(project).count() == 2 * 8
    refit_project(project=project, now=NOW)
    assert queries.facets(project).count() == 0, "two classes, one slice, one guideline: nothing to tell apart"
    assert AgreementReading.objects.filter(project=project).count() == 4
    assert [one.fit.number for one in queries.readings(project)] == [1, 2]
    assert AgreementMatrix.objects.get(project=project) == queries.matrix(project)


def test_every_two_labellers_are_compared_by_cohens_kappa():
    project = mixed_crowd()
    refit_project(project=project, now=NOW)
    counted, found = counted_arrays(project), queries.matrix(project)
    members = dict(Member.objects.values_list("public_id", "pk"))
    said = {
        name: counted.labels[counted.workers == counted.labeller_ids.index(members[name])] for name in found.labellers
    }
    assert {(i, j) for i, j, *_ in found.cells} == {(1, 0), (2, 0), (2, 1)}
    for i, j, shared, percent, kappa in found.cells:
        one, other = (said[found.labellers[at]] for at in (i, j))
        assert (shared, percent) == (20, pytest.approx(np.mean(one == other)))
        assert kappa == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)
    assert found.n_left_out == 0
