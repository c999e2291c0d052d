"""What a model would change as one more labeller is shown, if an owner asks, and changes nothing."""

import numpy as np
import pytest

from labelling.consensus.models import Calibration
from labelling.ingest.models import ModelVersion, Prediction
from labelling.loop.refit import refit_project
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import give_all, later

pytestmark = pytest.mark.django_db


def predicted(project, items, shares) -> None:
    model = ModelVersion.objects.create(project=project, model="matcher")
    Prediction.objects.bulk_create(
        Prediction(
            example_id=item.example_id, model_version=model, schema=project.schema, received_at=NOW,
            probabilities=np.array([share, 1 - share], dtype=np.float32).tobytes(),
        )
        for item, share in zip(items, shares, strict=True)
    )  # fmt: skip


def asked(*, model_votes: bool):
    """Thirty items on which the model agrees with everybody, and two that people are split about alike: it says one
    thing of the first and the other of the second."""
    project = make_project("fixed", gold_share=0.0, maximum_labels=2, model_votes=model_votes)
    labellers, items = make_labellers(project, 2), make_items(project, 32)
    for number, item in enumerate(items[:-2]):
        give_all(labellers, item, *[("match", "no match")[number % 2]] * 2)
    for item in items[-2:]:
        give_all(labellers, item, "match", "no match")
    predicted(project, items[1:], [0.98 if number % 2 == 0 else 0.02 for number in range(1, 30)] + [0.02, 0.98])
    return project, Calibration.objects.get(fit=refit_project(project=project, now=later(60)))


def test_it_says_how_many_likeliest_answers_the_vote_would_change():
    _, calibration = asked(model_votes=True)
    assert (calibration.n_voted, calibration.n_flipped) == (31, 1)


def test_nobody_is_told_who_did_not_ask_and_decisions_are_the_same_either_way():
    project, calibration = asked(model_votes=False)
    assert (calibration.n_voted, calibration.n_flipped) == (None, None)
    other = make_project("fixed", slug="other", gold_share=0.0, model_votes=True)
    assert Calibration.objects.get(fit=refit_project(project=other, now=later(60))).n_voted == 0
    assert calibration.fit.temperature == 1.0
    assert project.items.filter(state="resolved").count() + project.items.filter(state="contested").count() == 32
