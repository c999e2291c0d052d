"""Transcription: the one spelling of a text, how alike two are, and the words that most wrote."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.schemas import edits, kind_of, transcription
from labelling.schemas.base import SchemaError
from labelling.schemas.wordings import words

TEXTS = kind_of("transcription")
TABLE = json.loads((Path(__file__).parent / "answers" / "transcription.json").read_text())
PARTS = {"several lines": TABLE, "one line": TABLE["line"]}
DEFINITIONS = {name: TEXTS.check_definition(part["definition"]) for name, part in PARTS.items()}
CLEANED = [(name, case["given"], case["becomes"]) for name, part in PARTS.items() for case in part["cleaned"]]
REFUSED = [(name, *case) for name, part in PARTS.items() for case in zip(part["invalid"], part["says"], strict=True)]
ANY = {**DEFINITIONS["several lines"], "may_be_empty": True}


def merge(*texts, weights=None, definition=ANY):
    return TEXTS.merging.merge(definition, [{"text": text} for text in texts], weights or [1.0] * len(texts))["text"]


# Few words, so that many are alike.
wordings = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", ",", "猫"]), max_size=8).map(" ".join)
weighed = st.lists(st.tuples(wordings, st.floats(0, 5, allow_nan=False)), min_size=1, max_size=6)


# --- what is valid ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "given_as", "becomes"), CLEANED)
def test_a_text_has_one_spelling(of, given_as, becomes):
    assert TEXTS.check_answer(DEFINITIONS[of], given_as, None) == becomes
    assert TEXTS.check_answer(DEFINITIONS[of], becomes, None) == becomes


@pytest.mark.parametrize(("of", "answer", "says"), REFUSED, ids=range(len(REFUSED)))
def test_a_bad_answer_is_refused_with_the_field_at_fault(of, answer, says):
    with pytest.raises(SchemaError) as refused:
        TEXTS.check_answer(DEFINITIONS[of], answer, None)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize("multiline", [True, False])
def test_long_runs_of_blanks_take_no_time(multiline):
    cleaned = transcription.cleaned({"multiline": multiline}, (" " * 300_000 + "x") * 2)
    assert cleaned == "x" + " " * 300_000 + "x"


def test_a_text_far_beyond_the_longest_is_refused_before_it_is_read():
    with pytest.raises(SchemaError, match=r"answer\.text: has 100,?001 characters"):
        TEXTS.check_answer(ANY, {"text": "a" + "\u0301\u0316" * 50_000}, None)


@given(st.text(max_size=30), st.booleans())
def test_a_cleaned_text_stays_as_it_is(text, multiline):
    definition = {**ANY, "multiline": multiline}
    try:
        once = TEXTS.check_answer(definition, {"text": text}, None)
    except SchemaError as refused:
        assert "can't be written" in str(refused)
        return
    assert TEXTS.check_answer(definition, once, None) == once
    assert multiline or "\n" not in once["text"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"source": ""}, "source: must be text"),
        ({"max_length": 0}, "max_length: must be a whole number from 1 to 10000"),
        ({"max_length": 1.5}, "max_length: must be a whole number"),
        ({"multiline": "yes"}, "multiline: must be true or false"),
        ({"spellcheck": 1}, "spellcheck: must be true or false"),
        ({"input": {"kind": "text_pair", "fields": ["a", "b"]}}, "input.kind: must be one of text, image"),
        ({"audio": "sound"}, "audio: is not known"),
    ],
)
def test_a_definition_that_is_not_valid_is_refused_with_the_field_at_fault(changes, says):
    with pytest.raises(SchemaError, match=says):
        TEXTS.check_definition({**TEXTS.example, **changes})


def test_labellers_are_sent_what_is_shown_and_what_is_to_be_corrected():
    assert TEXTS.fields(DEFINITIONS["one line"]) == ["text", "read"]
    assert TEXTS.fields(DEFINITIONS["several lines"]) == ["photo"]
    assert TEXTS.fields(TEXTS.check_definition(TEXTS.example)) == ["text"]


def test_a_long_text_is_described_by_its_beginning_and_exported_whole():
    answer = {"text": "one\ntwo " * 40}
    assert TEXTS.describe(ANY, answer) == ("one two " * 40)[:79] + "…"
    assert TEXTS.exported(ANY, answer) == answer["text"]


# --- likeness --------------------------------------------------------------------------------------------------------


def plain_distance(one, other, move=1, change=1):
    """Wagner and Fischer's table, cell by cell."""
    row = [move * j for j in range(len(other) + 1)]
    for i, mine in enumerate(one, 1):
        before, row = row, [move * i]
        for j, theirs in enumerate(other, 1):
            row.append(min(before[j] + move, row[j - 1] + move, before[j - 1] + change * (mine != theirs)))
    return row[-1]


few_letters = st.text("abc", max_size=80)


@given(few_letters, few_letters)
def test_distances_and_alignments_are_as_cheap_as_a_plain_table_says(one, other):
    assert edits.distance(one, other) == edits.distance(other, one) == plain_distance(one, other)
    way = edits.align(one, other)
    assert [i for i, _ in way if i is not None] == list(range(len(one)))
    assert [j for _, j in way if j is not None] == list(range(len(other)))
    costs = [3 if i is None or j is None else 4 * (one[i] != other[j]) for i, j in way]
    assert sum(costs) == plain_distance(one, other, 3, 4)


def test_sequences_that_are_too_long_are_not_aligned():
    with pytest.raises(edits.TooLong):
        edits.align("a" * 5000, "b" * 5000)
    assert len(edits.align("a" * 5000 + "b", "a" * 5000 + "c")) == 5001


@given(few_letters, few_letters)
def test_likeness_is_one_less_the_share_of_characters_that_differ(one, other):
    found = TEXTS.merging.likeness(ANY, {"text": one}, {"text": other})
    assert found == TEXTS.merging.likeness(ANY, {"text": other}, {"text": one})
    assert 0 <= found <= 1 and (found == 1) == (one == other)
    assert found == pytest.approx(1 - plain_distance(one, other) / max(len(one), len(other), 1))


def test_two_texts_say_the_same_while_one_character_in_fifty_differs():
    text = "x" * 50
    assert TEXTS.same(ANY, {"text": text}, {"text": text[:-1] + "y"})
    assert not TEXTS.same(ANY, {"text": text}, {"text": text[:-2] + "yy"})


# --- merging ---------------------------------------------------------------------------------------------------------


def test_a_text_is_cut_into_words_and_signs_where_its_script_has_them():
    cut = [(word.gap or "", word.text) for word in words("Köln,  am\nRhein 東京 don't e\u0301 ")]
    assert cut == [
        ("", "Köln"), ("", ","), ("  ", "am"), ("\n", "Rhein"), (" ", "東"), ("", "京"), (" ", "don"), ("", "'"),
        ("", "t"), (" ", "e\u0301"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "weights", "merged"),
    [
        (["the cat sat", "the cat sat", "a dog"], None, "the cat sat"),
        # Nobody is right everywhere, most are right everywhere.
        (["the cat sat on the mat", "a cat sat on the mat", "the cat sits on the mat"], None, "the cat sat on the mat"),
        (["the cat sat", "the cat sat down", "the big cat sat down"], None, "the cat sat down"),
        (["cat sat", "the cat sat on", "the cat on"], None, "the cat sat on"),
        (["a cat", "the hat", "the cap"], (1, 1, 3), "the cap"),
        (["a cat here", "the cat hero", "the bat here"], (1, 1.5, 1), "the cat here"),
        (["one\ntwo three", "one two threw", "one\ntwo tree"], (1, 1, 1.5), "one\ntwo tree"),
        (["東京は大きい", "京東は大きい", "東京は太きい"], None, "東京は大きい"),
        # Words that come to stand beside one another don't become one.
        (["the", "cat", "the the"], (2, 3.5, 3), "the cat"),
        (["a (b) c", "a b", "b c"], (1, 1, 1.5), "a b c"),
        (["", "the cat", "the cat"], None, "the cat"),
        (["", "the cat", "a hat"], (3, 1, 1), ""),
    ],
)
def test_each_word_is_the_one_with_the_greatest_weight(texts, weights, merged):
    assert merge(*texts, weights=weights) == merged


def test_a_merged_text_that_the_schema_does_not_allow_gives_way_to_the_heaviest():
    tight = {**ANY, "max_length": 11}
    assert merge("cat sat", "the cat sat on", "the cat on") == "the cat sat on"
    assert merge("cat sat", "the cat sat", "cat sat on", "the cat on", definition=tight, weights=[2, 1, 1, 1.5]) in {
        "cat sat", "the cat sat", "cat sat on", "the cat on",
    }  # fmt: skip


@given(weighed, st.randoms())
def test_the_order_of_answers_makes_no_difference(several, chance):
    other = list(several)
    chance.shuffle(other)
    found = [merge(*(text for text, _ in one), weights=[share for _, share in one]) for one in (several, other)]
    assert found[0] == found[1]
    assert TEXTS.check_answer(ANY, {"text": found[0]}, None) == {"text": found[0]}


@given(wordings, st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=5))
def test_answers_that_are_the_same_merge_into_that_answer(text, weights):
    assert merge(*[text] * len(weights), weights=weights) == text


@given(weighed)
def test_every_word_of_a_merged_text_was_written_by_somebody(several):
    merged = merge(*(text for text, _ in several), weights=[share for _, share in several])
    assert set(merged.split()) <= {word for text, _ in several for word in text.split()}
