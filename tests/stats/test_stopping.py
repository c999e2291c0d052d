import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import stopping

POLICY = {"minimum": 2, "maximum": 5, "stop_confidence": 0.9, "contest_below": 0.7, "abstentions_to_contest": 2}


@pytest.mark.parametrize(
    ("top", "n_labels", "more", "decision"),
    [
        (0.99, 1, {}, "more"),
        (0.99, 2, {}, "stop"),
        (0.90, 2, {}, "stop"),
        (0.89, 4, {}, "more"),
        (0.70, 5, {}, "stop"),
        (0.69, 5, {}, "contest"),
        (0.69, 7, {}, "contest"),
        (0.99, 1, {"n_abstentions": 2}, "contest"),
        (0.99, 1, {"n_abstentions": 1}, "more"),
        (0.99, 4, {"yardstick": True}, "more"),
        (0.99, 5, {"yardstick": True}, "stop"),
        (0.60, 5, {"yardstick": True}, "contest"),
        (0.99, 4, {"mode": "fixed"}, "more"),
        (0.99, 5, {"mode": "fixed"}, "stop"),
        (0.99, 2, {"mode": "fixed", "n_abstentions": 2}, "more"),
        (0.99, 3, {"mode": "fixed", "n_abstentions": 2}, "contest"),
        (0.99, 5, {"yardstick": True, "n_abstentions": 1}, "stop"),
    ],
)
def test_decisions(top, n_labels, more, decision):
    assert stopping.decide([1 - top, top], n_labels, **(POLICY | more)) == decision


@given(st.floats(0, 1), st.integers(0, 9), st.integers(0, 9), st.sampled_from(["fixed", "adaptive"]), st.booleans())
def test_no_item_is_asked_for_beyond_the_maximum(top, n_labels, n_abstentions, mode, yardstick):
    decision = stopping.decide([top], n_labels, n_abstentions=n_abstentions, mode=mode, yardstick=yardstick, **POLICY)
    if n_labels >= POLICY["maximum"] or n_labels + n_abstentions >= POLICY["maximum"] + 2:
        assert decision != "more"
    if decision == "stop":
        assert n_labels >= POLICY["minimum"]


def test_a_policy_that_contradicts_itself_is_refused():
    with pytest.raises(ValueError, match=r"minimum \(6\)"):
        stopping.decide([0.5], 1, **(POLICY | {"minimum": 6}))
    with pytest.raises(ValueError, match="mode must be"):
        stopping.decide([0.5], 1, mode="greedy", **POLICY)
    with pytest.raises(ValueError, match="probabilities"):
        stopping.decide([np.nan], 1, **POLICY)


def test_the_information_of_a_label_is_what_it_is_expected_to_tell_about_the_class():
    worker = np.array([[0.8, 0.2], [0.2, 0.8]])
    bits = stopping.information(np.array([[0.5, 0.5], [0.95, 0.05], [1.0, 0.0]]), worker)
    said = -0.8 * np.log2(0.8) - 0.2 * np.log2(0.2)
    assert np.allclose(bits, [1 - said, -0.77 * np.log2(0.77) - 0.23 * np.log2(0.23) - said, 0.0])


def test_a_label_informs_even_where_no_single_answer_could_change_the_decision():
    """At 19 to 1 one answer against 4 to 1 leaves the same class the likeliest; two would not."""
    worker = np.array([[0.8, 0.2], [0.2, 0.8]])
    assert stopping.information(np.array([[0.95, 0.05]]), worker)[0] > 0.05
    guesser = np.array([[0.7, 0.3], [0.7, 0.3]])
    assert stopping.information(np.array([[0.5, 0.5]]), guesser)[0] == pytest.approx(0.0, abs=1e-12)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=5), st.integers(0, 1000))
def test_a_label_never_tells_more_than_is_unknown(weights, seed):
    p = np.array(weights) / sum(weights)
    confusion = np.random.default_rng(seed).dirichlet(np.ones(len(p)), len(p))
    bits = stopping.information(p[None], confusion)[0]
    assert 0 <= bits <= -(p * np.log2(p)).sum() + 1e-9
    assert 0 <= stopping.worth(bits, len(p)) <= 1


@pytest.mark.parametrize(
    ("top", "n_labels", "information", "price", "more", "decision"),
    [
        (0.80, 2, 0.3, 0.4, {}, "stop"),
        (0.60, 2, 0.3, 0.4, {}, "contest"),
        (0.60, 2, 0.4, 0.4, {}, "more"),
        (0.60, 1, 0.3, 0.4, {}, "more"),
        (0.60, 2, 0.0, 0.0, {}, "more"),
        (0.60, 2, None, 0.4, {}, "more"),
        (0.95, 2, 0.5, 0.4, {}, "stop"),
        (0.60, 5, 0.5, 0.4, {}, "contest"),
        (0.80, 2, 0.3, 0.4, {"yardstick": True}, "more"),
        (0.80, 2, 0.3, 0.4, {"mode": "fixed"}, "more"),
        (0.80, 2, 0.3, 0.4, {"n_abstentions": 2}, "contest"),
    ],
)
def test_a_label_is_bought_only_if_it_is_worth_its_price(top, n_labels, information, price, more, decision):
    policy = POLICY | more | {"information": information, "price": price}
    assert stopping.decide([1 - top, top], n_labels, **policy) == decision
