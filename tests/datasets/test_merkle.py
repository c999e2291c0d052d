"""The tree is the one of RFC 6962."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from labelling.datasets.merkle import Tree

leaves = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def by_definition(hashes):
    """MTH of RFC 6962, section 2.1: split at the largest power of two below n."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return hashlib.sha256(b"\x01" + by_definition(hashes[:middle]) + by_definition(hashes[middle:])).digest()


@given(leaves)
def test_the_root_is_the_one_that_the_rfc_defines(hashes):
    tree = Tree()
    for leaf in hashes:
        tree.add(leaf)
    assert tree.root() == by_definition(hashes)
    assert tree.size == len(hashes)


def test_the_rfc_s_own_example_comes_out():
    # The eight inputs and the root published with Certificate Transparency's reference implementation.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = Tree()
    for text in inputs:
        tree.add(hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest())
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
