import math

import numpy as np
import pytest

from labelling.stats import calibration


def sure_crowd(seed, n, sharpness):
    """Posteriors that are sharpness times too sure in log odds, and the truths drawn from the honest ones."""
    random = np.random.default_rng(seed)
    honest = random.dirichlet([1, 1, 1], n)
    truth = (random.random(n)[:, None] > honest.cumsum(axis=1)).sum(axis=1)
    return calibration.soften(honest, 1 / sharpness), truth


def test_the_temperature_undoes_overconfidence():
    posterior, truth = sure_crowd(0, 20_000, 3.0)
    fitted = calibration.temperature(posterior, truth)
    assert fitted == pytest.approx(3.0, rel=0.05)
    softened = calibration.soften(posterior, fitted)
    assert calibration.expected_error(softened, truth) < 0.02 < calibration.expected_error(posterior, truth)


def test_fifty_gold_items_already_help():
    posterior, truth = sure_crowd(1, 2000, 3.0)
    gold = np.where(np.arange(2000) < 50, truth, -1)
    softened = calibration.soften(posterior, calibration.temperature(posterior, gold))
    before, after = (calibration.expected_error(p[50:], truth[50:]) for p in (posterior, softened))
    assert after < before / 2


def test_without_gold_the_temperature_is_one():
    assert calibration.temperature(np.full((2, 2), 0.5), [-1, -1]) == 1.0
    assert math.isnan(calibration.expected_error(np.full((2, 2), 0.5), [-1, -1]))


def test_one_gold_item_hardly_moves_it():
    assert 0.5 < calibration.temperature(np.array([[1.0, 0.0]]), [1]) < 20
    assert 0.8 < calibration.temperature(np.array([[0.7, 0.3]]), [0]) < 1


def test_softening_keeps_the_order_and_sums_to_one():
    p = np.array([[0.6, 0.3, 0.1], [1.0, 0.0, 0.0]])
    assert np.allclose(calibration.soften(p, 1.0), p)
    assert (np.diff(calibration.soften(p, 2.0)[0]) < 0).all()
    with pytest.raises(ValueError, match="above 0"):
        calibration.soften(p, 0.0)
