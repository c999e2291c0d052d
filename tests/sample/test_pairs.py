from collections import Counter

from experts.sample.data import CLASSES, load_pairs

FIELDS = {"id", "request", "offer", "slice", "group", "truth", "difficulty"}


def test_every_pair_has_all_fields_filled_in_with_known_values():
    for pair in load_pairs():
        assert set(pair) == FIELDS, pair
        assert all(isinstance(value, str) and value == value.strip() != "" for value in pair.values()), pair
        assert pair["truth"] in CLASSES, pair
        assert pair["difficulty"] in {"easy", "medium", "hard"}, pair


def test_there_are_at_least_400_pairs_and_none_is_there_twice():
    pairs = load_pairs()
    assert len(pairs) >= 400
    assert len({pair["id"] for pair in pairs}) == len(pairs)
    assert len({(pair["request"].casefold(), pair["offer"].casefold()) for pair in pairs}) == len(pairs)


def test_both_answers_are_about_equally_common():
    truths = Counter(pair["truth"] for pair in load_pairs())
    assert 0.4 <= truths["match"] / truths.total() <= 0.6


def test_hard_pairs_are_a_minority_with_both_answers_among_them():
    pairs = load_pairs()
    hard = Counter(pair["truth"] for pair in pairs if pair["difficulty"] == "hard")
    assert set(hard) == set(CLASSES)
    assert 0.08 <= hard.total() / len(pairs) <= 0.2


def test_a_request_and_its_offers_are_one_group_in_one_slice():
    pairs = load_pairs()
    families = {(pair["group"], pair["request"], pair["slice"]) for pair in pairs}
    assert len(families) == len({pair["group"] for pair in pairs}) == len({pair["request"] for pair in pairs})
