import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import estimate, uncertainty
from labelling.stats.selection import select


def predictions(n, k=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.7), n)


@given(
    st.integers(1, 60),
    st.integers(0, 80),
    st.sampled_from(["margin", "least_confidence", "entropy", "uniform"]),
    st.integers(0, 99),
    st.floats(0, 1),
)
def test_the_budget_is_spent_on_different_rows_with_probabilities(n, budget, strategy, seed, share):
    chosen = select(predictions(n), budget, strategy, seed, probability_share=share)
    assert len(chosen.index) == len(set(chosen.index.tolist())) == min(n, budget)
    assert len(chosen.inclusion_probability) == len(chosen.by_probability) == len(chosen.index)
    assert ((chosen.inclusion_probability > 0) & (chosen.inclusion_probability <= 1)).all()
    assert (chosen.inclusion_probability[~chosen.by_probability] == 1).all()
    if budget >= n:
        assert (chosen.inclusion_probability == 1).all()
    else:
        assert chosen.by_probability.sum() == (budget if strategy == "uniform" else round(budget * share))


def test_most_of_the_budget_goes_to_the_most_uncertain_in_order():
    p = predictions(1000)
    chosen = select(p, 100)
    ranked = np.argsort(-uncertainty.margin(p))
    assert chosen.index[:80].tolist() == ranked[:80].tolist()
    assert chosen.by_probability.sum() == 20


def test_bald_and_own_scores():
    passes = np.random.default_rng(0).dirichlet([1, 1, 1], (200, 5))
    p, scores = passes.mean(axis=1), uncertainty.bald(passes)
    chosen = select(p, 20, "bald", scores=scores, probability_share=0)
    assert set(chosen.index) == set(np.argsort(-scores)[:20])
    with pytest.raises(ValueError, match="needs scores"):
        select(p, 20, "bald")
    with pytest.raises(ValueError, match="scores: row 1 is nan"):
        select(p[:2], 1, scores=[0.1, np.nan])


def test_a_choice_repeats_with_its_seed_and_differs_with_another():
    p = predictions(500)
    one, same, other = (select(p, 50, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.index, same.index)
    assert not np.array_equal(one.index, other.index)


@pytest.mark.parametrize("kind", [int, str])
def test_with_ids_the_choice_does_not_depend_on_the_order_of_rows(kind):
    p = predictions(300)
    p[50:200] = 1 / 3
    ids = np.array([kind(7 * i) for i in range(300)])
    order = np.random.default_rng(3).permutation(300)
    one, two = select(p, 60, ids=ids), select(p[order], 60, ids=ids[order])
    assert ids[one.index].tolist() == ids[order][two.index].tolist()
    assert np.allclose(one.inclusion_probability, two.inclusion_probability)


def test_the_same_id_twice_is_refused():
    with pytest.raises(ValueError, match=r"ids\[2\] is a, which stands there twice"):
        select(predictions(3), 2, ids=np.array(["a", "b", "a"]))


def test_rows_are_drawn_as_often_as_their_probabilities_say():
    """The mean of 1/probability over draws is 1 for every row: what makes estimates unbiased."""
    p = predictions(40)
    total = np.zeros(40)
    for seed in range(3000):
        chosen = select(p, 10, seed=seed, probability_share=0.6)
        total[chosen.index] += 1 / chosen.inclusion_probability
    assert np.abs(total / 3000 - 1).max() < 0.15


def test_estimates_from_the_whole_selection_are_unbiased_and_covered():
    p = predictions(4000, k=2, seed=4)
    random = np.random.default_rng(5)
    correct = random.random(4000) < p.max(axis=1)
    goal = correct.mean()
    values, covered = [], 0
    for seed in range(200):
        chosen = select(p, 400, seed=seed, probability_share=0.5)
        interval = estimate.accuracy(correct[chosen.index], chosen.inclusion_probability)
        values.append(interval.value)
        covered += interval.low <= goal <= interval.high
    assert abs(np.mean(values) - goal) < 4 * np.std(values) / np.sqrt(200)
    assert covered >= 182
    assert correct[select(p, 400, probability_share=0).index].mean() < goal - 0.1


def test_embeddings_spread_the_choice():
    p = np.full((300, 2), 0.5)
    random = np.random.default_rng(0)
    cluster = np.repeat([0, 1, 2], [280, 10, 10])
    embeddings = np.eye(3)[cluster] * 10 + random.normal(0, 0.01, (300, 3))
    chosen = select(p, 50, embeddings=embeddings, probability_share=0)
    assert len(set(chosen.index.tolist())) == 50
    assert set(cluster[chosen.index]) == {0, 1, 2}
    same = select(p, 50, embeddings=np.zeros((300, 3)), probability_share=0)
    assert len(set(same.index.tolist())) == 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.array([[0.5, 0.5], [0.5, np.nan]]), 1), "row 1 is not finite"),
        ((np.array([[0.5, 0.4]]), 1), "row 0 is of sum 0.9"),
        ((np.array([[0.5, 0.4]]), 1, "uniform"), "row 0 is of sum 0.9"),
        ((predictions(3), -1), "budget"),
        ((predictions(3), 1, "best"), "strategy must be one of margin"),
        ((predictions(3), 1, "margin", 0, None, np.zeros((2, 2))), "embeddings"),
        ((predictions(3), 1, "margin", 0, None, None, 1.5), "probability_share"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        select(*arguments)


def test_nothing_to_choose_from():
    assert len(select(np.zeros((0, 3)), 5).index) == 0
    assert len(select(predictions(5), 0).index) == 0
