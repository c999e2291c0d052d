"""What holds of every model of truth, and what each one is."""

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import OneCoinDawidSkene
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import truth
from tests.stats.crowds import any_labels, crowd

pytestmark = pytest.mark.filterwarnings("ignore::Warning:crowdkit.*")

MODELS = {**truth.MODELS, "hierarchical": truth.hierarchical, "maximum likelihood": truth.dawid_skene}
FIELDS = ("posterior", "confusion", "prior", "pooled")


@given(any_labels(), st.sampled_from(sorted(MODELS)), st.randoms(use_true_random=False), st.booleans())
def test_every_fit_is_bit_for_bit_independent_of_the_order_of_labels(labels, name, random, with_gold):
    items, workers, answers, n_classes = labels
    size = int(items.max(initial=-1)) + 1
    gold = np.where(np.arange(size) % 3 == 0, 0, -1) if with_gold else None
    order = np.array(random.sample(range(len(items)), len(items)), dtype=int)
    one = MODELS[name](items, workers, answers, n_classes, gold)
    two = MODELS[name](items[order], workers[order], answers[order], n_classes, gold)
    for field in FIELDS:
        assert np.array_equal(getattr(one, field), getattr(two, field)), field
        assert np.allclose(getattr(one, field).sum(axis=-1), 1.0, atol=1e-8), field
    if with_gold:
        assert (one.posterior[gold == 0, 0] == 1).all()


@given(any_labels(min_size=1), st.sampled_from(sorted(truth.MODELS)))
def test_every_model_of_choice_is_believed_live_as_in_its_fit(labels, name):
    items, workers, answers, _ = labels
    fit = truth.MODELS[name](*labels)
    caution = {"pooled": fit.pooled, "guessing": fit.guessing, "damping": fit.damping}
    again = truth.posteriors(items, answers, workers, fit.confusion, fit.prior, **caution)
    assert np.allclose(again, fit.posterior, atol=1e-12)
    own = items == items[0]
    seen = fit.confusion[workers[own], :, answers[own]]
    live = truth.weigh(seen, fit.prior, guessing=fit.guessing, damping=fit.damping)
    assert np.allclose(live, fit.posterior[items[0]], atol=1e-12)


@given(any_labels(min_size=1))
def test_equal_workers_say_what_the_majority_says(labels):
    counted = truth.majority(*labels)
    fit = truth.equal_workers(*labels)
    has_labels = np.unique(labels[0])
    for shares, posterior in zip(counted[has_labels], fit.posterior[has_labels], strict=True):
        assert set(np.flatnonzero(shares > shares.max() - 1e-9)) <= set(
            np.flatnonzero(posterior > posterior.max() - 1e-9)
        )
    assert np.allclose(fit.confusion, fit.pooled)


def test_one_coin_by_maximum_likelihood_is_crowdkits():
    made = crowd(2, n_items=400, n_workers=15, each=6, accuracy=(0.5, 0.95))
    frame = pd.DataFrame({"task": made.items, "worker": made.workers, "label": made.labels})
    theirs = OneCoinDawidSkene(n_iter=300, tol=1e-12).fit(frame)
    ours = truth.one_coin(*made.arrays, right=1, wrong=1, even_prior=False, max_iterations=300, tolerance=1e-9)
    skills = theirs.skills_.reindex(range(15)).to_numpy()
    # Ours shares one more item by all classes, so that no class is impossible.
    assert np.allclose(ours.confusion[:, 0, 0], skills, atol=1e-3)
    assert (ours.posterior.argmax(axis=1) == theirs.labels_.reindex(range(400)).to_numpy()).mean() > 0.995


def test_weighted_majority_hears_the_reliable_and_ignores_who_is_no_better_than_chance():
    made = crowd(4, n_items=500, n_workers=10, each=5, accuracy=(0.9, 0.95), spammers=4)
    fit = truth.weighted_majority(*made.arrays)
    accuracy = fit.confusion[:, 0, 0]
    assert accuracy[:6].min() > accuracy[6:].max()
    assert accuracy[6:].max() < 0.5
    right = (fit.posterior.argmax(axis=1) == made.truth).mean()
    assert right > (truth.majority(*made.arrays).argmax(axis=1) == made.truth).mean()


def test_weighted_majority_is_a_sum_of_votes():
    made = crowd(6, n_items=300, each=4)
    fit = truth.weighted_majority(*made.arrays)
    odds = np.log(fit.confusion[:, 0, 0] / fit.confusion[:, 0, 1])
    votes = np.zeros((300, 3))
    np.add.at(votes, (made.items, made.labels), odds[made.workers])
    assert np.allclose(np.exp(votes) / np.exp(votes).sum(axis=1, keepdims=True), fit.posterior, atol=1e-12)


def test_little_is_believed_of_a_worker_with_four_labels():
    """Four labels that all agree with the others make nobody as good as a hundred do; nor four that don't, bad."""
    made = crowd(7, n_items=400, n_workers=8, each=5, n_classes=2, accuracy=(0.85, 0.9))
    sure = np.flatnonzero(truth.infer(*made.arrays).posterior.max(axis=1) > 0.9)[:8]
    answer = truth.infer(*made.arrays).posterior.argmax(axis=1)[sure]
    items = np.concatenate([made.items, sure])
    workers = np.concatenate([made.workers, np.repeat([8, 9], 4)])
    labels = np.concatenate([made.labels, answer[:4], 1 - answer[4:]])
    fit = truth.infer(items, workers, labels, 2)
    accuracy = np.einsum("wtt->wt", fit.confusion).mean(axis=1)
    assert accuracy[9] > 0.4
    assert accuracy[9] < accuracy[:8].min()
    assert abs(accuracy[8] - np.einsum("tt->t", fit.pooled).mean()) < 0.08
    ml = np.einsum("wtt->wt", truth.dawid_skene(items, workers, labels, 2).confusion).mean(axis=1)
    assert ml[9] < 0.1


def test_infer_keeps_its_head_with_two_labels_an_item_and_many_spammers():
    gains = []
    for seed in range(4):
        made = crowd(seed, n_items=800, n_workers=60, n_classes=5, each=2, accuracy=(0.6, 0.95), spammers=24)
        one, two = truth.infer(*made.arrays).posterior, truth.majority(*made.arrays)
        tied = two == two.max(axis=1, keepdims=True)
        shared = (tied / tied.sum(axis=1, keepdims=True))[np.arange(800), made.truth].mean()
        gains.append((one.argmax(axis=1) == made.truth).mean() - shared)
    assert min(gains) > 0.02


def test_what_infer_promises_is_nearly_kept_without_any_truth():
    """Labels of an item that share a mistake: a tenth of the items look like another class to everybody."""
    for seed in range(3):
        made = crowd(seed, n_items=1000, n_workers=30, each=8, n_classes=2, accuracy=(0.6, 0.9))
        twisted = np.where(np.arange(1000) % 10 == 0, 1 - made.truth, made.truth)
        bayes, cautious = truth.hierarchical(*made.arrays), truth.infer(*made.arrays)
        at = np.arange(1000)
        loss = [-np.log(np.maximum(fit.posterior[at, twisted], 1e-10)).mean() for fit in (bayes, cautious)]
        assert loss[1] < 0.75 * loss[0]


@pytest.mark.parametrize("n_classes", [1, 2, 4])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_no_labels_are_no_error(name, n_classes):
    fit = MODELS[name]([], [], [], n_classes, n_items=2, n_workers=1)
    assert np.allclose(fit.posterior, 1 / n_classes)
    assert fit.confusion.shape == (1, n_classes, n_classes)
