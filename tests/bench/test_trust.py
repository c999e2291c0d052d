"""How soon spammers stop getting work and how often honest labellers are flagged; how well both are told apart.

CROWD_DATA names a folder of crowds, each a folder with a labels.csv and a truth.csv; without it, one is made up.
"""

import numpy as np
import pytest

from tests.bench import trust
from tests.bench.tables import show
from tests.stats.spammers import KINDS, with_spammers

pytestmark = pytest.mark.bench

SEEDS = range(2)
# A life is reviewed many times over.
LIVES = range(1)
SHARES = (0.1, 0.3)
# What spammers would have given: as many labels as somebody honest, or so many.
SIZES = (None, 300, 1000)
EVERY = 500
BY_ANSWERS = ("random", "constant", "prior", "adversarial")


def test_labels_bought_from_spammers():
    rows = [("set", "honest", "flagged", *[f"bought of {size or 'as others'}" for size in SIZES])]
    by_kind = {size: {kind: [] for kind in KINDS} for size in SIZES}
    everybody, flagged, means = 0, 0, []
    for name, crowd in trust.crowds():
        honest = trust.record(crowd).honest
        shares, n_flagged = [], []
        for size in SIZES:
            lives = [one_life(crowd, size, share, seed, by_kind[size]) for share in SHARES for seed in LIVES]
            shares.append(np.mean([bought for bought, _ in lives]))
            n_flagged += [(found[: len(honest)] & honest).sum() for _, found in lives]
        everybody, flagged = everybody + honest.sum() * len(n_flagged), flagged + sum(n_flagged)
        means.append(shares)
        rows.append((name, str(honest.sum()), f"{np.mean(n_flagged):.2f}", *[f"{share:.3f}" for share in shares]))
    rows.append(
        ("mean", "", f"{flagged / everybody:.4f} of all", *[f"{share:.3f}" for share in np.mean(means, axis=0)])
    )
    show(f"labels bought from spammers, a review every {EVERY} labels", rows)
    kinds = [("kind", *[f"of {size or 'as others'}" for size in SIZES])]
    kinds += [(kind, *[f"{np.mean(by_kind[size][kind]):.3f}" for size in SIZES]) for kind in BY_ANSWERS]
    show("the same by kind", kinds)
    assert flagged <= 0.02 * everybody + 2


def one_life(crowd, size, share, seed, by_kind):
    stream = with_spammers(crowd, share=share, n_labels=size, seed=seed, kinds=BY_ANSWERS)
    life, spammers = trust.live(stream, every=EVERY), stream.of(*BY_ANSWERS)
    for kind in BY_ANSWERS:
        of_kind = stream.of(kind)
        if len(of_kind):
            by_kind[kind].append(life.gave[of_kind].sum() / life.would[of_kind].sum())
    return life.gave[spammers].sum() / life.would[spammers].sum(), life.flagged != ""


def test_spammers_are_told_from_the_honest():
    rows = [("set", "mixed", "naive", "natural, own mix", "naive", "natural, commonest", "naive", "copying",
             "naive")]  # fmt: skip
    found = []
    for name, crowd in trust.crowds():
        mixed = np.mean([trust.mixed(crowd, seed) for seed in SEEDS], axis=0)
        pairs = np.mean([trust.pairs(crowd, seed) for seed in SEEDS], axis=0)
        found.append([*mixed, *trust.natural(crowd, "mix"), *trust.natural(crowd, "class"), *pairs])
        rows.append((name, *[f"{one:.3f}" for one in found[-1]]))
    rows.append(("mean", *[f"{one:.3f}" for one in np.nanmean(found, axis=0)]))
    show("area under the curve; nan: there is nobody of that kind", rows)
    assert np.nanmean(found, axis=0)[0] > 0.9


def test_going_bad_is_found():
    rows, total = [("set", "flagged", "of went bad", "flagged", "of honest")], np.zeros(4, dtype=int)
    for name, crowd in trust.crowds():
        found = np.sum([trust.went_bad(crowd, seed) for seed in SEEDS], axis=0)
        total += found
        rows.append((name, *[str(one) for one in found]))
    rows.append(("all", *[str(one) for one in total]))
    show("went bad after 200 labels", rows)
    # Two more than that may be chance in one crowd.
    assert total[2] <= 0.02 * total[3] + 2
