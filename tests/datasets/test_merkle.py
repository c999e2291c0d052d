"""The tree is the one that its module describes."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling.datasets.merkle import FAN_OUT, root_of


def by_definition(hashes):
    """The root of a tree is the hash of its children's; a child holds as many leaves as all nodes before it but the
    last: 256 leaves, or 256 times 256, and so on."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    below = 1
    while below * FAN_OUT < len(hashes):
        below *= FAN_OUT
    children = [hashes[at : at + below] for at in range(0, len(hashes), below)]
    of_children = [child[0] if below == 1 else by_height(child, below) for child in children]
    return hashlib.sha256(b"\x01" + b"".join(of_children)).digest()


def by_height(hashes, leaves):
    """The node of that height over these leaves; `leaves`: how many it has room for."""
    if leaves == 1:
        return hashes[0]
    below = leaves // FAN_OUT
    children = [by_height(hashes[at : at + below], below) for at in range(0, len(hashes), below)]
    return hashlib.sha256(b"\x01" + b"".join(children)).digest()


def leaves_of(n, seed=0):
    return [hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(n)]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_the_root_of_few_leaves_is_the_one_that_is_described(hashes):
    assert root_of(b"".join(hashes)) == by_definition(hashes)


@pytest.mark.parametrize("n", [1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000])
def test_the_root_of_many_leaves_is_the_one_that_is_described(n):
    hashes = leaves_of(n)
    assert root_of(b"".join(hashes)) == by_definition(hashes)
    assert root_of(np.frombuffer(b"".join(hashes), np.uint8).reshape(n, 32)) == by_definition(hashes)


@settings(max_examples=30)
@given(st.integers(1, 700), st.data())
def test_any_other_leaf_order_or_number_of_leaves_has_another_root(n, data):
    hashes = leaves_of(n)
    whole = root_of(b"".join(hashes))
    at = data.draw(st.integers(0, n - 1))
    assert root_of(b"".join([*hashes[:at], leaves_of(1, seed=1)[0], *hashes[at + 1 :]])) != whole
    assert root_of(b"".join(hashes[:-1])) != whole
    assert root_of(b"".join([*hashes, hashes[-1]])) != whole
    if at:
        hashes[at - 1], hashes[at] = hashes[at], hashes[at - 1]
        assert root_of(b"".join(hashes)) != whole


def test_an_inner_node_is_no_leaf():
    hashes = leaves_of(300)
    inner = [root_of(b"".join(hashes[:256])), root_of(b"".join(hashes[256:]))]
    # The same hash one level up: told apart only by how deep the tree is, which the number of rows in data_id fixes.
    assert root_of(b"".join(inner)) == root_of(b"".join(hashes))
