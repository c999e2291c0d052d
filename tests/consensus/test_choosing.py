"""The model of truth is the policy's, or the one that known truths clearly speak for."""

import numpy as np
import pytest

from labelling.consensus import choosing
from labelling.consensus.evidence import Known
from labelling.consensus.queries import Counted
from labelling.projects.models import TruthModel
from labelling.stats.calibration import run_weights
from labelling.stats.stops import Runs
from labelling.stats.truth.choose import MODELS

# Eight labellers; of a hard item, most of them say the same wrong thing.
N_WORKERS, EACH = 8, 5


def crowd(seed: int, n_items: int, *, good: float, bad: float, n_bad: int):
    """Labels of good and bad labellers: items, workers, labels and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, n_items)
    accuracy = np.where(np.arange(N_WORKERS) < n_bad, bad, good)
    workers = np.concatenate([random.choice(N_WORKERS, EACH, replace=False) for _ in range(n_items)])
    items = np.repeat(np.arange(n_items), EACH)
    right = random.random(items.size) < accuracy[workers]
    return items, workers, np.where(right, truth[items], 1 - truth[items]), truth


def given(seed: int = 0, n_known: int = 100, **kinds) -> tuple[Known, Counted]:
    items, workers, labels, _ = crowd(seed, 400, **kinds)
    run, who, said, truth = crowd(seed + 1, n_known, **kinds)
    nothing = np.zeros(0, dtype=np.int64)
    counted = Counted(
        items, workers, labels, list(range(400)), list(range(N_WORKERS)), ["yes", "no"], np.zeros(400, dtype=bool), 0,
        nothing, nothing, [""] * 400,
    )  # fmt: skip
    item = np.arange(n_known)
    known = Known(
        Runs(run, who, said), truth, item, np.zeros(n_known, dtype=np.int64), run_weights(item),
        np.ones(n_known, dtype=bool),
    )  # fmt: skip
    return known, counted


def choose(known, counted, *, wanted="auto", before=None):
    return choosing.choose(wanted=wanted, before=before, known=known, counted=counted)


def test_every_model_that_a_policy_can_name_is_there():
    assert set(MODELS) == set(TruthModel.values) - {TruthModel.AUTO}


@pytest.mark.parametrize("model", list(MODELS))
def test_what_the_policy_fixes_is_taken_whatever_the_evidence(model):
    known, counted = given(good=0.9, bad=0.6, n_bad=3)
    chosen = choose(known, counted, wanted=model, before="majority")
    assert (chosen.method, chosen.losses, chosen.n_items) == (model, {}, 100)
    assert chosen.estimate.confusion.shape == (N_WORKERS, 2, 2)


def test_a_clearly_better_model_replaces_a_worse_one_and_the_reason_says_by_how_much():
    known, counted = given(good=0.95, bad=0.5, n_bad=5)
    chosen = choose(known, counted, before="majority")
    assert chosen.method not in {"majority", "auto"}
    assert chosen.losses[chosen.method] < chosen.losses["majority"]
    assert chosen.n_items == 100
    assert "majority vote”, which was used before" in chosen.reason


def test_where_models_do_about_as_well_the_one_before_stays():
    """Whichever it was: else the project would go to and fro with every fit."""
    known, counted = given(good=0.8, bad=0.8, n_bad=0)
    for before in ("majority", "one_coin", "infer"):
        assert choose(known, counted, before=before).method == before
    assert choose(known, counted).method == "infer"
    assert choose(known, counted, before="a model of long ago").method == "infer"


def test_few_known_items_compare_nothing():
    known, counted = given(n_known=19, good=0.95, bad=0.5, n_bad=5)
    chosen = choose(known, counted, before="majority")
    assert (chosen.method, chosen.losses, chosen.n_items) == ("majority", {}, 0)
    assert "there are 19" in chosen.reason


def test_what_was_said_of_known_items_tells_about_labellers_but_not_while_models_are_compared():
    """Nobody labels much; of eight labellers three are bad, which a hundred known items tell."""
    known, counted = given(good=0.9, bad=0.4, n_bad=3)
    few = counted.items < 10
    counted = Counted(
        counted.items[few], counted.workers[few], counted.labels[few], counted.item_ids[:10], counted.labeller_ids,
        counted.classes, counted.yardstick[:10], 0, counted.label_ids, counted.guidelines, counted.slices[:10],
    )  # fmt: skip
    chosen = choose(known, counted, wanted="infer")
    accuracy = chosen.estimate.confusion[:, [0, 1], [0, 1]].mean(axis=1)
    assert chosen.n_items == 100
    assert chosen.estimate.posterior.shape == (10, 2)
    assert accuracy[:3].max() < 0.6
    assert accuracy[3:].min() > 0.75
    turned = Known(known.runs, 1 - known.truth, known.item, known.source, known.weight, known.chooses)
    compared = choose(turned, counted, before="infer")
    assert compared.losses["infer"] > choose(known, counted, before="infer").losses["infer"]


def test_an_audited_item_chooses_but_its_labels_are_counted_once():
    known, counted = given(good=0.9, bad=0.6, n_bad=3)
    audited = Known(known.runs, known.truth, known.item, known.source + 1, known.weight, known.chooses)
    chosen = choose(audited, counted, wanted="infer")
    alone = MODELS["infer"](counted.items, counted.workers, counted.labels, 2)
    assert chosen.n_items == 100
    assert (chosen.estimate.confusion == alone.confusion).all()
