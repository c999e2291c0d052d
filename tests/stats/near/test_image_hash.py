"""Difference hashes, and neighbours against every pair."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats.near.image_hash import difference_hash, neighbours


def test_each_bit_says_whether_a_cell_is_brighter_than_its_right_one():
    grey = np.zeros((3, 8, 9), np.uint8)
    grey[1, 0, 0] = 9
    grey[2, 7, 7] = 9
    assert difference_hash(grey).tolist() == [0, 1 << 63, 1]


def test_another_size_is_refused():
    with pytest.raises(ValueError, match=r"must be of shape \(n, 8, 9\)"):
        difference_hash(np.zeros((2, 8, 8), np.uint8))


@given(st.lists(st.tuples(st.integers(0, 2), st.sets(st.integers(0, 63), max_size=4)), max_size=20))
def test_all_hashes_within_four_bits_are_found(made):
    bases = [0, 0xDEADBEEFCAFEF00D, 2**64 - 1]
    hashes = [bases[base] ^ sum(1 << bit for bit in flipped) for base, flipped in made]
    found = neighbours(np.array(hashes, np.uint64))
    near = {tuple(pair): distance for pair, distance in zip(found.pairs.tolist(), found.distance.tolist(), strict=True)}
    for pair in combinations(range(len(hashes)), 2):
        one, other = hashes[pair[0]], hashes[pair[1]]
        distance = (one ^ other).bit_count()
        # Equal hashes are a star around the first of them.
        first = hashes.index(one) == pair[0] and (hashes.index(other) == pair[1] or one == other)
        assert near.get(pair) == (distance if distance <= 4 and first else None)


def test_more_than_four_bits_cannot_be_asked_for():
    with pytest.raises(ValueError, match="from 0 to 4 bits"):
        neighbours([1, 2], most=5)


def test_a_hundred_thousand_equal_pictures_are_a_star():
    assert len(neighbours(np.full(100_000, 77, np.uint64)).pairs) == 99_999
