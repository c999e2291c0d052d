import math

import numpy as np
import pytest

from labelling.stats import calibration, promises
from labelling.stats.calibration import IDENTITY, Calibrator
from labelling.stats.isotonic import isotonic
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
    assert promises.expected_error(softened, truth) < 0.02 < promises.expected_error(posterior, truth)


def test_fifty_gold_items_already_help():
    posterior, truth = sure_crowd(1, 2000, 3.0)
    gold = np.where(np.arange(2000) < 50, truth, -1)
    softened = calibration.soften(posterior, calibration.temperature(posterior, gold))
    before, after = (promises.expected_error(p[50:], truth[50:]) for p in (posterior, softened))
    assert after < before / 2


def test_without_gold_the_temperature_is_one():
    assert calibration.temperature(np.full((2, 2), 0.5), [-1, -1]) == 1.0
    assert math.isnan(promises.expected_error(np.full((2, 2), 0.5), [-1, -1]))


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
    """Uncorrected posteriors at which simulated items stop under a temperature, and what is true of them."""
    n, _, k = stream.posterior.shape
    posterior = calibration.soften(stream.posterior.reshape(-1, k), temperature).reshape(n, n_labels, k)
    stop = posterior.max(axis=2) >= sure
    stop[:, 0], stop[:, -1] = False, True
    return stream.posterior[np.arange(n), stop.argmax(axis=1)], stream.truth


@pytest.mark.parametrize("trust", [0.7, 1.0, 2.0])
def test_posteriors_mean_what_they_say_when_simulated_items_are_stopped_by_them(trust):
    """From six fits with a hundred stops more each, every one stopped under the correction that came before."""
    stream = simulated_stream(7, n_items=8000, trust=trust)
    correction = IDENTITY
    for number in range(1, 7):
        seen = stream.take(slice(0, 100 * number))
        correction = calibration.calibrator(stops(seen, correction.temperature)[0], seen.truth)
    assert correction.temperature == pytest.approx(trust, rel=0.2)
    raw, truth = stops(stream.take(slice(600, None)), correction.temperature)
    assert promises.expected_error(correction.apply(raw), truth) < 0.02


def test_few_stops_say_nothing_and_no_number_of_them_leaves_the_sane_range():
    wrong, sure = np.zeros(29, dtype=int), np.tile([0.01, 0.99], (29, 1))
    assert calibration.calibrator(sure, wrong) is IDENTITY
    assert calibration.calibrator(np.zeros((0, 2)), []) is IDENTITY
    heat = calibration.calibrator(np.tile([0.01, 0.99], (250, 1)), np.zeros(250, dtype=int)).temperature
    assert heat == calibration.SANE[1]
    cold = calibration.calibrator(np.tile([0.4, 0.6], (250, 1)), np.ones(250, dtype=int)).temperature
    assert cold == calibration.SANE[0]
    # Ten runs on each of four items are forty stops, but tell as much as ten.
    groups = np.repeat(np.arange(4), 10)
    weight = calibration.run_weights(groups)
    assert weight.sum() == pytest.approx(10)
    assert calibration.calibrator(np.tile([0.01, 0.99], (40, 1)), np.zeros(40, dtype=int), weight) is IDENTITY


def skewed(seed, n):
    """Posteriors of two classes that are too sure in the middle and right at the top: no temperature mends both."""
    random = np.random.default_rng(seed)
    promised = random.uniform(0.5, 1.0, n)
    kept = np.where(promised < 0.9, 0.5 + (promised - 0.5) / 4, promised)
    return np.stack([promised, 1 - promised], axis=1), np.where(random.random(n) < kept, 0, 1)


def test_with_many_stops_a_rising_curve_is_taken_where_it_is_clearly_better():
    posterior, truth = skewed(3, 3000)
    made = calibration.calibrator(posterior, truth)
    fresh, real = skewed(4, 4000)
    assert made.bends is not None
    plain = Calibrator(made.temperature)
    assert promises.expected_error(made.apply(fresh), real) < 0.02 < promises.expected_error(plain.apply(fresh), real)
    assert promises.log_losses(made.apply(fresh), real).mean() < promises.log_losses(plain.apply(fresh), real).mean()


def test_where_a_temperature_is_enough_there_is_no_curve_and_fewer_stops_never_make_one():
    posterior, truth = sure_crowd(5, 2000, 3.0)
    assert calibration.calibrator(posterior, truth).bends is None
    assert calibration.calibrator(*(one[:200] for one in skewed(3, 3000))).bends is None


def test_a_curve_never_changes_which_class_is_likeliest_and_is_stored_as_it_is():
    random = np.random.default_rng(6)
    posterior = random.dirichlet([0.5, 0.5, 0.5], 500)
    bends = isotonic([0.4, 0.6, 0.8, 1.0], [0.05, 0.3, 0.3, 0.9])
    stored = Calibrator.stored(1.3, bends.tobytes())
    after = stored.apply(posterior)
    assert after.sum(axis=1) == pytest.approx(np.ones(500))
    assert (after >= 0).all()
    assert (after.argmax(axis=1) == posterior.argmax(axis=1)).all()
    assert (after == Calibrator(1.3, bends).apply(posterior)).all()
    certain = stored.apply(np.array([[1.0, 0.0, 0.0]]))
    assert certain[0] == pytest.approx([0.9, 0.05, 0.05], abs=1e-6)
    assert (Calibrator.stored(1.0, None).apply(posterior) == posterior).all()


def test_each_stop_is_corrected_by_the_others_only():
    """Ten items with fifty runs each: those of one item never correct themselves."""
    posterior = np.tile([0.01, 0.99], (500, 1))
    groups = np.repeat(np.arange(10), 50)
    truth = np.where(groups % 5 == 0, 0, 1)
    corrected = calibration.cross_corrected(posterior, truth, None, groups)
    assert corrected[groups % 5 == 0, 1].min() > 0.98
    assert corrected[groups % 5 != 0, 1].max() < 0.9


def test_bins_say_what_was_promised_and_kept_with_an_interval():
    posterior = np.array([[0.96, 0.04]] * 40 + [[0.7, 0.3]] * 10)
    truth = np.array([0] * 36 + [1] * 4 + [0] * 7 + [1] * 3)
    low, high = promises.reliability(posterior, truth)
    assert (low.low, low.high, low.n) == (0.7, 0.8, 10)
    assert (high.low, high.n, high.promised, high.kept) == (0.95, 40, pytest.approx(0.96), pytest.approx(0.9))
    assert high.kept_low < 0.9 < high.kept_high < 0.97
    assert promises.reliability(np.zeros((0, 2)), []) == []
    assert promises.reliability(np.array([[1.0, 0.0]]), [0])[0].high == 1.0
