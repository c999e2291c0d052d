"""How many labels are still to come: the interval holds the truth as often as it says."""

import numpy as np
import pytest

from labelling.stats import stopping
from labelling.stats.forecast import Group, Past, outlook
from tests.stats.streams import MAXIMUM, simulated_stream

POLICY = {"minimum": 2, "maximum": MAXIMUM, "stop_confidence": 0.95, "contest_below": 0.85}
NOTHING = Past(*np.zeros((3, MAXIMUM + 1), dtype=int))


def ends(stream):
    """Of each simulated item: labels when it ends (n,) and whether it is contested (n,)."""
    top, at = stream.posterior.max(axis=2), []
    for item in top:
        verdicts = (stopping.decide([p], n, **POLICY) for n, p in enumerate(item, start=1))
        at.append(next((n, verdict == "contest") for n, verdict in enumerate(verdicts, start=1) if verdict != "more"))
    n_labels, contested = zip(*at, strict=True)
    return np.array(n_labels), np.array(contested)


def seen(n_labels, contested, n_done):
    """What was decided of items when they have n_done labels each."""
    judged, ended, to_experts = np.zeros((3, MAXIMUM + 1), dtype=int)
    for last, expert, done in zip(n_labels, contested, n_done, strict=True):
        judged[2 : min(last, done) + 1] += 1
        ended[last] += done == last
        to_experts[last] += expert and done == last
    return Past(judged, ended, to_experts)


def test_on_simulated_projects_the_interval_holds_the_truth_nine_times_in_ten():
    """Every project is cut off somewhere: some items are settled, some have labels, some have none."""
    random, n_projects, n_items = np.random.default_rng(2), 100, 250
    n_labels, contested = ends(simulated_stream(5, n_items=n_projects * n_items, accuracy=(0.5, 0.9)))
    held = {"labels": 0, "decisions": 0}
    for number in range(n_projects):
        part = slice(number * n_items, (number + 1) * n_items)
        last, expert = n_labels[part], contested[part]
        done = np.minimum(random.integers(0, random.integers(2, 12), n_items), last)
        open_at = (done < last).nonzero()[0]
        groups = [Group(n=1, n_done=int(done[at]), target=max(2, int(done[at]) + 1), early=True) for at in open_at]
        found = outlook(seen(last, expert, done), _together(groups), first=2, seed=number, draws=400)
        truth = {"labels": (last - done).sum(), "decisions": expert[open_at].sum()}
        for name, value in truth.items():
            interval = getattr(found, name)
            held[name] += interval.low <= value <= interval.high
    assert 0.84 <= held["labels"] / n_projects <= 0.97
    # Decisions are few, and an interval between whole numbers holds more than it must.
    assert held["decisions"] / n_projects >= 0.84


def _together(groups):
    alike = {(group.n_done, group.target) for group in groups}
    return [
        Group(n=sum((one.n_done, one.target) == key for one in groups), n_done=key[0], target=key[1])
        for key in sorted(alike)
    ]


def test_a_new_project_has_a_wide_interval_and_history_narrows_it():
    fresh = [Group(n=1000, n_done=0, target=2)]
    new = outlook(NOTHING, fresh, first=2, seed=1)
    assert 2000 <= new.labels.low < 0.75 * new.labels.value < new.labels.value < new.labels.high / 1.2
    half = np.array([0, 0, 800, 400, 200, 100, 50, 25, 12])
    known = outlook(Past(half, np.append(half[:-1] // 2, 12), np.zeros(9, dtype=int)), fresh, first=2, seed=1)
    assert known.labels.high - known.labels.low < (new.labels.high - new.labels.low) / 5
    assert known.labels.value == pytest.approx(2984, rel=0.03)


def test_items_that_go_to_the_maximum_are_counted_and_not_guessed():
    groups = [Group(n=10, n_done=3, target=MAXIMUM, early=False), Group(n=4, n_done=0, target=2, early=False)]
    labels = outlook(NOTHING, groups, first=2, seed=1).labels
    assert (labels.low, labels.value, labels.high) == (10 * 5 + 4 * MAXIMUM,) * 3


def test_an_item_that_waits_for_a_fit_needs_no_label_to_be_judged():
    always = np.array([0, 0, 10**6, 0, 0, 0, 0, 0, 0])
    found = outlook(Past(always, always, 0 * always), [Group(n=50, n_done=2, target=2)], first=2, seed=1)
    assert found.labels.value == 0


def test_decisions_are_those_that_wait_those_of_audits_and_those_still_to_be_contested():
    never = np.array([0, 0, 10**6, 0, 0, 0, 0, 0, 0])
    groups = [Group(n=100, n_done=0, target=2), Group(n=7, n_done=0, target=2, audited=True)]
    found = outlook(Past(never, never, 0 * never), groups, first=2, seed=1, waiting=5)
    assert found.decisions.value == 12


def test_cost_is_labels_and_decisions_at_their_prices_with_gold_among_the_labels():
    always = np.array([0, 0, 10**6, 0, 0, 0, 0, 0, 0])
    found = outlook(
        Past(always, always, 0 * always), [Group(n=95, n_done=0, target=2)], first=2, seed=1, waiting=2,
        gold_share=0.05, price_label=3, price_decision=10,
    )  # fmt: skip
    assert found.labels.value == pytest.approx(200)
    assert found.cost.value == pytest.approx(200 * 3 + 2 * 10)


def test_the_same_seed_gives_the_same_outlook_and_shares_are_checked():
    groups = [Group(n=100, n_done=0, target=2)]
    assert outlook(NOTHING, groups, first=2, seed=3) == outlook(NOTHING, groups, first=2, seed=3)
    assert outlook(NOTHING, groups, first=2, seed=3) != outlook(NOTHING, groups, first=2, seed=4)
    with pytest.raises(ValueError, match="shares"):
        outlook(NOTHING, groups, first=2, seed=3, gold_share=1.0)


def test_nothing_open_needs_nothing():
    found = outlook(NOTHING, [], first=2, seed=1)
    assert (found.labels.high, found.decisions.high, found.cost.high) == (0, 0, 0)


def test_where_a_price_steers_the_average_the_interval_reaches_from_now_to_what_is_wanted():
    """Items take three labels now, and 2.5 are wanted: of a thousand, 3000 to 2500 labels."""
    half = np.array([0, 0, 8000, 4000, 2000, 1000, 500, 250, 125])
    past = Past(half, np.append(half[:-1] // 2, 125), np.zeros(9, dtype=int))
    groups = [Group(n=1000, n_done=0, target=2)]
    steered = outlook(past, groups, first=2, seed=1, wanted=2.5).labels
    assert 2430 <= steered.low < 2560 < steered.value < 2800 < steered.high <= 3050
    there = outlook(past, groups, first=2, seed=1, wanted=2.98).labels
    assert there.value == pytest.approx(outlook(past, groups, first=2, seed=1).labels.value, rel=0.01)
