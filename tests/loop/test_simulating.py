"""A project's own labels are played under other policies, in the background."""

import numpy as np
import pytest

from labelling.assignment.actions import lease_item
from labelling.consensus.models import Authority, Simulation
from labelling.errors import Conflict, Invalid
from labelling.jobs.models import Job
from labelling.loop import resolve, simulating
from labelling.loop.refit import refit_project
from labelling.loop.simulating import Wanted
from labelling.loop.submit import submit
from labelling.projects.models import Project
from labelling.tasks import run_waiting
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.test_concurrency import at_once
from tests.reliability.golds import after

pytestmark = pytest.mark.django_db

QUICK = Wanted(costs=(2.5,), seeds=1)


def labelled(n: int = 34, **policy) -> Project:
    """A project whose n items got three labels each, most of them right."""
    rules = {"mode": "fixed", "initial_labels": 3, "minimum_labels": 1, "maximum_labels": 3, "gold_share": 0.0}
    project = make_project(**(rules | policy))
    chance = np.random.default_rng(3)
    crowd = make_labellers(project, 3)
    for item in make_items(project, n, target=3, is_yardstick=True):
        for labeller in crowd:
            lease = lease_item(labeller=labeller, item=item, now=after(1))
            choice = "match" if chance.random() < 0.8 else "no match"
            submit(token=lease.token, labeller=labeller, answer={"choice": choice}, now=after(2))
    refit_project(project=project, now=after(3))
    return project


def ask(project: Project, wanted: Wanted = QUICK) -> Simulation:
    return simulating.ask(project=project, wanted=wanted, by=make_user("olga"), now=after(10))


def test_a_simulation_is_played_in_the_background_and_gives_the_same_when_played_again():
    project = labelled()
    asked = ask(project)
    assert run_waiting(now=after(11)) >= 1
    asked.refresh_from_db()
    assert asked.finished_at is not None
    assert asked.error == ""
    names = [row["policy"] for row in asked.result["policies"]]
    assert {"fixed-1-majority", "fixed-5-inferred", "adaptive@2.5"} <= set(names)
    assert asked.result["items_in_all"] == 34
    again = simulating.play(simulating.past_of(project), QUICK)
    assert again["policies"] == asked.result["policies"]
    job = Job.objects.get(kind=simulating.KIND)
    assert (job.done, job.total) == (1, 1)


def test_what_somebody_said_is_taken_for_the_truth_and_else_what_all_labels_say():
    project = labelled()
    item = project.items.order_by("id").first()
    resolve.decide(
        item=item,
        answer={"choice": "no match"},
        authority=Authority.ENGINEER,
        reason="look",
        by=make_user("olga"),
        now=after(5),
    )
    past = simulating.past_of(project)
    assert past.n_known == 1
    assert past.crowd.truth[0] == 1
    assert past.crowd.n_items == 34


def test_under_adaptive_stopping_only_items_that_got_all_labels_are_played():
    project = labelled(mode="adaptive", initial_labels=3, minimum_labels=3)
    project.items.filter(pk=project.items.order_by("id").first().pk).update(is_yardstick=False)
    assert simulating.past_of(project).crowd.n_items == 33


def test_one_simulation_at_a_time():
    project = labelled()
    ask(project)
    with pytest.raises(Conflict, match="under way"):
        ask(project)


def test_after_one_that_was_given_up_another_may_be_asked_for():
    project = labelled()
    ask(project)
    Job.objects.filter(kind=simulating.KIND).update(failed_at=after(20))
    assert ask(project).finished_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_simulation():
    project = labelled()
    (late,) = at_once(lambda: ask(project), lambda: ask(project))
    assert isinstance(late, Conflict)
    assert Simulation.objects.count() == 1


def test_too_few_items_are_said_to_be_too_few():
    with pytest.raises(Invalid, match="needs 30 items"):
        ask(make_project())
    assert not Simulation.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"costs": ()}, "costs"),
        ({"costs": (0.5,)}, "costs"),
        ({"costs": (2.5, 2.5)}, "costs"),
        ({"costs": (float("nan"),)}, "costs"),
        ({"seeds": 0}, "seeds"),
        ({"price": 0}, "price"),
        ({"accuracy": 1.5}, "accuracy"),
    ],
)
def test_what_can_not_be_simulated_is_refused_by_name(wrong, where):
    with pytest.raises(Invalid, match=where):
        Wanted(**wrong)
