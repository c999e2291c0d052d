"""What the page about agreement says."""

from dataclasses import replace

import numpy as np
import pytest

from labelling.consensus.queries import counted_arrays
from labelling.loop.refit import refit_project
from labelling.projects.actions import new_policy
from labelling.projects.models import Project
from labelling.reliability.agreement import refresh_agreement
from labelling.reliability.models import AgreementMatrix, AgreementReading
from tests.factories import NOW, make_labellers, make_member, make_project
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, a_scene

pytestmark = pytest.mark.django_db


def page(username: str = "olga") -> str:
    return text_of(client_of(username).get(HOME + "quality/"))


def crowded(*, n_items: int = 240, n_slices: int = 3) -> Project:
    """Four labellers; calves are taken for cows half the time; the second guideline version came halfway."""
    project, random = make_project(), np.random.default_rng(4)
    items, workers = np.repeat(np.arange(n_items), 4), np.tile(np.arange(4), n_items)
    truth = items % 3
    labels = np.where(random.random(len(items)) < 0.95, truth, random.integers(0, 3, len(items)))
    labels = np.where((truth == 2) & (random.random(len(items)) < 0.5), 1, labels)
    labellers = make_labellers(project, 4)
    fit = refit_project(project=project, now=NOW)
    AgreementReading.objects.filter(fit=fit).delete()
    AgreementMatrix.objects.filter(fit=fit).delete()
    counted = replace(
        counted_arrays(project), items=items, workers=workers, labels=labels, item_ids=list(range(n_items)),
        labeller_ids=[one.pk for one in labellers], classes=["dog", "cow", "calf"],
        yardstick=np.arange(n_items) % 4 == 0, guidelines=1 + 2 * items // n_items,
        slices=[f"farm {at % n_slices}" for at in range(n_items)],
    )  # fmt: skip
    refresh_agreement(project=project, fit=fit, now=NOW, counted=counted)
    return project


def test_a_project_without_labels_says_what_it_takes():
    make_project()
    assert "Nobody can agree yet" in page()


def test_the_yardstick_stands_first_and_all_items_are_marked_as_flattered():
    crowded()
    said = page()
    assert said.index("alpha on the yardstick, 95% sure between") < said.index("flattered by early stopping")
    assert "Believe the yardstick." in said


def test_with_a_fixed_number_of_labels_nothing_flatters():
    project = crowded()
    new_policy(project=project, changes={"mode": "fixed"}, by=None, now=NOW)
    said = page()
    assert "nothing flatters it" in said and "flattered by early stopping" not in said


def test_the_worst_class_is_named_with_advice():
    crowded()
    said = page()
    assert "“calf” is told from the others worst: alpha 0." in said
    assert "Surely under 0.667: “calf”" in said and "merge them" in said
    assert "Under version 2, alpha is 0." in said
    assert "Agreement is lowest on “farm " in said


def test_slices_that_are_not_listed_stand_together():
    crowded(n_slices=53)
    assert "3 smaller slices together" in page()


def test_pairs_are_named_and_who_shares_too_little_is_left_out():
    project = crowded()
    said = page()
    assert "No two pairs surely differ; closest seem labeller-00" in said
    assert "fewer than 20 items in common are left out." in said
    matrix = AgreementMatrix.objects.get(project=project)
    matrix.cells = [[1, 0, 200, 0.95, 0.9], [2, 0, 200, 0.5, 0.0]]
    matrix.save()
    assert "(kappa 0.90 over 200 items); farthest apart labeller-00" in page()
    matrix.cells = [[1, 0, 3, 1.0, 1.0]]
    matrix.save()
    assert "it takes two people with 20 items in common" in page()


def test_one_slice_and_two_classes_leave_nothing_to_tell_apart():
    a_scene()
    assert "nothing to tell apart" in page()


def test_auditors_read_it_and_labellers_do_not():
    project = crowded()
    make_member(project, "aude", "auditor")
    assert "Do they agree?" in page("aude")
    assert client_of("labeller-001").get(HOME + "quality/").status_code == 403


def test_the_page_costs_the_same_however_many_labellers_and_slices(django_assert_max_num_queries):
    crowded(n_slices=40)
    client = client_of("olga")
    with django_assert_max_num_queries(12):
        assert client.get(HOME + "quality/").status_code == 200
