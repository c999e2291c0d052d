"""Near-duplicates of texts, against Python's sets and scikit-learn."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import jaccard_score
from sklearn.preprocessing import MultiLabelBinarizer

from labelling.stats.near.bands import MOST_MET, looked_up, meeting
from labelling.stats.near.clusters import clusters
from labelling.stats.near.jaccard import jaccard
from labelling.stats.near.minhash import EMPTY, signatures
from labelling.stats.near.pairs import near_duplicates
from labelling.stats.near.shingles import shingles_of
from tests.bench.near_texts import jaccard_of_sets, planted, shingle_set

LETTERS = st.text(alphabet="ab \U0001f600ß\x00\ud800", max_size=14)


@given(st.lists(LETTERS, max_size=8))
def test_equal_shingles_have_equal_hashes_and_others_have_not(texts):
    shingles = shingles_of(texts)
    cut = [[text[at : at + 5] for at in range(max(1, len(text) - 4))] if text else [] for text in texts]
    assert shingles.counts.tolist() == [len(one) for one in cut]
    flat = [shingle for one in cut for shingle in one]
    names = dict(zip(flat, shingles.hashes.tolist(), strict=True))
    assert [names[shingle] for shingle in flat] == shingles.hashes.tolist()
    assert len(set(names.values())) == len(names)


@given(st.lists(LETTERS, min_size=2, max_size=8))
def test_the_similarity_is_that_of_the_sets(texts):
    asked = list(combinations(range(len(texts)), 2))
    expected = [jaccard_of_sets(texts[one], texts[other]) for one, other in asked]
    assert jaccard(texts, asked).tolist() == expected


def test_the_similarity_agrees_with_scikit_learn():
    texts, asked, _ = planted(400, seed=3)
    table = MultiLabelBinarizer().fit_transform([shingle_set(text) for text in texts])
    expected = [jaccard_score(table[one], table[other]) for one, other in asked]
    assert jaccard(texts, asked) == pytest.approx(expected, abs=0)


def test_similarities_do_not_depend_on_how_many_are_asked_at_once(monkeypatch):
    texts, asked, _ = planted(300, seed=4)
    at_once = jaccard(texts, asked)
    monkeypatch.setattr("labelling.stats.near.jaccard.CHARACTERS_AT_ONCE", 500)
    assert np.array_equal(jaccard(texts, asked), at_once)


def test_signatures_do_not_depend_on_the_other_texts(monkeypatch):
    texts = planted(200, seed=5)[0]
    at_once = signatures(texts, 20)
    monkeypatch.setattr("labelling.stats.near.minhash.CHARACTERS_AT_ONCE", 1000)
    monkeypatch.setattr("labelling.stats.near.minhash.TILE", 300)
    assert np.array_equal(signatures(texts, 20), at_once)
    assert np.array_equal(signatures(texts[7:8], 12)[0], at_once[7, :12])


def test_a_stored_signature_means_the_same_for_ever():
    assert signatures(["near enough"], 3).tolist() == [[495659359, 364902570, 885402207]]


def test_the_share_of_equal_places_estimates_the_similarity():
    texts, asked, similarity = planted(3_000, seed=6)
    found = signatures(texts, 160)
    estimate = (found[asked[:, 0]] == found[asked[:, 1]]).mean(axis=1)
    assert np.mean(estimate - similarity) == pytest.approx(0, abs=0.01)
    assert np.std(estimate - similarity) < 1.3 * np.sqrt(np.mean(similarity * (1 - similarity)) / 160)


def test_nearly_all_planted_copies_are_found_and_nothing_less_alike_is():
    texts, asked, _ = planted(10_000, seed=8)
    found = near_duplicates(texts, 0.6)
    pairs = set(map(tuple, found.pairs.tolist()))
    assert np.mean([tuple(pair) in pairs for pair in asked.tolist()]) >= 0.99
    expected = [jaccard_of_sets(texts[one], texts[other]) for one, other in found.pairs.tolist()]
    assert found.similarity.tolist() == expected
    assert min(expected) >= 0.6


@given(st.lists(LETTERS, max_size=12))
def test_small_sets_of_any_texts_give_only_pairs_above_the_threshold(texts):
    found = near_duplicates(texts, 0.7)
    for (one, other), similarity in zip(found.pairs.tolist(), found.similarity, strict=True):
        assert one < other
        assert jaccard_of_sets(texts[one], texts[other]) == similarity >= 0.7


def test_empty_texts_are_near_nothing_and_short_ones_near_their_equals():
    found = near_duplicates(["", "abcd", "", "abcd", "abce", "a"])
    assert found.pairs.tolist() == [[1, 3]]
    assert np.all(signatures([""], 4) == EMPTY)
    assert near_duplicates([]).pairs.shape == (0, 2)


def test_equal_texts_are_a_star_around_the_first():
    found = near_duplicates(["again and again", *["the same words for everybody"] * 20_000])
    assert len(found.pairs) == 19_999
    assert set(found.pairs[:, 0].tolist()) == {1}


def test_boilerplate_is_joined_without_comparing_every_two():
    texts = [f"Your order {number} was sent today and arrives on Monday, thank you for your trust" for number in
             range(3_000)]  # fmt: skip
    found = near_duplicates(texts)
    assert len(found.pairs) < 32 * len(texts)
    assert set(clusters(len(texts), found.pairs).tolist()) == {0}


def test_one_very_long_text_among_short_ones_is_compared_too():
    long = "".join(map(chr, np.random.default_rng(1).integers(97, 123, 1_000_000).tolist()))
    found = near_duplicates(["short and small", long, "short and small!", f"{long} and a tail"])
    assert found.pairs.tolist() == [[0, 2], [1, 3]]


@given(st.lists(st.integers(0, 6), max_size=40))
def test_rows_of_a_small_group_meet_each_other(hashes):
    values = np.array([value << 40 for value in hashes], np.uint64)
    found = {tuple(sorted(pair)) for pair in meeting(values).close.tolist()}
    groups = [[at for at, value in enumerate(hashes) if value == group] for group in set(hashes)]
    assert found == {pair for group in groups if len(group) <= 32 for pair in combinations(group, 2)}


@given(st.lists(st.integers(0, 9), max_size=12), st.lists(st.integers(0, 9), max_size=300))
def test_looking_up_finds_the_first_rows_of_the_same_hash(new, old):
    found = looked_up(np.array(new, np.uint32), np.array(old, np.uint32)).tolist()
    of = {value: [row for row, other in enumerate(old) if other == value] for value in new if value}
    assert sorted(found) == [[at, row] for at, value in enumerate(new) if value for row in of[value][:MOST_MET]]


@given(st.integers(1, 30), st.data())
def test_a_cluster_is_named_after_its_smallest_row(n, data):
    pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20))
    names = list(range(n))
    for _ in range(n):
        for one, other in pairs:
            names[one] = names[other] = min(names[one], names[other])
    assert clusters(n, pairs).tolist() == names
