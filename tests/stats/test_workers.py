import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import confusion_matrix, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from labelling.stats import truth, workers
from tests.stats.crowds import any_labels, crowd


def test_leave_one_out_compares_with_the_majority_of_the_others_and_shares_ties():
    # Item 0: 0, 0, 1. Item 1: a tie of 0 and 1 for the others of worker 0. Item 2: nobody else.
    result = workers.leave_one_out([0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 0, 1, 2, 0], [0, 0, 1, 0, 0, 1, 1], 2)
    assert result.n.tolist() == [2, 2, 2]
    assert result.share.tolist() == [(0.5 + 0.5) / 2, (0.5 + 0.5) / 2, 0.0]


@given(any_labels())
def test_leave_one_out_equals_a_plain_loop(labels):
    items, who, answers, n_classes = labels
    result = workers.leave_one_out(*labels)
    for worker in range(len(result.n)):
        agreed = []
        for at in np.flatnonzero(who == worker):
            others = np.delete(answers, at)[np.delete(items, at) == items[at]]
            if len(others):
                counted = np.bincount(others, minlength=n_classes)
                best = counted == counted.max()
                agreed.append(best[answers[at]] / best.sum())
        assert result.n[worker] == len(agreed)
        assert result.share[worker] == pytest.approx(np.mean(agreed) if agreed else np.nan, nan_ok=True)


def test_gold_accuracy_has_wilsons_interval():
    made = crowd(4)
    result = workers.gold_accuracy(*made.arrays, made.truth)
    for worker in range(20):
        mine = made.workers == worker
        right = int((made.labels == made.truth[made.items])[mine].sum())
        low, high = proportion_confint(right, mine.sum(), method="wilson")
        assert (result.n[worker], result.share[worker]) == (mine.sum(), right / mine.sum())
        assert (result.low[worker], result.high[worker]) == (pytest.approx(low), pytest.approx(high))


def test_a_worker_without_gold_has_an_open_interval():
    result = workers.gold_accuracy([0, 1], [0, 1], [0, 1], 2, [0, -1])
    assert np.isnan(result.share[1])
    assert (result.low[1], result.high[1]) == (0.0, 1.0)


def test_confusion_equals_scikit_learn_and_leaves_unknown_truth_out():
    made = crowd(6)
    counts = workers.confusion(made.workers, made.labels, made.truth[made.items], 3)
    for worker in range(20):
        mine = made.workers == worker
        expected = confusion_matrix(made.truth[made.items][mine], made.labels[mine], labels=range(3))
        assert np.array_equal(counts[worker], expected)
    assert workers.confusion([0, 0], [0, 1], [0, -1], 2).sum() == 1


def test_quality_is_one_for_the_perfect_and_the_perfectly_wrong_and_zero_for_any_spammer():
    prior = np.array([0.7, 0.3])
    right, wrong = np.eye(2), np.eye(2)[::-1]
    always_first, coin = np.array([[1.0, 0.0], [1.0, 0.0]]), np.full((2, 2), 0.5)
    skilled = np.array([[0.9, 0.1], [0.2, 0.8]])
    quality = workers.quality(np.stack([right, wrong, always_first, coin, skilled]), prior)
    assert np.allclose(quality[:4], [1, 1, 0, 0])
    assert 0 < quality[4] < 1


def test_quality_weighs_errors_by_their_cost():
    prior, skilled = np.array([0.5, 0.5]), np.array([[[1.0, 0.0], [0.4, 0.6]]])
    # By hand: an answer 0 leaves 5/7 and 2/7, an answer 1 is certain.
    expected = 0.7 * 2 * (5 / 7) * (2 / 7)
    assert workers.quality(skilled, prior)[0] == pytest.approx(1 - expected / 0.5)
    assert workers.quality(skilled, prior, np.array([[0, 1], [10, 0]]))[0] == pytest.approx(1 - expected / 0.5)
    assert workers.quality(skilled, np.array([1.0, 0.0]))[0] == 0


@pytest.mark.parametrize("n_classes", [2, 4])
def test_suspicion_puts_spammers_first(n_classes):
    for seed in range(3):
        made = crowd(seed, n_items=400, n_workers=40, n_classes=n_classes, spammers=10, accuracy=(0.7, 0.95))
        spam = np.arange(40) >= 30
        assert roc_auc_score(spam, workers.suspicion(*made.arrays)) > 0.95


def test_suspicion_sees_a_worker_who_always_gives_the_commonest_answer():
    random = np.random.default_rng(0)
    known = (random.random(400) < 0.05).astype(int)
    items = np.repeat(np.arange(400), 6)
    who = np.tile(np.arange(6), 400)
    labels = np.where(random.random(2400) < 0.85, known[items], 1 - known[items])
    labels[who == 5] = 0
    assert workers.leave_one_out(items, who, labels, 2).share.argmax() == 5
    assert workers.suspicion(items, who, labels, 2).argmax() == 5


def test_suspicion_uses_gold_where_the_crowd_is_wrong():
    # Four workers share an error; gold shows that the fifth was right.
    items, who = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    known = np.arange(60) % 3
    labels = np.where(who < 4, (known[items] + (known[items] == 2)) % 3, known[items])
    assert workers.suspicion(items, who, labels, 3).argmax() == 4
    assert workers.suspicion(items, who, labels, 3, gold=known).argmin() == 4


@settings(max_examples=40, deadline=None)
@given(any_labels())
def test_suspicion_is_finite_for_any_labels(labels):
    _, who, _, n_classes = labels
    result = workers.suspicion(*labels)
    assert result.shape == (who.max(initial=-1) + 1,)
    assert np.isfinite(result).all()
    assert (result >= 0).all()
    assert np.isfinite(workers.quality(truth.infer(*labels).confusion, np.full(n_classes, 1 / n_classes))).all()
