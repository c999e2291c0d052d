"""The tree over a version's rows. Source: RFC 6962, section 2.1 (inner nodes; the leaves come in hashed)."""

import hashlib

EMPTY = hashlib.sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Takes leaves in order and gives their root; holds one hash a level, however many leaves there are."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []  # roots of full subtrees, the largest first: one for each set bit of `size`

    def add(self, leaf: bytes) -> None:
        """leaf: 32 bytes."""
        carry, bits = leaf, self.size
        while bits & 1:
            carry = node(self._whole.pop(), carry)
            bits >>= 1
        self._whole.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """32 bytes: the root over all leaves so far; of no leaves, the hash of nothing."""
        if not self._whole:
            return EMPTY
        root = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            root = node(left, root)
        return root
