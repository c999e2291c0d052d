"""Exact duplicates and leaks, against plain Python."""

import hashlib
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.schemas.shown_text import shown_text, shown_texts
from labelling.stats.duplicates import digests, first_rows, leaking, normal_text, repeated, splits_of_groups


@given(st.text())
def test_normal_text_is_nfkc_without_case_and_runs_of_white_space(text):
    plain = "".join(one for one in text if unicodedata.category(one) not in ("Cf", "Mn"))
    assert normal_text(plain) == " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def test_normal_text_is_without_unseen_characters():
    assert normal_text("\ufeffCo\u00adop\u200b \u202atext\u202c\u2060 ❤\ufe0f") == "coop text ❤"


def test_a_digest_is_half_of_sha_256():
    assert bytes(digests(["Straße"])[0]) == hashlib.sha256("Straße".encode()).digest()[:16]
    assert digests([]).shape == (0, 16)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"])))
def test_every_row_knows_the_first_of_its_text(texts):
    first = first_rows(digests(texts))
    assert first.tolist() == [texts.index(text) for text in texts]
    assert repeated(first).tolist() == [row for row, text in enumerate(texts) if texts.index(text) != row]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 2))))
def test_rows_at_fault_are_those_whose_text_is_in_both_splits(rows):
    texts, splits = [text for text, _ in rows], [split for _, split in rows]
    groups = first_rows(digests(texts))
    of = [{other for text, other in rows if text == mine} for mine in texts]
    assert splits_of_groups(groups, splits).tolist() == [sum(1 << code for code in codes) for codes in of]
    expected = [row for row, codes in enumerate(of) if {0, 2} <= codes and splits[row] in (0, 2)]
    assert leaking(groups, splits, 0, 2).tolist() == expected


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="2 groups and 1 splits"):
        splits_of_groups([0, 1], [0])
    with pytest.raises(ValueError, match="from 0 to 7"):
        splits_of_groups([0], [8])
    with pytest.raises(ValueError, match="shape"):
        first_rows(np.zeros((3, 8), np.uint8))


def test_only_the_shown_fields_are_compared():
    assert shown_text({"a": " One  TWO ", "b": 1, "id": 7}, ["b", "a"]) == "1\x1fone two"
    assert shown_text({"a": "x", "id": 7}, ["a", "missing"]) == "x\x1f7"
    assert shown_texts(['{"a":["Ｆull","WIDTH"]}'], ["a"]) == ["full\x1fwidth"]
