"""Boxes on an image: what may be asked and answered, how alike two answers are, what several add up to."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelling import canonical
from labelling.schemas import SchemaError, kind_of
from labelling.schemas.boxes import ALIKE, EXAMPLE, MAX_BOXES
from labelling.stats.boxes import fuse, iou, matched

TABLE = json.loads((Path(__file__).parent / "answers" / "boxes.json").read_text())
BOXES = kind_of("boxes")
DEFINITION = BOXES.check_definition({**EXAMPLE, "minimum_size": 1})
AT_LEAST_ONE = {**DEFINITION, "may_be_empty": False}
merge, likeness = BOXES.merging.merge, BOXES.merging.likeness

places = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40))
boxes = st.lists(st.tuples(st.sampled_from(["car", "bicycle"]), places), max_size=4, unique=True)
answers = boxes.map(lambda drawn: answer(*((label, *(100 * side for side in place)) for label, place in drawn)))


def answer(*drawn):
    made = [{"label": label, "x": x, "y": y, "width": width, "height": height} for label, x, y, width, height in drawn]
    return BOXES.check_answer(DEFINITION, {"boxes": made}, None)


def array(*rows):
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


# --- what is valid ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(TABLE["invalid"])))
def test_what_is_wrong_with_an_answer_is_said_of_the_same_field_as_in_the_browser(number):
    with pytest.raises(SchemaError) as told:
        BOXES.check_answer(BOXES.check_definition(TABLE["definition"]), TABLE["invalid"][number], None)
    assert str(told.value).split(": ")[0] == TABLE["at"][number]


def test_an_answer_has_one_spelling_whatever_the_order_in_which_it_was_drawn():
    drawn = answer(("car", 5, 7, 30, 30), ("bicycle", 5, 7, 30, 30), ("car", 900, 0, 20, 20))["boxes"]
    spellings = {canonical.dumps(BOXES.check_answer(DEFINITION, {"boxes": list(some)})) for some in permutations(drawn)}
    assert len(spellings) == 1
    assert [box["x"] for box in drawn] == [900, 5, 5]


def test_there_is_a_limit_to_how_many_boxes_an_image_may_have():
    drawn = [("car", number, 0, 10, 10) for number in range(MAX_BOXES + 1)]
    assert len(answer(*drawn[:-1])["boxes"]) == MAX_BOXES
    with pytest.raises(SchemaError, match=r"^answer\.boxes: must be a list of at most 200 boxes"):
        answer(*drawn)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"input": {"kind": "text", "fields": ["photo"]}}, "input.kind: must be one of image"),
        ({"labels": []}, "labels: must be a list of 1 to 200 labels"),
        ({"labels": ["car", "car"]}, "labels: the name 'car' is used twice"),
        ({"may_be_empty": 1}, "may_be_empty: must be true or false"),
        ({"minimum_size": 0}, "minimum_size: must be a whole number from 1 to 10000"),
        ({"shape": "round"}, "shape: is not known"),
    ],
)
def test_a_definition_that_is_wrong_is_refused_by_the_name_of_its_field(change, says):
    with pytest.raises(SchemaError) as told:
        BOXES.check_definition({**EXAMPLE, **change})
    assert str(told.value).startswith(says)


def test_one_label_is_enough_and_the_rest_has_a_default():
    shortest = {"question": "Where?", "input": EXAMPLE["input"], "labels": ["car"]}
    assert BOXES.check_definition(shortest) == {
        **shortest, "labels": [{"name": "car"}], "may_be_empty": True, "minimum_size": 1,
    }  # fmt: skip


def test_an_answer_is_told_by_how_many_of_what_there_are():
    drawn = answer(("car", 5, 7, 30, 30), ("bicycle", 5, 7, 30, 30), ("car", 900, 0, 20, 20))
    assert BOXES.describe(DEFINITION, drawn) == "2 Car, 1 Bicycle"
    assert BOXES.describe(DEFINITION, answer()) == "no boxes"
    assert json.loads(BOXES.exported(DEFINITION, drawn)) == drawn


# --- how alike -------------------------------------------------------------------------------------------------------


def test_the_overlap_of_two_boxes_is_what_they_share_out_of_what_they_cover():
    ours = array([0, 0, 10, 10], [20, 20, 5, 5])
    theirs = array([5, 0, 10, 10], [0, 0, 10, 10], [10, 0, 10, 10], [2, 2, 5, 4])
    assert iou(ours, theirs).tolist() == [[50 / 150, 1.0, 0.0, 20 / 100], [0.0] * 4]


def best_by_trying(overlaps):
    """The greatest sum of overlaps of any matching."""
    rows, columns = overlaps.shape
    if rows > columns:
        return best_by_trying(overlaps.T)
    return max(
        sum(overlaps[row, column] for row, column in enumerate(some)) for some in permutations(range(columns), rows)
    )


@given(st.lists(places, min_size=1, max_size=4), st.lists(places, min_size=1, max_size=4))
def test_no_other_matching_has_a_greater_sum_of_overlaps(ours, theirs):
    overlaps = iou(array(*ours), array(*theirs))
    rows, columns, found = matched(array(*ours), array(*theirs), least=0.25)
    assert len(set(rows)) == len(set(columns)) == len(rows)
    assert (found >= 0.25).all() and found.tolist() == overlaps[rows, columns].tolist()
    assert found.sum() == pytest.approx(best_by_trying(np.where(overlaps >= 0.25, overlaps, 0.0)))


def test_likeness_counts_what_is_matched_and_how_well_by_label():
    one = answer(("car", 0, 0, 1000, 1000), ("bicycle", 5000, 5000, 1000, 1000))
    # The car overlaps by 900 / 1100, the bicycle is taken for a car, and a third box is drawn.
    other = answer(("car", 100, 0, 1000, 1000), ("car", 5000, 5000, 1000, 1000), ("car", 8000, 0, 500, 500))
    assert likeness(DEFINITION, one, other) == pytest.approx(2 * (900 / 1100) / 5)
    assert likeness(DEFINITION, one, answer()) == 0
    assert likeness(DEFINITION, answer(), answer()) == 1


@given(answers, answers)
def test_likeness_is_symmetric_between_nought_and_one_and_one_for_the_same_alone(one, other):
    found = likeness(DEFINITION, one, other)
    assert found == likeness(DEFINITION, other, one)
    assert 0 <= found <= 1
    assert likeness(DEFINITION, one, one) == 1
    assert (found == 1) == (one == other)


def test_two_who_draw_with_a_steady_hand_say_the_same_and_one_who_misses_half_does_not():
    """Each side is off by 3% of the box's length, as people's are."""
    chance = np.random.default_rng(3)

    def drawn(true):
        off = np.round(chance.normal(0, 0.03, true.shape) * np.tile(true[:, 2:], 2)).astype(int)
        return answer(*(("car", *(int(side) for side in row)) for row in true + off))

    true = array([1000, 1000, 2000, 1500], [4000, 5000, 900, 2000])
    alike = [BOXES.same(DEFINITION, drawn(true), drawn(true)) for _ in range(100)]
    missed = [BOXES.same(DEFINITION, drawn(true), drawn(true[:1])) for _ in range(100)]
    assert (sum(alike), sum(missed)) >= (95, 0) and not any(missed)
    assert ALIKE == 0.7


# --- what several add up to ------------------------------------------------------------------------------------------


def test_boxes_are_the_mean_of_the_corners_by_weight_where_more_than_half_of_the_weight_drew_them():
    one = answer(("car", 1000, 1000, 2000, 1000))
    other = answer(("car", 1100, 1000, 2000, 1400), ("bicycle", 0, 0, 500, 500))
    third = answer(("bicycle", 4000, 4000, 500, 500))
    assert merge(DEFINITION, [one, other, third], [3, 1, 2]) == answer(("car", 1025, 1000, 2000, 1100))
    assert merge(DEFINITION, [one, other, third], [1, 1, 5]) == third
    assert merge(DEFINITION, [one, other, third], [1, 1, 2]) == answer()


def test_where_an_image_can_not_be_empty_the_box_with_most_weight_is_kept():
    one, other = answer(("car", 1000, 1000, 2000, 1000)), answer(("bicycle", 0, 0, 500, 500))
    assert merge(AT_LEAST_ONE, [one, other], [1, 1]) == merge(AT_LEAST_ONE, [other, one], [1, 1])
    assert merge(AT_LEAST_ONE, [one, other], [1, 2]) == other


def test_neighbours_that_one_person_drew_apart_are_not_fused():
    apart = answer(("car", 0, 0, 1000, 1000), ("car", 300, 0, 1000, 1000))
    moved = answer(("car", 20, 0, 1000, 1000), ("car", 280, 0, 1000, 1000))
    assert merge(DEFINITION, [apart, moved, apart], [1, 1, 1]) == answer(
        ("car", 7, 0, 1000, 1000), ("car", 293, 0, 1000, 1000)
    )


def test_the_first_person_has_no_more_say_in_where_a_box_is_than_others():
    """The first box overlaps the second by more than half, the third by less: who is first doesn't decide."""
    rows = [array([0, 0, 100, 100]), array([30, 0, 100, 100]), array([45, 0, 100, 100])]
    found = [fuse([rows[place] for place in order], [1.0, 1.0, 1.0]) for order in permutations(range(3))]
    assert all(support.max() >= 2 for _, support in found)


@given(st.lists(st.tuples(answers, st.sampled_from([0.0, 0.5, 1.0, 2.2])), min_size=1, max_size=4), st.randoms())
def test_answers_add_up_to_the_same_in_whatever_order_they_come(given_ones, chance):
    shuffled = given_ones[:]
    chance.shuffle(shuffled)
    merged = merge(DEFINITION, *zip(*given_ones, strict=True))
    assert merged == merge(DEFINITION, *zip(*shuffled, strict=True))
    assert BOXES.check_answer(DEFINITION, merged, None) == merged


@given(answers, st.lists(st.floats(0, 9), min_size=1, max_size=5))
def test_the_same_answer_several_times_adds_up_to_itself(one, weights):
    assert merge(DEFINITION, [one] * len(weights), weights) == one


def test_many_unsteady_hands_add_up_to_something_closer_to_the_truth_than_any_of_them():
    chance = np.random.default_rng(5)
    true = array(*([1000 + 1800 * column, 1000 + 2500 * row, 1200, 1500] for column in range(4) for row in range(3)))
    everybody = []
    for _ in range(7):
        off = np.round(chance.normal(0, 60, true.shape)).astype(int)
        seen = chance.random(len(true)) < 0.85
        everybody.append(answer(*(("car", *(int(side) for side in row)) for row in (true + off)[seen])))
    right = answer(*(("car", *(int(side) for side in row)) for row in true))
    merged = merge(DEFINITION, everybody, [1.0] * 7)
    assert likeness(DEFINITION, merged, right) > max(likeness(DEFINITION, one, right) for one in everybody)
    assert len(merged["boxes"]) == len(true)


def test_what_adds_up_to_more_boxes_than_an_answer_may_have_keeps_those_that_most_weight_drew():
    """Each box is in two of three answers; the first two answers count more, so what they share is kept."""
    thirds = [[(40 * (n % 20) + 800 * part, 40 * (n // 20), 20, 20) for n in range(100)] for part in range(3)]
    everybody = [
        answer(*(("car", *box) for box in thirds[one] + thirds[other])) for one, other in ((0, 1), (0, 2), (1, 2))
    ]
    merged = merge(DEFINITION, everybody, [1.2, 1.1, 1.0])
    assert len(merged["boxes"]) == MAX_BOXES
    assert BOXES.check_answer(DEFINITION, merged, None) == merged
    assert all(box["x"] < 1600 for box in merged["boxes"])


@example([(1002, 0.7), (1005, 0.7)])
@given(st.lists(st.tuples(st.integers(1000, 1005), st.sampled_from([0.1, 0.3, 0.7])), min_size=2, max_size=6))
def test_what_adds_up_is_never_smaller_than_the_smallest_that_may_be_drawn(places):
    definition = {**DEFINITION, "minimum_size": 51}
    drawn = [answer(("car", x, 1000, 51, 51)) for x, _ in places]
    merged = merge(definition, drawn, [weight for _, weight in places])
    assert BOXES.check_answer(definition, merged, None) == merged
