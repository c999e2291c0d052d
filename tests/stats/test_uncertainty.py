import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from labelling.stats import uncertainty

distributions = st.tuples(st.integers(0, 9999), st.integers(1, 40), st.integers(2, 9)).map(
    lambda shape: np.random.default_rng(shape[0]).dirichlet(np.full(shape[2], 0.5), shape[1])
)


@given(distributions)
def test_measures_equal_their_definitions(p):
    ordered = np.sort(p, axis=1)
    assert np.allclose(uncertainty.margin(p), 1 - (ordered[:, -1] - ordered[:, -2]), atol=1e-12)
    assert np.allclose(uncertainty.least_confidence(p), 1 - ordered[:, -1], atol=1e-12)
    assert np.allclose(uncertainty.entropy(p), entropy(p, axis=1), atol=1e-12)


def test_chunks_join_without_a_seam():
    p = np.random.default_rng(0).dirichlet([1, 1, 1], 3 * uncertainty.CHUNK + 7).astype(np.float32)
    ordered = np.sort(p.astype(float), axis=1)
    assert np.allclose(uncertainty.margin(p), 1 - (ordered[:, -1] - ordered[:, -2]))


def test_a_tie_is_one_and_certainty_is_zero():
    assert uncertainty.margin([[0.5, 0.5, 0], [1, 0, 0]]).tolist() == [1.0, 0.0]
    assert uncertainty.entropy([[1.0, 0.0]]).tolist() == [0.0]
    assert uncertainty.margin([[1.0]]).tolist() == [0.0]
    assert uncertainty.margin(np.zeros((0, 3))).shape == (0,)


def test_with_a_threshold_uncertain_is_what_lies_near_it():
    positive = np.array([0.1, 0.5, 0.78, 0.8, 0.95])
    p = np.stack([1 - positive, positive], axis=1)
    scores = uncertainty.margin(p, threshold=0.8)
    assert scores[3] == pytest.approx(1.0)
    assert np.array_equal(np.argsort(-scores), np.argsort(np.abs(positive - 0.8)))
    assert np.allclose(uncertainty.margin(p, threshold=0.5), uncertainty.margin(p))
    with pytest.raises(ValueError, match="threshold"):
        uncertainty.margin(p, threshold=1.0)


def test_bald_is_the_information_that_passes_share():
    passes = np.random.default_rng(0).dirichlet([1, 1, 1], (50, 6))
    expected = entropy(passes.mean(axis=1), axis=-1) - entropy(passes, axis=-1).mean(axis=1)
    assert np.allclose(uncertainty.bald(passes), expected, atol=1e-12)
    assert np.allclose(uncertainty.bald(np.repeat(passes[:, :1], 4, axis=1)), 0.0, atol=1e-12)


def test_noise_is_how_far_predictions_move():
    p = np.array([[1.0, 0.0], [0.5, 0.5]])
    perturbed = np.array([[[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]])
    assert uncertainty.noise(p, perturbed).tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("row", "why"), [([np.nan, 1.0], "not finite"), ([0.5, 0.6], "of sum 1.1"), ([-0.5, 1.5], "negative")]
)
def test_what_is_no_distribution_is_refused_with_its_row(row, why):
    p = np.full((10_000, 2), 0.5)
    p[9000] = row
    for measure in (uncertainty.margin, uncertainty.least_confidence, uncertainty.entropy):
        with pytest.raises(ValueError, match=f"row 9000 is {why}"):
            measure(p)
    with pytest.raises(ValueError, match=f"row 9000 is {why}"):
        uncertainty.bald(p[:, None, :])


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, k\)"):
        uncertainty.margin([0.5, 0.5])
    with pytest.raises(ValueError, match="passes"):
        uncertainty.bald([[0.5, 0.5]])
    with pytest.raises(ValueError, match="same n and k"):
        uncertainty.noise([[0.5, 0.5]], np.full((2, 3, 2), 0.5))
