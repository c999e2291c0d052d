import math

import numpy as np
import pytest

from labelling.stats import calibration
from tests.stats.streams import simulated_stream


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


def stops(stream, temperature, n_labels=8, sure=0.95):
    """Posteriors as stored at which simulated items stop, and what is true of them."""
    n, _, k = stream.posterior.shape
    posterior = calibration.soften(stream.posterior.reshape(-1, k), temperature).reshape(n, n_labels, k)
    stop = posterior.max(axis=2) >= sure
    stop[:, 0], stop[:, -1] = False, True
    return posterior[np.arange(n), stop.argmax(axis=1)].round(6), stream.truth


@pytest.mark.parametrize("trust", [0.7, 1.0, 2.0])
def test_posteriors_mean_what_they_say_when_simulated_items_are_stopped_by_them(trust):
    """From six fits with a hundred stops each, every one made under the temperature that came before."""
    stream = simulated_stream(7, n_items=8000, trust=trust)
    seen, fitted = [], 1.0
    for number in range(6):
        posterior, truth = stops(stream.take(slice(100 * number, 100 * number + 100)), fitted)
        seen.append((posterior, np.full(100, fitted), truth))
        fitted = calibration.at_stopping(*(np.concatenate(column) for column in zip(*seen, strict=True)))
    assert fitted == pytest.approx(trust, rel=0.2)
    posterior, truth = stops(stream.take(slice(600, None)), fitted)
    assert calibration.expected_error(posterior, truth) < 0.015


def test_few_stops_say_nothing_and_no_number_of_them_leaves_the_sane_range():
    wrong, sure = np.zeros(29, dtype=int), np.tile([0.01, 0.99], (29, 1))
    assert calibration.at_stopping(sure, np.ones(29), wrong) == 1.0
    always_wrong = np.zeros(3000, dtype=int)
    assert calibration.at_stopping(np.tile([0.01, 0.99], (3000, 1)), np.ones(3000), always_wrong) == 5.0
    assert calibration.at_stopping(np.tile([0.4, 0.6], (3000, 1)), np.ones(3000), always_wrong + 1) == 0.5
    thirty = calibration.at_stopping(np.tile([0.1, 0.9], (30, 1)), np.ones(30), (np.arange(30) < 24).astype(int))
    assert 1.1 < thirty < calibration.temperature(np.tile([0.1, 0.9], (30, 1)), (np.arange(30) < 24).astype(int))
