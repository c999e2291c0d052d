"""Preference, multiple choice, rating and ranking: what their definitions may say, and how answers are put together."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from labelling.schemas import SchemaError, candidates, kind_of, multiple_choice, preference, ranking
from labelling.stats.agreement.distances import distance

CHOICES = multiple_choice.check_definition({**multiple_choice.EXAMPLE, "choices": list("abcde"), "maximum": 4})
SETS = st.sets(st.sampled_from("abcde"), max_size=4).map(lambda names: {"choices": sorted(names)})
WEIGHTS = st.floats(0, 5, allow_nan=False)


def orders(n):
    return st.permutations(range(n)).map(lambda order: {"order": list(order)})


MERGING = {
    "multiple_choice": (CHOICES, SETS),
    "ranking": (ranking.EXAMPLE, orders(4)),
}


@pytest.mark.parametrize("name", MERGING)
@given(data=st.data())
def test_answers_add_up_to_the_same_in_whatever_order_they_come(name, data):
    kind, (definition, answers) = kind_of(name), MERGING[name]
    given_ = data.draw(st.lists(st.tuples(answers, WEIGHTS), min_size=1, max_size=6))
    shuffled = data.draw(st.permutations(given_))
    merged = [kind.merging.merge(definition, *zip(*pairs, strict=True)) for pairs in (given_, shuffled)]
    assert merged[0] == merged[1]
    assert kind.check_answer(definition, merged[0], None) == merged[0]


@pytest.mark.parametrize("name", MERGING)
@given(data=st.data())
def test_equal_answers_add_up_to_that_answer(name, data):
    kind, (definition, answers) = kind_of(name), MERGING[name]
    answer, weights = data.draw(answers), data.draw(st.lists(WEIGHTS, min_size=1, max_size=5))
    assert kind.merging.merge(definition, [answer] * len(weights), weights) == answer


@pytest.mark.parametrize("name", MERGING)
@given(data=st.data())
def test_likeness_is_symmetric_and_one_for_the_same_alone(name, data):
    kind, (definition, answers) = kind_of(name), MERGING[name]
    one, other = data.draw(answers), data.draw(answers)
    alike = kind.merging.likeness(definition, one, other)
    assert alike == kind.merging.likeness(definition, other, one)
    assert 0 <= alike <= 1
    assert (alike == 1) == (one == other)


@given(SETS, SETS)
def test_sets_are_as_far_apart_as_masi_has_it(one, other):
    bits = [sum(1 << "abcde".index(name) for name in answer["choices"]) for answer in (one, other)]
    domain = np.array(bits, dtype=np.uint64)[:, None]
    apart = distance("masi", domain, np.ones(2), np.array([0]), np.array([1]))[0]
    assert multiple_choice.likeness(CHOICES, one, other) == pytest.approx(1 - apart)


def test_a_class_needs_more_than_half_of_the_weight_within_what_is_allowed():
    given_ = [{"choices": ["a", "b"]}, {"choices": ["a", "c"]}, {"choices": ["b", "c", "d"]}]
    assert multiple_choice.merge(CHOICES, given_, [1, 1, 1]) == {"choices": ["a", "b", "c"]}
    assert multiple_choice.merge(CHOICES, given_, [1, 1, 5]) == {"choices": ["b", "c", "d"]}
    assert multiple_choice.merge({**CHOICES, "maximum": 2}, given_, [1, 1, 1]) == {"choices": ["a", "b"]}
    apart = [{"choices": ["a"]}, {"choices": ["b"]}, {"choices": ["c"]}]
    assert multiple_choice.merge({**CHOICES, "minimum": 1}, apart, [1, 1.5, 1]) == {"choices": ["b"]}
    assert multiple_choice.merge(CHOICES, apart, [1, 1, 1]) == {"choices": []}


def test_choices_are_kept_in_the_order_of_the_definition():
    assert multiple_choice.check_answer(CHOICES, {"choices": ["d", "a"]}) == {"choices": ["a", "d"]}


@given(st.integers(2, 8).flatmap(lambda n: st.tuples(orders(n), orders(n))))
def test_orders_are_as_alike_as_kendalls_tau_has_it(pair):
    one, other = (np.argsort(answer["order"]) for answer in pair)
    tau = kendalltau(one, other).statistic
    assert ranking.likeness({}, *pair) == pytest.approx((1 + tau) / 2)


@given(st.lists(st.tuples(orders(5), st.floats(0.1, 5)), min_size=1, max_size=5))
def test_no_order_is_nearer_to_all_than_the_merged_one(given_):
    merged = ranking.merge({}, *zip(*given_, strict=True))

    def cost(order):
        return sum(weight * (1 - ranking.likeness({}, {"order": list(order)}, answer)) for answer, weight in given_)

    assert cost(merged["order"]) == pytest.approx(min(map(cost, itertools.permutations(range(5)))))


def test_orders_of_another_number_of_candidates_have_no_part_in_what_is_merged():
    given_ = [{"order": [0, 1]}, {"order": [2, 0, 1]}, {"order": [2, 0, 1]}, {"order": [1, 0]}, {"order": [2, 0, 1]}]
    for some in itertools.permutations(given_):
        assert ranking.merge({}, some, [1.0, 1.0, 1.0, 9.0, 1.0]) == {"order": [2, 0, 1]}


def test_candidates_lie_in_a_list_or_in_a_field_each():
    listed = preference.check_definition(preference.EXAMPLE)
    payload = {"prompt": "Why?", "answers": ["So.", "Because."], "models": ["m1", "m2"]}
    assert candidates.candidates_of(listed, payload) == ["So.", "Because."]
    assert candidates.authors_of(listed, payload) == ["m1", "m2"]
    assert candidates.authors_of(listed, payload | {"models": ["m1"]}) is None
    pair = {"question": "Which?", "input": {"kind": "text_pair", "fields": ["a", "b"]}, "authors": ["by_a", "by_b"]}
    apart = preference.check_definition(pair)
    assert apart["candidates"] == ["a", "b"]
    assert candidates.candidates_of(apart, {"a": "So.", "b": "No."}) == ["So.", "No."]
    assert candidates.authors_of(apart, {"a": "So.", "b": "No.", "by_a": "m1", "by_b": "m2"}) == ["m1", "m2"]


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("preference", {"candidates": "models"}, "candidates: must be one of the fields that are shown"),
        ("preference", {"authors": "prompt"}, "authors: must not be among the fields that are shown"),
        ("preference", {"authors": ["a", "b"]}, "authors: must be the field"),
        ("preference", {"ties": ["draw"]}, "ties: must be a list of some of tie, both_good, both_bad"),
        ("preference", {"ties": ["tie", "tie"]}, "ties: "),
        ("preference", {"reasons": {"tags": ["a", "a"]}}, "reasons.tags: names one twice"),
        ("preference", {"input": {"kind": "image", "fields": ["a"]}}, "input.kind: must be one of texts, text_pair"),
        ("preference", {"tie": True}, "tie: is not known"),
        ("ranking", {"candidates": ["prompt"]}, "candidates: "),
        ("multiple_choice", {"minimum": 4}, "minimum: must be a whole number from 0 to 3"),
        ("multiple_choice", {"minimum": 2, "maximum": 1}, "maximum: must be a whole number from 2 to 3"),
        ("multiple_choice", {"maximum": 0}, "maximum: must be a whole number from 1 to 3"),
        ("rating", {"scale": {"low": 1, "high": 1}}, "scale.high: must be a whole number from 2 to 11"),
        ("rating", {"scale": {"low": 0, "high": 5, "look": "stars"}}, "scale.look: stars are counted from 1"),
        ("rating", {"scale": {"low": 1, "high": 5, "step": 2}}, "scale: must be an object with"),
    ],
)  # fmt: skip
def test_a_definition_that_can_not_be_used_says_what_is_wrong(name, changed, said):
    kind = kind_of(name)
    with pytest.raises(SchemaError, match=f"^{said}"):
        kind.check_definition({**kind.example, **changed})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["a"], "payload.answers: must hold 2 to 10 candidates"),
        (["a"] * 11, "payload.answers: must hold 2 to 10 candidates"),
        ("a", "payload.answers: must hold"),
        (["a", " "], r"payload.answers\[1\]: is empty"),
    ],
)
def test_candidates_that_can_not_be_compared_are_named(answers, said):
    with pytest.raises(SchemaError, match=said):
        ranking.check_payload(ranking.EXAMPLE, {"prompt": "Why?", "answers": answers})
