"""Flags: spammers are found soon, honest labellers of all sorts hardly ever, however often one looks."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings

from labelling.stats.trust import flags, sequential, skill
from tests.stats.crowds import any_labels
from tests.stats.spammers import HONEST, going_bad, honest_stream, with_spammers

BY_ANSWERS = ("random", "constant", "prior", "adversarial")


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_claim_is_a_fair_bet_against_honest_labellers(n_classes, monkeypatch):
    # All sequences of answers there are, one a worker: weighed by their chance under the null hypothesis, the evidence
    # of every claim averages to exactly 1, so that Ville's inequality holds.
    monkeypatch.setattr(sequential, "SETTLED", 2)
    n = {2: 8, 3: 5}[n_classes]
    answers = np.array(list(itertools.product(range(n_classes), repeat=n)))
    likely = np.random.default_rng(0).dirichlet(np.ones(n_classes), n)
    workers = np.repeat(np.arange(len(answers)), n)
    labels, backed = answers.ravel(), likely[np.arange(n), answers].ravel()
    mix = np.random.default_rng(1).dirichlet(np.ones(n_classes))
    by_turn = sequential.turns(workers, len(answers))
    said = sequential.claims(by_turn, workers, labels, mix)
    honest = sequential.honestly(by_turn, backed[by_turn.order], said.guessed, skill.HONEST / skill.HONEST.sum())
    chance = np.exp(np.bincount(workers[by_turn.order], weights=honest))
    assert chance.sum() == pytest.approx(1)
    each = sequential.evidence(by_turn, backed[by_turn.order], said, honest, n_classes)[:, by_turn.starts[-2] :]
    weighed = np.exp(each) * chance[by_turn.ranked]
    assert weighed.sum(axis=1) == pytest.approx(np.ones(len(sequential.KINDS)))
    assert (np.exp(sequential.whole(each)) * chance[by_turn.ranked]).sum() == pytest.approx(1)


def test_weak_confused_learning_and_biased_labellers_are_hardly_ever_flagged():
    streams = [honest_stream(seed, n_items=900, n_workers=90, n_classes=2 + seed % 4) for seed in range(4)]
    flagged = [flag.worker for stream in streams for flag in flags.review(*stream.arrays)]
    assert len(flagged) <= 0.01 * sum(len(stream.kinds) for stream in streams)


def test_looking_again_and_again_flags_no_more_honest_labellers():
    streams = [honest_stream(seed, n_items=600, n_classes=2 + seed % 2) for seed in (10, 11)]
    ever = set()
    for at, stream in enumerate(streams):
        for n in range(300, len(stream.items) + 1, 300):
            ever |= {(at, flag.worker) for flag in flags.review(*stream.first(n).arrays)}
    assert len(ever) <= 0.01 * sum(len(stream.kinds) for stream in streams)


def test_spammers_are_flagged_by_their_kind_long_before_they_have_given_all_they_would():
    stream = with_spammers(honest_stream(3, n_items=1200), share=0.2, n_labels=300, seed=3, kinds=BY_ANSWERS)
    found = {flag.worker: flag for flag in flags.review(*stream.arrays)}
    spammers = stream.of(*BY_ANSWERS)
    bought = [found[worker].at if worker in found else 300 for worker in spammers]
    assert np.mean(bought) < 0.15 * 300
    named = {worker: found[worker].kind for worker in spammers}
    assert {named[worker] for worker in stream.of("constant")} == {"constant"}
    assert {named[worker] for worker in stream.of("random", "prior")} <= {"random", "prior"}
    assert [named[worker] for worker in stream.of("adversarial")].count("adversarial") >= 2
    assert not set(found) & set(stream.of(*HONEST))


def test_a_copier_is_flagged_with_whom_they_copy_and_not_the_one_who_is_copied():
    stream = with_spammers(
        honest_stream(5, n_items=1500, n_workers=40), share=0.05, n_labels=150, seed=5, kinds=("copying",), copied=0.95
    )
    found = {flag.worker: flag for flag in flags.review(*stream.arrays)}
    for copier in stream.of("copying"):
        assert found[copier].kind == "copying"
        assert found[copier].figures["partner"] == stream.partner[copier]
    assert set(found) == set(stream.of("copying"))


def test_who_goes_bad_after_200_labels_is_flagged_after_them():
    honest = honest_stream(7, n_items=4000, n_workers=45)
    stream = going_bad(honest, at=200, workers=[0, 2, 4, 6], seed=7)
    found = {flag.worker: flag for flag in flags.review(*stream.arrays)}
    assert set(found) == {0, 2, 4, 6}
    for worker in (0, 2, 4, 6):
        assert found[worker].kind == "went_bad"
        assert found[worker].at > 200
        assert 170 <= found[worker].since <= 230


def test_gold_convicts_sooner_than_the_others_do():
    stream = with_spammers(honest_stream(9, n_items=600), share=0.1, n_labels=100, seed=9, kinds=("random",))
    at = [{flag.worker: flag.at for flag in flags.review(*stream.arrays, gold)}
          for gold in (None, stream.truth)]  # fmt: skip
    spammers = stream.of("random")
    assert np.mean([at[1][one] for one in spammers]) < np.mean([at[0].get(one, 100) for one in spammers])


def test_a_flag_once_raised_is_not_taken_back_by_better_answers():
    stream = with_spammers(honest_stream(2, n_items=1200), share=0.05, n_labels=600, seed=2, kinds=("random",))
    spammer = stream.of("random")[0]
    mine = np.flatnonzero(stream.workers == spammer)
    labels = stream.labels.copy()
    labels[mine[200:]] = stream.truth[stream.items[mine[200:]]]
    found = {flag.worker: flag for flag in flags.review(stream.items, stream.workers, labels, stream.n_classes)}
    assert found[spammer].at < 200


def test_evidence_is_told_in_plain_words_with_the_names_of_classes_and_labellers():
    path = {"path": [[1, 0.1]]}
    shared = {"n": 120, "agreed": 0.96, "chance": 0.7, "partner": 1} | path
    copied = flags.words(flags.Flag(0, "copying", math.log(5000), 4.0, 90, 0, shared), names=["Ada", "Bo"])
    assert copied == (
        "On 120 items that Bo had labelled before, 96% of the answers are the same; skill and the items explain 70%. "
        "At its clearest, that was 5,000 times likelier than from an honest labeller of this project."
    )
    figures = {"n": 50, "n_before": 200, "agreed": 0.5, "chance": 0.5, "commonest": 1, "commonest_share": 0.9,
               "agreed_before": 0.8, "usual": 0.8}  # fmt: skip
    told = {kind: flags.words(flags.Flag(0, kind, 5.0, 4.0, 9, 0, figures | path), classes=["cat", "dog"])
            for kind in sequential.KINDS}  # fmt: skip
    assert told["constant"].startswith("90% of 50 answers are “dog”, whatever the item")
    assert told["went_bad"].startswith("Of the first 200 answers 80% agree with what others make likely, of the 50 ")
    assert "as if given at random: guessing gives 50%, other labellers here reach 80%" in told["random"]
    assert "fewer than the 50% that guessing gives" in told["adversarial"]
    assert len(set(told.values())) == len(sequential.KINDS)


@settings(max_examples=40, deadline=None)
@given(any_labels(max_classes=3))
def test_any_labels_are_reviewed_and_figures_are_json(labels):
    for flag in flags.review(*labels, alpha=0.5):
        assert flag.log_evidence >= flag.enough > 0
        assert json.loads(json.dumps(flag.figures)) == flag.figures
        assert flags.words(flag)


def test_paths_are_thinned_to_200_points_and_keep_the_highest_and_the_last():
    path = np.sin(np.arange(5000) / 700)
    told = flags.thinned(np.arange(1, 5001), path)
    assert len(told) <= 200
    assert [int(path.argmax()) + 1, round(float(path.max()), 3)] in told
    assert told[-1][0] == 5000


def test_nobody_is_flagged_where_most_would_be_and_gold_puts_it_right():
    # Eight labellers who avoid the truth give most of the labels: the fit takes their side against twenty honest ones.
    random = np.random.default_rng(4)
    truth = random.integers(0, 2, 400)
    items = np.concatenate([np.repeat(np.arange(400), 2), np.tile(np.arange(400), 8)])
    who = np.concatenate([random.integers(0, 20, 800), np.repeat(np.arange(20, 28), 400)])
    order = random.permutation(len(items))
    items, who = items[order], who[order]
    right = random.random(len(items)) < np.where(who < 20, 0.85, 0.15)
    labels = np.where(right, truth[items], 1 - truth[items])
    assert flags.review(items, who, labels, 2) == []
    known = np.where(np.arange(400) < 60, truth, -1)
    assert {flag.worker for flag in flags.review(items, who, labels, 2, known)} == set(range(20, 28))


def test_an_alpha_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1, not 0"):
        flags.review([0], [0], [0], 2, alpha=0)
