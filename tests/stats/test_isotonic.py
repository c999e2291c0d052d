import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from labelling.stats.isotonic import curve, isotonic


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_curve_that_scikit_learn_fits(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 300))
    x = random.random(n).round(int(random.integers(1, 4)))
    y, weight = (random.random(n) < x).astype(float), random.random(n) + 0.1
    theirs = IsotonicRegression(out_of_bounds="clip").fit(x, y, sample_weight=weight)
    at = np.linspace(-0.1, 1.1, 61)
    assert curve(isotonic(x, y, weight), at) == pytest.approx(theirs.predict(at), abs=1e-12)


def test_it_rises_and_does_not_depend_on_the_order():
    random = np.random.default_rng(1)
    x, y = random.random(200), random.random(200)
    function, order = isotonic(x, y), random.permutation(200)
    assert (np.diff(function[0]) > 0).all()
    assert (np.diff(function[1]) >= 0).all()
    assert (isotonic(x[order], y[order]) == function).all()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="at least one"):
        isotonic([], [])
    with pytest.raises(ValueError, match="same length"):
        isotonic([1, 2], [1])
    with pytest.raises(ValueError, match=r"weight\[1\]"):
        isotonic([1, 2], [1, 2], [1, 0])
