"""Strengths from comparisons, against independent libraries."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize

from labelling.stats.bradley_terry import TIE, bradley_terry

TRUE = np.array([1.0, 0.3, -0.2, -1.1])
# A prior this wide says nothing.
NONE = 1e4


def play(m=3000, tie=0.0, seed=5):
    random = np.random.default_rng(seed)
    first = random.integers(0, len(TRUE), m)
    second = (first + random.integers(1, len(TRUE), m)) % len(TRUE)
    odds = np.stack([np.exp(TRUE[first]), np.exp(TRUE[second]), tie * np.exp((TRUE[first] + TRUE[second]) / 2)], 1)
    chances = (odds / odds.sum(1, keepdims=True)).cumsum(1)
    return first, second, (random.random(m)[:, None] > chances).sum(1)


def test_without_ties_strengths_and_errors_are_those_of_a_logistic_regression():
    first, second, outcome = play()
    rows = np.arange(len(first))
    design = np.zeros((len(first), len(TRUE)))
    design[rows, first] += 1
    design[rows, second] -= 1
    item = rows // 3
    model = sm.GLM(outcome == 0, design[:, 1:] - 0.0, family=sm.families.Binomial())
    for clusters, options in (
        (None, {}),
        (item, {"cov_type": "cluster", "cov_kwds": {"groups": item, "use_correction": False}}),
    ):
        found = bradley_terry(first, second, outcome, spread=NONE, clusters=clusters)
        glm = model.fit(**options)
        assert found.log_strength[1:] - found.log_strength[0] == pytest.approx(glm.params, abs=1e-5)
        for at in (1, 2, 3):
            gap = found.difference(at, 0)
            assert [gap.low, gap.high] == pytest.approx(list(glm.conf_int()[at - 1]), abs=1e-3)
    assert found.tie == 0
    assert found.log_strength.sum() == pytest.approx(0)


def test_with_ties_no_other_strengths_are_likelier():
    first, second, outcome = play(tie=0.8)

    def loss(x):
        strength = np.concatenate([[0.0], x[:3]])
        logs = np.stack([strength[first], strength[second], x[3] + (strength[first] + strength[second]) / 2], 1)
        return -(logs[np.arange(len(first)), outcome] - np.log(np.exp(logs).sum(1))).sum()

    best = minimize(loss, np.zeros(4), method="BFGS").x
    found = bradley_terry(first, second, outcome, spread=NONE)
    assert found.log_strength[1:] - found.log_strength[0] == pytest.approx(best[:3], abs=1e-3)
    assert np.log(found.tie) == pytest.approx(best[3], abs=1e-3)
    assert found.log_strength == pytest.approx(TRUE - TRUE.mean(), abs=0.15)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = []
    for seed in range(120):
        found = bradley_terry(*play(m=300, tie=0.5, seed=seed))
        held += [found.difference(at, 0).low <= TRUE[at] - TRUE[0] <= found.difference(at, 0).high for at in (1, 2, 3)]
    assert 0.91 <= np.mean(held) <= 0.99


def test_labels_of_one_item_are_not_independent_comparisons():
    first, second, outcome = (np.repeat(values, 5) for values in play(m=200))
    item = np.repeat(np.arange(200), 5)
    alone = bradley_terry(first[::5], second[::5], outcome[::5]).difference(0, 3)
    naive = bradley_terry(first, second, outcome).difference(0, 3)
    honest = bradley_terry(first, second, outcome, clusters=item).difference(0, 3)
    assert naive.high - naive.low < 0.6 * (alone.high - alone.low)
    assert honest.high - honest.low == pytest.approx(alone.high - alone.low, rel=0.15)


def test_what_always_won_is_strong_within_reason_and_what_was_never_compared_is_unknown():
    found = bradley_terry([0] * 6, [1] * 6, [0] * 6, n=3)
    assert 0.5 < found.difference(0, 1).value < 6
    assert found.interval(2).high > 3
    assert list(found.compared) == [6, 6, 0]
    assert found.group[0] == found.group[1] != found.group[2]


def test_chains_of_comparisons_connect():
    found = bradley_terry([0, 1, 3], [1, 2, 4], [0, 0, TIE])
    assert list(found.group) == [0, 0, 0, 3, 3]
    assert found.score(0.0) == pytest.approx(0.5)


def test_which_side_something_was_on_makes_no_difference():
    first, second, outcome = play(tie=0.4)
    turned = bradley_terry(second, first, np.array([1, 0, 2])[outcome])
    assert turned.log_strength == pytest.approx(bradley_terry(first, second, outcome).log_strength)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([0], [0], [1]), r"first\[0\] is compared with itself"),
        (([0], [1], [3]), "outcome"),
        (([0, 1], [1, 0], [0]), "equally long"),
        (([-1], [1], [0]), "first"),
    ],
)
def test_what_is_no_comparison_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        bradley_terry(*given)


def test_nothing_compared_is_nothing_known():
    found = bradley_terry([], [], [], n=2)
    assert list(found.log_strength) == [0, 0]
    assert found.tie == 0
