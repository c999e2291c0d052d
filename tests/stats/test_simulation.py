"""Simulations keep to their budgets, decide without the truth, and say what they did."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from labelling.stats.lookahead import Expert, Lookahead, places
from labelling.stats.refusing import refused
from labelling.stats.simulation import Crowd, Options, compare
from labelling.stats.simulation.adaptive import adaptive
from labelling.stats.simulation.advice import recommend
from labelling.stats.simulation.compare import _gold
from labelling.stats.simulation.crowd import credit

NONE = np.full(150, -1)


def made_up(seed: int = 0, n_items: int = 150, n_workers: int = 12, k: int = 3) -> Crowd:
    """Six labels an item from workers of whom every third guesses."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n_items)
    workers = np.concatenate([rng.choice(n_workers, 6, replace=False) for _ in range(n_items)])
    items = np.repeat(np.arange(n_items), 6)
    right = rng.random(len(items)) < np.where(workers % 3 == 0, 1 / k, 0.8)
    labels = np.where(right, truth[items], (truth[items] + rng.integers(1, k, len(items))) % k)
    return Crowd(items, workers, labels, truth, n_workers, k)


@pytest.fixture(scope="module")
def result():
    return compare(made_up(), Options(seeds=2, costs=(1.0, 2.5), names=("1", "2.5")))


def test_every_policy_is_there_with_its_figures(result):
    names = [row["policy"] for row in result["policies"]]
    fixed = [f"fixed-{n}-{how}" for n in (1, 2, 3, 5) for how in ("majority", "inferred")]
    assert names == [*fixed, "adaptive@1", "adaptive@2.5"]
    for row in result["policies"]:
        low, high = row["interval"]
        assert 0 <= low <= row["accuracy"] <= high <= 1
        assert row["cost"] == pytest.approx(row["labels"] + 5 * row["escalated"])
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("cost", [1.0, 1.4, 2.0, 2.5, 4.0])
def test_no_adaptive_policy_costs_more_than_it_may(cost):
    crowd = made_up(1)
    for gold in (0, 5):
        known = _gold(crowd, gold, 0)
        assert adaptive(crowd, known, 0, cost, Expert()).cost <= cost + 1e-9


def test_what_is_bought_and_escalated_does_not_depend_on_truth_that_nobody_was_told():
    crowd = made_up(2)
    gold = _gold(crowd, 10, 3)
    at = np.flatnonzero(gold < 0)
    other = crowd.truth.copy()
    other[at] = np.random.default_rng(9).permutation(other[at])
    before = adaptive(crowd, gold, 3, 2.5, Expert(5.0, 0.85))
    after = adaptive(replace(crowd, truth=other), gold, 3, 2.5, Expert(5.0, 0.85))
    assert np.array_equal(before.bought, after.bought)
    assert len(before.escalated) > 0
    assert np.array_equal(before.escalated, after.escalated)


def test_spending_where_it_tells_is_as_right_as_five_labels_with_majority_for_half_the_labels(result):
    rows = {row["policy"]: row for row in result["policies"]}
    assert rows["adaptive@2.5"]["accuracy"] >= rows["fixed-5-majority"]["accuracy"]


def test_the_cheapest_policy_is_recommended_that_keeps_nearly_all_that_five_labels_give():
    figures = {"fixed-5-majority": (0.8, 5.0), "fixed-5-inferred": (0.9, 5.0), "adaptive@2": (0.87, 2.0),
               "adaptive@2.6": (0.885, 2.6), "adaptive@3": (0.95, 3.0)}  # fmt: skip
    rows = [
        {"policy": name, "accuracy": accuracy, "cost": cost, "escalated": 0.0}
        for name, (accuracy, cost) in figures.items()
    ]
    found = recommend(rows)
    assert found["policy"] == "adaptive@2.6"
    assert found["words"].startswith("adaptive@2.6: 111% of five labels' accuracy")
    assert "at 2.6 labels an item" in found["words"]


def test_a_tie_is_right_by_its_share_and_what_is_not_known_counts_nowhere():
    posterior = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    assert credit(posterior, np.array([1, 0, -1])).tolist()[:2] == [0.5, 0.0]
    assert np.isnan(credit(posterior, np.array([1, 0, -1]))[2])


def test_an_expert_who_is_wrong_more_often_is_asked_less():
    crowd = made_up(4)
    sure, unsure = (adaptive(crowd, NONE, 0, 2.5, Expert(5.0, right)) for right in (1.0, 0.6))
    assert len(unsure.escalated) < len(sure.escalated)


def test_gold_is_paid_for_and_left_out_of_the_accuracy():
    options = Options(seeds=1, costs=(3.0,), names=("3",), gold=15)
    rows = {row["policy"]: row for row in compare(made_up(), options)["policies"]}
    assert rows["fixed-5-inferred"]["cost"] == pytest.approx(5 + 5 * 15 / 150)
    assert rows["fixed-5-majority"]["cost"] == pytest.approx(5)
    with pytest.raises(ValueError, match="leave none to compare"):
        compare(made_up(), Options(seeds=1, gold=150))


def test_a_smaller_crowd_keeps_the_items_whose_truth_is_known_and_all_their_labels():
    crowd = made_up()
    known = replace(crowd, truth=np.where(np.arange(150) % 5 == 0, crowd.truth, -1))
    part, kept = known.part(60, 1)
    assert part.n_items == 60
    assert set(np.flatnonzero(known.truth >= 0)) <= set(kept)
    assert np.bincount(part.items).tolist() == [6] * 60


def test_looking_ahead_buys_two_labels_where_no_single_one_could_change_the_answer():
    ahead = Lookahead(2, np.array([0.7]), np.array([1.0]), Expert(1000.0, 1.0))
    # One label against 0.75 leaves the likeliest class as it is; two together don't.
    items = places(np.array([[0.75, 0.25]]), np.array([0]), np.array([5]))
    alone = places(np.array([[0.75, 0.25]]), np.array([0]), np.array([1]))
    assert ahead.at(200.0).losses(items).decision() == "more"
    assert ahead.at(200.0).losses(alone).decision() == "stop"
    assert ahead.at(4.0).losses(items).decision() == "stop"


def test_the_worth_of_an_answer_spends_the_budget():
    posterior = np.random.default_rng(0).dirichlet([1, 1, 1], 500)
    items = places(posterior, np.full(500, 2), np.full(500, 4))
    ahead = Lookahead(3, np.array([0.6, 0.8]), np.array([0.5, 0.5]), Expert())
    for budget in (100.0, 600.0):
        spent = ahead.at(ahead.worth(items, budget)).losses(items).spend.sum()
        assert 0.9 * budget <= spent <= budget


def test_labellers_who_surely_say_little_are_refused_but_never_more_than_half_of_the_labels():
    good, guess = np.eye(2) * 0.8 + 0.1, np.full((2, 2), 0.5)
    confusion, prior = np.array([good, guess, guess, good]), np.array([0.5, 0.5])
    assert refused(confusion, prior, np.array([50, 20, 2, 50])).tolist() == [False, True, False, False]
    assert refused(np.array([guess] * 4), prior, np.array([50, 50, 50, 50])).sum() == 2


def test_a_person_is_refused_only_when_many_labels_say_so():
    poor, good = np.eye(2) * 0.3 + 0.35, np.eye(2) * 0.8 + 0.1
    confusion, prior = np.array([poor, poor, good]), np.array([0.5, 0.5])
    given = np.array([16, 200, 300])
    assert refused(confusion, prior, given).tolist() == [True, True, False]
    assert refused(confusion, prior, given, careful=True).tolist() == [False, True, False]


@pytest.fixture
def files(tmp_path):
    crowd = made_up(n_items=40)
    rows = zip(crowd.items, crowd.workers, crowd.labels, strict=True)
    lines = [f"i{item},w{worker},c{label}" for item, worker, label in rows]
    (tmp_path / "labels.csv").write_text("\n".join(["item,worker,label", *lines]) + "\n")
    truths = [f"i{item},c{answer}" for item, answer in enumerate(crowd.truth)]
    (tmp_path / "truth.csv").write_text("\n".join(["item,truth", *truths]) + "\n")
    return tmp_path


def simulate(folder, *options: str) -> str:
    out = io.StringIO()
    files = [str(folder / "labels.csv"), "--truth", str(folder / "truth.csv")]
    call_command("simulate", *files, "--seeds", "1", *options, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_command_prints_one_document_names_costs_as_they_were_given_and_draws(files):
    found = json.loads(simulate(files, "--cost", "2.50", "3", "--json", "--png", str(files / "curve.png")))
    assert [row["policy"] for row in found["policies"]][-2:] == ["adaptive@2.50", "adaptive@3"]
    assert (files / "curve.png").read_bytes().startswith(b"\x89PNG")
    text = simulate(files, "--cost", "2")
    assert "Recommended: " in text
    assert "fixed-5-inferred" in text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("labels.csv", "item,worker\na,b\n", "line 1: there is no column 'label'"),
        ("labels.csv", "item,worker,label\na,b,\n", "line 2: label is empty"),
        ("labels.csv", "item,worker,label\na,b,x\na,b,y\n", "line 3: b has labelled a before"),
        ("labels.csv", "item,worker,label\n", "holds no labels"),
        ("truth.csv", "item,truth\nunheard,c0\n", "holds the truth of no item"),
        ("truth.csv", "item,truth\ni0,c0\ni0,c1\n", "line 3: truth of i0 is 'c0' further up"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_field(files, name, text, said):
    (files / name).write_text(text)
    with pytest.raises(CommandError, match=said):
        simulate(files)


@pytest.mark.parametrize("options", [["--cost", "0.5"], ["--seeds", "0"], ["--gold", "-1"], ["--expert-accuracy", "2"]])
def test_a_number_out_of_range_is_refused(files, options):
    with pytest.raises(CommandError):
        simulate(files, *options)
