"""A model's probabilities as one more vote, and what it changes."""

import numpy as np
import pytest

from labelling.stats import truth
from tests.stats.crowds import crowd


def opinion(made, *, right, seed=0, sure=0.8):
    """A model that is right this often, and always as sure."""
    random = np.random.default_rng(seed)
    n, k = len(made.truth), made.n_classes
    said = np.where(random.random(n) < right, made.truth, (made.truth + random.integers(1, k, n)) % k)
    return np.full((n, k), (1 - sure) / (k - 1)) + (sure - (1 - sure) / (k - 1)) * np.eye(k)[said]


def right_share(posterior, made):
    return (posterior.argmax(axis=1) == made.truth).mean()


def test_the_posterior_of_the_labels_alone_stays_beside_the_one_with_the_model():
    made = crowd(1, n_items=500, each=3, accuracy=(0.5, 0.8))
    plain = truth.infer(*made.arrays)
    both = truth.infer(*made.arrays, model=opinion(made, right=0.9))
    assert np.array_equal(both.without_model, plain.posterior)
    assert np.array_equal(both.confusion, plain.confusion)
    flipped = both.flipped()
    assert flipped.sum() == (both.posterior.argmax(axis=1) != plain.posterior.argmax(axis=1)).sum() > 0
    assert not plain.flipped().any()
    assert right_share(both.posterior, made) > right_share(plain.posterior, made) + 0.03


def test_a_model_that_knows_nothing_changes_next_to_nothing():
    made = crowd(2, n_items=600, each=4)
    both = truth.infer(*made.arrays, model=opinion(made, right=1 / 3, sure=0.99))
    assert both.flipped().mean() < 0.02
    assert np.abs(both.model_confusion - both.model_confusion.mean(axis=0)).max() < 0.1


def test_a_model_has_no_say_in_how_good_it_is_and_nothing_where_it_is_silent_or_gold_is_known():
    made = crowd(3, n_items=300, each=3)
    model = opinion(made, right=0.9)
    model[:100] = np.nan
    gold = np.where(np.arange(300) >= 280, made.truth, -1)
    both = truth.infer(*made.arrays, gold, model=model)
    assert np.array_equal(both.posterior[:100], both.without_model[:100])
    assert np.array_equal(both.posterior[280:], np.eye(3)[made.truth[280:]])
    silent = truth.infer(*made.arrays, gold, model=np.full((300, 3), np.nan))
    assert np.array_equal(silent.posterior, truth.infer(*made.arrays, gold).posterior)


@pytest.mark.parametrize(
    ("row", "message"), [([0.5, 0.6, 0.2], r"model\[1\] is"), ([-0.1, 0.6, 0.5], r"model\[1\] is")]
)
def test_what_are_no_probabilities_is_refused_with_its_row(row, message):
    with pytest.raises(ValueError, match=message):
        truth.infer([0, 1], [0, 0], [0, 1], 3, model=[[0.2, 0.3, 0.5], row])
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        truth.infer([0, 1], [0, 0], [0, 1], 3, model=[[0.5, 0.5]])
