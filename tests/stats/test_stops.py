import numpy as np
import pytest

from labelling.stats import stopping, stops, truth
from labelling.stats.calibration import IDENTITY, Calibrator
from labelling.stats.stops import Runs


def crowd(seed, n_runs=40, k=3, n_workers=7):
    """Runs of one to six labels, with confusion matrices, a prior and a pooled matrix."""
    random = np.random.default_rng(seed)
    run = np.repeat(np.arange(n_runs), random.integers(1, 7, n_runs))
    runs = Runs(run, random.integers(-1, n_workers, run.size), random.integers(0, k, run.size))
    sure = np.eye(k) * 3 + 0.3
    confusion = np.array([random.dirichlet(row, n_workers) for row in sure]).transpose(1, 0, 2)
    return runs, confusion, random.dirichlet(np.ones(k)), confusion.mean(axis=0)


@pytest.mark.parametrize(("guessing", "damping"), [(0.0, 0.0), (0.25, 0.1)])
def test_after_each_label_the_posterior_is_the_one_that_judging_would_have(guessing, damping):
    runs, confusion, prior, pooled = crowd(0)
    steps = stops.step_by_step(runs, confusion, prior, pooled, guessing=guessing, damping=damping)
    for at, nth in enumerate(runs.numbers()):
        so_far = slice(at + 1 - nth, at + 1)
        matrices = np.concatenate([confusion, pooled[None]])[runs.workers[so_far]]
        seen = matrices[np.arange(nth), :, runs.labels[so_far]]
        assert steps[at] == pytest.approx(truth.weigh(seen, prior, guessing=guessing, damping=damping), abs=1e-12)


def test_a_run_stops_at_the_first_label_at_which_labelling_ends_else_at_its_last():
    runs = Runs(np.array([0, 0, 0, 1, 1, 2]), np.zeros(6, dtype=int), np.zeros(6, dtype=int))
    posterior = np.array([[0.9, 0.1], [0.99, 0.01], [0.99, 0.01], [0.6, 0.4], [0.7, 0.3], [0.99, 0.01]])
    ends = stops.ending(minimum=2, maximum=9, stop_confidence=0.95, price=0.0, confusion=np.eye(2))
    assert stops.stops_of(runs, posterior, ends).tolist() == [1, 4, 5]
    assert stops.stops_of(runs, posterior, ends, Calibrator(3.0)).tolist() == [2, 4, 5]
    nothing = Runs(*(np.zeros(0, dtype=int),) * 3)
    assert stops.stops_of(nothing, np.zeros((0, 2)), ends).tolist() == []


@pytest.mark.parametrize("price", [0.0, 0.2])
def test_labelling_ends_where_the_rule_about_one_item_says_so(price):
    random = np.random.default_rng(3)
    posterior, confusion = random.dirichlet([0.3, 0.3], 300), np.array([[0.8, 0.2], [0.1, 0.9]])
    n_labels = random.integers(1, 7, 300)
    rule = {"minimum": 2, "maximum": 5, "stop_confidence": 0.9}
    ended = stops.ending(**rule, price=price, confusion=confusion)(posterior, n_labels)
    bits = stopping.information(posterior, confusion)
    for at in range(300):
        said = stopping.decide(
            posterior[at], int(n_labels[at]), **rule, contest_below=0.7, information=float(bits[at]), price=price
        )
        assert ended[at] == (said != "more")


def test_stops_and_their_correction_fit_each_other():
    """Labellers who are believed to be right nine times in ten, and are three times in four."""
    random = np.random.default_rng(5)
    n, sure = 600, np.array([[0.9, 0.1], [0.1, 0.9]])
    real = random.integers(0, 2, n)
    labels = np.where(random.random((n, 8)) < 0.75, real[:, None], 1 - real[:, None]).ravel()
    runs = Runs(np.repeat(np.arange(n), 8), np.zeros(n * 8, dtype=int), labels)
    steps = stops.step_by_step(runs, sure[None], np.full(2, 0.5), sure)
    ends = stops.ending(minimum=2, maximum=8, stop_confidence=0.95, price=0.0, confusion=sure)
    correction, at = stops.calibrated_stops(runs, steps, ends, real, np.ones(n), np.arange(n))
    # In log odds a label tells half of what it is believed to.
    assert correction.temperature == pytest.approx(2.0, rel=0.15)
    assert at.tolist() == stops.stops_of(runs, steps, ends, correction).tolist()
    corrected = correction.apply(steps[at])
    right = (corrected.argmax(axis=1) == real)[corrected.max(axis=1) >= 0.95]
    before = steps[stops.stops_of(runs, steps, ends, IDENTITY)]
    assert right.mean() > 0.94 > (before.argmax(axis=1) == real)[before.max(axis=1) >= 0.95].mean()
