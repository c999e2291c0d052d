"""The choice of a model of truth by known truths."""

from functools import partial

import numpy as np
import pytest

from labelling.stats import truth
from tests.stats.crowds import crowd


def known(made, n, seed=0):
    chosen = np.random.default_rng(seed).choice(len(made.truth), n, replace=False)
    gold = np.full(len(made.truth), -1)
    gold[chosen] = made.truth[chosen]
    return gold


def led_astray(seed, *, n_items=600):
    """Two classes; on a third of the items of class 0 half of the workers, who otherwise are the best, all say 1."""
    random = np.random.default_rng(seed)
    made = crowd(seed, n_items=n_items, n_workers=20, n_classes=2, each=7, accuracy=(0.72, 0.8))
    tricky = (made.truth == 0) & (random.random(n_items) < 0.35)
    fooled = made.workers < 7
    labels = np.where(fooled & (random.random(len(made.labels)) < 0.97), made.truth[made.items], made.labels)
    labels = np.where(fooled & tricky[made.items], 1, labels)
    return made.items, made.workers, labels, made


def test_without_enough_known_truths_the_default_stays_and_nothing_is_compared():
    made = crowd(1)
    choice = truth.choose(*made.arrays, known(made, 19), seed=1)
    assert (choice.name, choice.losses) == ("infer", {})
    assert choice.fit.posterior[known(made, 19) >= 0].max(axis=1).tolist() == [1.0] * 19


@pytest.mark.parametrize("seed", range(4))
def test_the_default_stays_where_no_other_is_clearly_better(seed):
    made = crowd(seed, n_items=300, each=4)
    choice = truth.choose(*made.arrays, known(made, 50), seed=seed)
    assert choice.name == "infer"
    assert set(choice.losses) == set(truth.MODELS)


def test_a_model_that_is_led_astray_is_left_for_the_majority():
    left, lost = 0, []
    for seed in range(4):
        items, workers, labels, made = led_astray(seed)
        gold = known(made, 50, seed)
        choice = truth.choose(items, workers, labels, 2, gold, seed=seed)
        left += choice.name != "infer"
        rest = gold < 0
        right = choice.fit.posterior.argmax(axis=1) == made.truth
        vote = truth.majority(items, workers, labels, 2).argmax(axis=1) == made.truth
        lost.append(vote[rest].mean() - right[rest].mean())
    assert left >= 2
    assert np.mean(lost) < 0.02


def test_a_known_truth_that_scores_is_not_told_to_what_it_scores():
    """A model that believes gold and knows nothing else must look as bad as it is."""
    made = crowd(3, n_items=200)

    def parrot(items, workers, labels, n_classes, gold=None, **sizes):
        fit = truth.equal_workers(items, workers, labels, n_classes, **sizes)
        posterior = np.full_like(fit.posterior, 1 / n_classes)
        at = np.flatnonzero(gold >= 0) if gold is not None else []
        posterior[at] = np.eye(n_classes)[gold[at]] if gold is not None else 0.0
        return truth.Truth(posterior, fit.confusion, fit.prior, fit.pooled)

    choice = truth.choose(*made.arrays, known(made, 60), seed=5, models={"infer": truth.infer, "parrot": parrot})
    assert choice.name == "infer"
    assert choice.losses["parrot"] == pytest.approx(np.log(3), abs=1e-6)


def test_the_choice_follows_from_the_seed_and_not_from_the_order_of_labels():
    made = crowd(8, n_items=250)
    gold, order = known(made, 40), np.random.default_rng(1).permutation(len(made.items))
    models = {"infer": truth.infer, "majority": partial(truth.equal_workers, damping=0.1)}
    one = truth.choose(*made.arrays, gold, seed=4, models=models)
    two = truth.choose(made.items[order], made.workers[order], made.labels[order], 3, gold, seed=4, models=models)
    assert (one.name, one.losses, one.gains) == (two.name, two.losses, two.gains)
    assert np.array_equal(one.fit.posterior, two.fit.posterior)


def test_bad_gold_is_refused():
    with pytest.raises(ValueError, match=r"gold\[1\] is 2"):
        truth.choose([0, 1], [0, 0], [0, 1], 2, [-1, 2], seed=1)
