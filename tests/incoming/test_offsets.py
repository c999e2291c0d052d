"""Places in texts with emoji and combining marks, counted as JavaScript and as Python do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.incoming.offsets import CODE_POINTS, UTF_16, from_units, place, place_by_text, units

TEXTS = st.text(st.sampled_from("ab é́👍🏽👩‍🚒💩\u0301ñ\U0001f1e9"), min_size=1, max_size=20)


@given(TEXTS, st.data())
def test_any_span_counted_in_utf_16_comes_back_in_code_points(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    in_units = [len(text[:at].encode("utf-16-le")) // 2 for at in (start, end)]
    assert place(text, *in_units, UTF_16) == (start, end)
    assert place(text, start, end, CODE_POINTS) == (start, end)


@given(TEXTS)
def test_units_end_where_the_text_does(text):
    assert units(text)[-1] == len(text.encode("utf-16-le")) // 2


def test_the_middle_of_an_emoji_is_no_place():
    assert from_units(units("💩a"), 1) is None
    assert place("💩a", 1, 3, UTF_16) is None


def test_a_combining_mark_is_a_code_point_of_its_own():
    assert place("e\u0301a", 2, 3, UTF_16) == (2, 3)


@pytest.mark.parametrize("usual", [CODE_POINTS, UTF_16])
@pytest.mark.parametrize(("start", "end"), [(2, 6), (3, 7)])
def test_the_text_that_is_said_to_stand_there_tells_how_it_was_counted(usual, start, end):
    assert place_by_text("💩 word!", start, end, "word", usual) == (2, 6)


def test_a_span_that_covers_something_else_in_either_way_is_not_found():
    assert place_by_text("💩 word!", 4, 6, "word", CODE_POINTS) is None


def test_a_span_beyond_the_text_is_none():
    assert place("abc", 2, 4, CODE_POINTS) is None
    assert place("abc", 2, 2, CODE_POINTS) is None
