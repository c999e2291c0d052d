"""How often truth is found and what posteriors are worth, beside crowd-kit; how fast, and one label's cost.

CROWD_DATA names a folder of crowds, each a folder with a labels.csv (item, worker, label) and a truth.csv (item,
truth); without it, one is made up.
"""

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene

from labelling.stats import truth
from tests.bench import arithmetic
from tests.bench.tables import show
from tests.bench.truth_sets import WAYS, Known, known_crowds, of_crowdkit, promise, right, thinned

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("ignore::Warning:crowdkit.*")]

EACH = (2, 3, 5)
SEEDS = range(4)
LABELS, STEPS = 1_000_000, 20


def test_accuracy_with_all_labels():
    names = ("DawidSkene", "OneCoin", "MACE")
    rows = [("all labels", *(f"crowd-kit {name}" for name in names), *WAYS)]
    for given in known_crowds():
        found = of_crowdkit(given)
        theirs = [right(found[name], given.truth) if name in found else float("nan") for name in names]
        ours = [right(way(*given.arrays).posterior, given.truth) for way in WAYS.values()]
        rows.append((given.name, *(f"{100 * one:.2f}" for one in [*theirs, *ours])))
    show("right, in percent; ties count their share", with_means(rows))


@pytest.mark.parametrize("each", EACH)
def test_accuracy_with_few_labels(each):
    rows = [(f"{each} labels an item", "crowd-kit DawidSkene", *WAYS)]
    for given in known_crowds():
        found = [few(thinned(given, each, seed)) for seed in SEEDS]
        rows.append((given.name, *(f"{100 * one:.2f}" for one in np.mean(found, axis=0))))
    show(f"right, in percent, means over {len(SEEDS)} seeds", with_means(rows))


def few(given: Known) -> list[float]:
    theirs = truth.dawid_skene(*given.arrays).posterior  # the same as crowd-kit's, in a hundredth of the time
    return [right(one, given.truth) for one in [theirs, *(way(*given.arrays).posterior for way in WAYS.values())]]


@pytest.mark.parametrize("each", [*EACH, None])
def test_promises(each):
    rows = [
        ("set", "Dawid-Skene: stopped", "right", "loss", "at its best", "infer: stopped", "right", "loss", "at best")
    ]
    for whole in known_crowds():
        given = whole if each is None else thinned(whole, each, 0)
        told = [promise(way(*given.arrays).posterior, given.truth) for way in (truth.dawid_skene, truth.infer)]
        figures = [x for one in told for x in (one.stopped, one.kept, one.loss, one.at_best)]
        rows.append((given.name, *(f"{one:.3f}" for one in figures)))
    show(f"posteriors of 0.95 and more, {each or 'all'} labels an item, no truth used", with_means(rows))


def with_means(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    columns = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]]).T
    digits = len(rows[1][1].partition(".")[2])
    means = [one[~np.isnan(one)].mean() if not np.isnan(one).all() else float("nan") for one in columns]
    return [*rows, ("mean", *(f"{one:.{digits}f}" for one in means))]


def test_speed():
    items, workers, labels, _ = arithmetic.crowd(LABELS)
    frame = pd.DataFrame({"task": items, "worker": workers, "label": labels})
    theirs, their_seconds = arithmetic.cpu_seconds(
        lambda: DawidSkene(n_iter=STEPS, tol=-np.inf).fit_predict_proba(frame)
    )

    def fit() -> truth.Truth:
        return truth.dawid_skene(items, workers, labels, arithmetic.CLASSES, max_iterations=STEPS, tolerance=-np.inf)

    ours, seconds = arithmetic.cpu_seconds(fit)
    seconds = min(seconds, *(arithmetic.cpu_seconds(fit)[1] for _ in range(2)))
    tracemalloc.start()
    fit()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    apart = np.abs(ours.posterior - theirs.reindex(columns=range(arithmetic.CLASSES)).sort_index().to_numpy()).max()
    rows = [
        (f"{STEPS} steps of Dawid-Skene, {LABELS:,} labels", "CPU s", "times faster", "extra MB", "largest difference"),
        ("crowd-kit", f"{their_seconds:.2f}", "", "", ""),
        ("ours", f"{seconds:.3f}", f"{their_seconds / seconds:.1f}", f"{peak:.0f}", f"{apart:.1e}"),
    ]
    show("speed, one core", rows)
    assert apart < 1e-6
    show("the posterior of an item with one label more", [("labels", "microseconds"), *one_item(ours)])


def one_item(fit: truth.Truth) -> list[tuple[str, str]]:
    return [(str(n), f"{one_posterior(fit, n):.0f}") for n in (2, 5, 20)]


def one_posterior(fit: truth.Truth, n_labels: int, repeats: int = 2_000) -> float:
    seen = fit.confusion[:n_labels, :, 0]
    started = time.process_time()
    for _ in range(repeats):
        truth.weigh(seen, fit.prior, guessing=0.26, damping=0.1)
    return (time.process_time() - started) / repeats * 1e6
