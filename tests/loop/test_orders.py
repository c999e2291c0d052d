"""Orders and ratings all the way: given, put together, settled, published."""

import pytest

from labelling import canonical
from labelling.assignment.actions import lease_items
from labelling.loop.publish import publish
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.sampling.models import State
from labelling.schemas import ranking, rating
from tests.datasets.stored import newest, rows_in
from tests.factories import NOW, SALT_KEY, SEED, make_items, make_labellers, make_user

pytestmark = pytest.mark.django_db

POLICY = {"gold_share": 0.0, "mode": "fixed", "initial_labels": 3, "maximum_labels": 3, "contest_below": 0.5}


def make(kind, definition, payload):
    """A project of that kind with one item."""
    project = create_project(
        slug="asked", name="Asked", kind=kind, guideline="", by=make_user("olga"), seed=SEED, now=NOW,
        salt_key=SALT_KEY, policy=POLICY, definition=definition,
    )  # fmt: skip
    (item,) = make_items(project, 1)
    item.example.payload = canonical.payload_text(payload)
    item.example.save(update_fields=["payload"])
    return project, item


def settled(project, item, answers):
    """What the crowd's answer is after these, and what a version holds of it."""
    for labeller, answer in zip(make_labellers(project, len(answers)), answers, strict=True):
        (lease,) = lease_items(labeller=labeller, count=1, now=NOW).leases
        submit(token=lease.token, labeller=labeller, answer=answer, now=NOW)
    item.refresh_from_db()
    assert item.state == State.RESOLVED
    publish(project=project, by=project.created_by, now=NOW, message="all", override_reason="one item")
    (row,) = rows_in(newest())
    return canonical.loads(item.resolutions.get(closed_at=None).answer), row["label"]


def test_orders_add_up_to_the_one_that_is_nearest_to_all():
    payload = {"prompt": "Why?", "answers": ["a", "b", "c"], "models": ["x", "y", "z"]}
    answers = [{"order": order} for order in ([2, 0, 1], [2, 0, 1], [0, 2, 1])]
    assert settled(*make("ranking", ranking.EXAMPLE, payload), answers) == ({"order": [2, 0, 1]}, "2>0>1")


def test_ratings_settle_on_the_likeliest_level():
    payload = {"request": "Why?", "answer": "So."}
    answers = [{"rating": level} for level in (4, 4, 5)]
    assert settled(*make("rating", rating.EXAMPLE, payload), answers) == ({"rating": 4}, "4")
