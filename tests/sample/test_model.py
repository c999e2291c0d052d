import json

import numpy as np
import pytest

from experts.sample.data import CLASSES, load_pairs
from experts.sample.model import PASSES, accuracy, predict


@pytest.fixture(scope="module")
def pairs():
    return load_pairs()


@pytest.fixture(scope="module")
def predictions(pairs):
    return predict(pairs, seed=7)


def test_every_pair_gets_valid_probabilities_and_passes(pairs, predictions):
    assert [record["id"] for record in predictions] == [pair["id"] for pair in pairs]
    for record in predictions:
        assert set(record["probabilities"]) == set(CLASSES)
        assert sum(record["probabilities"].values()) == pytest.approx(1)
        assert len(record["passes"]) == PASSES
        assert all(0 <= p <= 1 for p in [*record["passes"], *record["probabilities"].values()])
        assert record["probabilities"]["match"] == pytest.approx(np.mean(record["passes"]), abs=1e-5)
    json.dumps(predictions, allow_nan=False)


def test_passes_disagree_and_margins_vary(predictions):
    assert np.mean([np.std(record["passes"]) for record in predictions]) > 0.02
    assert np.std([record["probabilities"]["match"] for record in predictions]) > 0.05


def test_the_same_seed_gives_the_same_predictions_and_another_does_not(pairs, predictions):
    assert predict(pairs, seed=7) == predictions
    assert predict(pairs, seed=8) != predictions


def test_out_of_fold_the_model_beats_chance_and_is_far_from_perfect(pairs, predictions):
    # Chance on 584 pairs: 0.56 is three standard errors above one half.
    assert 0.56 < accuracy(pairs, predictions) < 0.9


def test_with_shuffled_truth_the_model_knows_nothing(pairs):
    truths = np.random.default_rng(3).permutation([pair["truth"] for pair in pairs])
    shuffled = [{**pair, "truth": str(truth)} for pair, truth in zip(pairs, truths, strict=True)]
    assert abs(accuracy(shuffled, predict(shuffled, seed=7)) - 0.5) < 0.08


def test_truth_and_difficulty_never_leave_in_a_record(predictions):
    for record in predictions:
        assert set(record["payload"]) == {"request", "offer"}
        assert not {"truth", "difficulty"} & set(record)


def test_a_pair_s_own_truth_does_not_move_its_own_prediction(pairs, predictions):
    group = pairs[0]["group"]
    other = {"match": "no match", "no match": "match"}
    flipped = [{**pair, "truth": other[pair["truth"]]} if pair["group"] == group else pair for pair in pairs]
    assert predict(flipped, seed=7)[0] == predictions[0]


def test_a_single_group_is_refused_with_the_reason(pairs):
    with pytest.raises(ValueError, match="at least two"):
        predict([pair for pair in pairs if pair["group"] == pairs[0]["group"]], seed=7)
