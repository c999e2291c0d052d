"""Live work, replays and simulations decide alike: the same labels in the same order give the same decisions."""

import io
import json

import numpy as np
import pytest
from django.core.management import call_command

from labelling.assignment.models import Rejection
from labelling.consensus.models import Fit, StoppingDecision
from labelling.crowd_files import read_labels
from labelling.projects.models import Project
from labelling.stats.lookahead import Expert
from labelling.stats.simulation.crowd import Crowd
from labelling.stats.simulation.in_order import Offer, Rules

pytestmark = pytest.mark.django_db


def in_order(folder) -> tuple[Crowd, list[str]]:
    """The crowd of the file, in its order, and the names of its items."""
    given = read_labels(folder / "labels.csv")
    names = {kind: sorted({getattr(one, kind) for one in given}) for kind in ("item", "worker", "label")}
    items, workers, labels = (
        np.array([names[kind].index(getattr(one, kind)) for one in given]) for kind in ("item", "worker", "label")
    )
    truth = np.full(len(names["item"]), -1)
    return Crowd(items, workers, labels, truth, len(names["worker"]), len(names["label"])), names["item"]


def test_a_replay_through_the_real_stages_and_the_simulation_decide_alike_label_by_label(past):
    out = io.StringIO()
    call_command(
        "replay", str(past / "labels.csv"), "--truth", "truth.csv", "--policy", "adaptive@2.5", "--json", stdout=out,
        stderr=io.StringIO(),
    )  # fmt: skip
    project = Project.objects.get(slug=json.loads(out.getvalue())["project"])
    rejected_at = Rejection.objects.get(labeller__project=project).at
    fits = list(Fit.objects.filter(project=project, created_at__lt=rejected_at).order_by("number"))
    made = StoppingDecision.objects.filter(item__project=project, at__lt=rejected_at).order_by("id")
    live: dict[str, list[tuple[int, str]]] = {}
    for name, n_labels, verdict in made.values_list("item__example__external_id", "n_labels", "verdict"):
        live.setdefault(name, []).append((n_labels, verdict))

    crowd, names = in_order(past)
    offer = Offer(crowd, Rules(cost=2.5, expert=Expert(5.0, 1.0), maximum=9))
    offer.play({fit.n_labels for fit in fits[:-1]})
    offer.refit()
    offer.finish()
    simulated: dict[str, list[tuple[int, str]]] = {}
    for one in offer.decisions:
        simulated.setdefault(names[one.item], []).append((one.n_labels, one.verdict))

    assert len(fits) > 1 and fits[-1].worth is not None
    assert {verdict for decisions in live.values() for _, verdict in decisions} == {"more", "stop", "contest"}
    assert simulated == live
