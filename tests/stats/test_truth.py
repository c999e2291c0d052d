import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene, MajorityVote
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import truth
from tests.stats.crowds import any_labels, crowd

pytestmark = pytest.mark.filterwarnings("ignore::Warning:crowdkit.*")


def frame(items, workers, labels):
    return pd.DataFrame({"task": items, "worker": workers, "label": labels})


def of_crowdkit(aggregator, items, workers, labels, n_classes, **known):
    """crowd-kit's posterior as an array, over the items that have labels."""
    result = aggregator.fit_predict_proba(frame(items, workers, labels), **known)
    return result.reindex(index=np.unique(items), columns=range(n_classes), fill_value=0.0).to_numpy()


def accuracy(posterior, known):
    return (posterior.argmax(axis=1) == known).mean()


@given(any_labels(min_size=1))
def test_majority_equals_crowdkit(labels):
    ours = truth.majority(*labels)[np.unique(labels[0])]
    assert np.allclose(ours, of_crowdkit(MajorityVote(), *labels), atol=1e-12)


def test_majority_shares_ties_exactly():
    assert truth.majority([0, 0, 1], [0, 1, 0], [0, 1, 1], 2).tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_an_item_without_labels_gets_the_prior():
    posterior = truth.majority([0, 2], [0, 0], [0, 1], 2)
    assert posterior[1].tolist() == [0.5, 0.5]
    for model in (truth.infer, truth.dawid_skene):
        fit = model([0, 0, 2, 2, 3, 3], [0, 1] * 3, [0, 0, 1, 1, 1, 1], 2)
        assert np.allclose(fit.posterior[1], fit.prior, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_dawid_skene_equals_crowdkit(seed, n_classes):
    made = crowd(seed, n_classes=n_classes, n_items=80, each=4)
    for iterations in (1, 5, 100):
        theirs = DawidSkene(n_iter=iterations)
        expected = of_crowdkit(theirs, *made.arrays)
        ours = truth.dawid_skene(*made.arrays, max_iterations=iterations)
        assert np.allclose(ours.posterior, expected, atol=1e-6)
        assert np.allclose(ours.prior, theirs.priors_.reindex(range(n_classes)).to_numpy(), atol=1e-6)
        for (worker, answer), row in theirs.errors_.iterrows():
            assert np.allclose(ours.confusion[worker, :, answer], row.reindex(range(n_classes)).to_numpy(), atol=1e-6)


def test_dawid_skene_with_gold_equals_crowdkit():
    made = crowd(1, n_items=60)
    gold = np.where(np.arange(60) < 12, made.truth, -1)
    expected = of_crowdkit(DawidSkene(), *made.arrays, true_labels=pd.Series(gold[:12], index=range(12)))
    assert np.allclose(truth.dawid_skene(*made.arrays, gold).posterior, expected, atol=1e-6)


@given(any_labels(), st.sampled_from([0.0, 0.5]), st.randoms(use_true_random=False))
def test_fits_are_distributions_and_bit_for_bit_independent_of_the_order_of_labels(labels, smoothing, random):
    items, workers, answers, n_classes = labels
    order = list(range(len(items)))
    random.shuffle(order)
    order = np.array(order, dtype=int)
    for fit in (
        lambda *arrays: truth.infer(*arrays, n_classes),
        lambda *arrays: truth.dawid_skene(*arrays, n_classes, smoothing=smoothing),
    ):
        one, two = fit(items, workers, answers), fit(items[order], workers[order], answers[order])
        for name in ("posterior", "confusion", "prior", "pooled"):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name
            assert np.allclose(getattr(one, name).sum(axis=-1), 1.0, atol=1e-8), name
            assert (getattr(one, name) >= 0).all()


def test_infer_beats_majority_when_workers_differ():
    gains = []
    for seed in range(5):
        made = crowd(seed, n_items=400, accuracy=(0.35, 0.98), each=5)
        fit = truth.infer(*made.arrays)
        gains.append(accuracy(fit.posterior, made.truth) - accuracy(truth.majority(*made.arrays), made.truth))
    assert min(gains) > 0
    assert np.mean(gains) > 0.02


def test_infer_works_from_two_labels_an_item():
    made = crowd(3, n_items=1000, each=2, accuracy=(0.6, 0.95))
    assert accuracy(truth.infer(*made.arrays).posterior, made.truth) > accuracy(
        truth.majority(*made.arrays), made.truth
    )


def test_gold_is_certain_and_teaches_who_is_reliable():
    made = crowd(5, n_items=300, each=3, accuracy=(0.3, 0.95), n_classes=2)
    gold = np.where(np.arange(300) < 100, made.truth, -1)
    plain, taught = truth.infer(*made.arrays), truth.infer(*made.arrays, gold)
    assert np.array_equal(taught.posterior[:100], np.eye(2)[made.truth[:100]])
    assert accuracy(taught.posterior[100:], made.truth[100:]) >= accuracy(plain.posterior[100:], made.truth[100:])


def test_trailing_items_and_workers_without_labels_are_known_by_their_numbers():
    fit = truth.infer([0, 1], [0, 1], [0, 1], 2, n_items=4, n_workers=3)
    assert fit.posterior.shape == (4, 2)
    assert np.allclose(fit.confusion[2], fit.pooled)


@pytest.mark.parametrize("model", [truth.infer, truth.dawid_skene])
def test_nothing_to_learn_from_is_no_error(model):
    assert model([], [], [], 3).posterior.shape == (0, 3)
    assert np.allclose(model([], [], [], 3, n_items=2).posterior, 1 / 3)
    assert np.allclose(model([0, 1], [0, 0], [0, 0], 1).posterior, 1.0)
    assert model([0], [0], [1], 2).posterior[0, 1] > 0.5


@given(any_labels(min_size=1))
def test_the_posterior_of_a_fit_is_a_function_of_the_labels_and_the_fit(labels):
    items, workers, answers, _ = labels
    fit = truth.infer(*labels)
    caution = {"guessing": fit.guessing, "damping": fit.damping}
    again = truth.posteriors(items, answers, workers, fit.confusion, fit.prior, pooled=fit.pooled, **caution)
    assert np.allclose(again, fit.posterior, atol=1e-12)
    own = items == items[0]
    one = truth.posterior(answers[own], workers[own], fit.confusion, fit.prior, **caution)
    assert np.allclose(one, fit.posterior[items[0]], atol=1e-12)
    seen = fit.confusion[workers[own], :, answers[own]]
    assert np.allclose(truth.weigh(seen, fit.prior, **caution), fit.posterior[items[0]], atol=1e-12)


def test_a_posterior_follows_bayes_and_unknown_workers_are_taken_for_the_pool():
    confusion = np.array([[[0.9, 0.1], [0.2, 0.8]]])
    prior, pooled = np.array([0.5, 0.5]), np.array([[0.7, 0.3], [0.4, 0.6]])
    assert np.allclose(truth.posterior([], [], confusion, prior), prior)
    assert np.allclose(truth.posterior([0], [0], confusion, prior), [0.9 / 1.1, 0.2 / 1.1])
    for stranger in (-1, 1, 99):
        assert np.allclose(truth.posterior([0], [stranger], confusion, prior, pooled=pooled), [0.7 / 1.1, 0.4 / 1.1])
        assert np.allclose(truth.posterior([0], [stranger], confusion, prior), [0.9 / 1.1, 0.2 / 1.1])


@given(
    st.lists(st.tuples(*[st.floats(0.01, 0.99)] * 3), min_size=1, max_size=8),
    st.floats(0, 0.9),
    st.floats(0, 1),
    st.randoms(use_true_random=False),
)
def test_caution_keeps_the_answer_and_the_order_of_labels_says_nothing(rows, guessing, damping, random):
    prior = np.array([0.5, 0.3, 0.2])
    shuffled = rows.copy()
    random.shuffle(shuffled)
    one = truth.weigh(np.array(rows), prior, guessing=guessing, damping=damping)
    assert np.array_equal(one, truth.weigh(np.array(shuffled), prior, guessing=guessing, damping=damping))
    plain = truth.weigh(np.array(rows), prior, guessing=guessing)
    assert one[plain.argmax()] == one.max()
    assert one.max() <= plain.max() + 1e-12
    even = np.full(3, 1 / 3)
    once = truth.weigh(np.array(rows[:1]), even, guessing=guessing, damping=damping)
    twice = truth.weigh(np.array(rows[:1] * 2), even, guessing=guessing, damping=damping)
    assert twice.max() >= once.max() - 1e-12
    blind = truth.weigh(np.array([*rows, (0.4, 0.4, 0.4)]), prior, guessing=guessing, damping=damping)
    assert np.allclose(blind, one, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0, 0], [0, 3], 3), r"labels\[1\] is 3; it must be from 0 to 2"),
        (([0, -1], [0, 0], [0, 1], 3), r"items\[1\] is -1"),
        (([0, 1], [0, 0], [0], 3), "equally long, not 2, 2 and 1"),
        (([0.5], [0], [0], 3), "items must be integers"),
        (([[0]], [0], [0], 3), "items must have one dimension"),
        (([0], [0], [0], 0), "n_classes must be at least 1"),
    ],
)
@pytest.mark.parametrize("model", [truth.majority, truth.infer, truth.dawid_skene])
def test_bad_labels_are_refused_with_their_position(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model(*arguments)


def test_gold_may_reach_beyond_the_items_with_labels():
    fit = truth.infer([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], 2, gold=[-1, -1, -1, 1])
    assert fit.posterior.shape == (4, 2)
    assert np.allclose(fit.posterior[2], fit.prior)
    assert fit.posterior[3].tolist() == [0.0, 1.0]


def test_bad_gold_is_refused():
    with pytest.raises(ValueError, match=r"gold\[1\] is 2"):
        truth.infer([0, 1], [0, 0], [0, 1], 2, gold=[-1, 2])
    with pytest.raises(ValueError, match="one element an item"):
        truth.infer([0, 1], [0, 0], [0, 1], 2, gold=[-1])
