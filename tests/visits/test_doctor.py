"""`doctor` finds workers and visits that do not add up, and nothing where they do."""

import pytest

from experts.doctor.examine import examine
from labelling.visits.models import Entrance, Stretch, Worker
from tests.factories import make_labeller, make_project
from tests.visits.workers import come, label, study

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    """One with two assignments, who came back to the first."""
    entrance = study()
    for assignment in ("a-1", "a-2", "a-1"):
        label(come(entrance, assignment=assignment), 1)
    return Worker.objects.get()


def found():
    return [(one.check, one.message) for one in examine()]


def test_visits_that_add_up_are_found_well(worker):
    assert found() == []
    assert worker.stretches.count() == 3


def test_a_wrong_count_of_workers_is_found(worker):
    Entrance.objects.update(n_workers=7)
    assert found() == [("visits", "n_workers is 7, but 1 came")]


def test_a_worker_who_is_a_labeller_elsewhere_is_found(worker):
    Worker.objects.update(member=make_labeller(make_project(slug="elsewhere")))
    assert [message for _, message in found()] == ["is lara (labeller), no labeller of the entrance's project"]


def test_a_gap_between_stretches_and_one_of_another_worker_are_found(worker):
    first, second, _ = worker.stretches.order_by("pk")
    Stretch.objects.filter(pk=first.pk).update(up_to_label=first.up_to_label + 1)
    other = come(worker.entrance, "77b2")
    Stretch.objects.filter(worker=other.worker).update(visit=first.visit)
    assert [message for _, message in found()] == [
        f"begins after label {second.after_label}, but the one before it ended at {second.after_label + 1}",
        "is of another worker's visit",
    ]
