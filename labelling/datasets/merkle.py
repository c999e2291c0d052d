"""The tree over a version's rows: wide, so that a million rows are hashed anew in milliseconds.

Like the tree of RFC 6962, section 2.1, it tells leaves from inner nodes by the first byte hashed (leaves come in hashed
with 0x00, an inner node is SHA-256 of 0x01 and its children). Unlike it, a node has up to 256 children: the first 256
of the level below are the first node's, and so on, until one is left.
"""

import hashlib

import numpy as np

EMPTY = hashlib.sha256(b"").digest()
FAN_OUT = 256
SIZE = 32


def root_of(leaves: np.ndarray | bytes) -> bytes:
    """The root over leaves of 32 bytes each, in order: uint8 (n, 32), or their bytes; of none, the hash of nothing."""
    level = leaves.tobytes() if isinstance(leaves, np.ndarray) else leaves
    if not level:
        return EMPTY
    while True:
        level = b"".join(
            hashlib.sha256(b"\x01" + level[at : at + FAN_OUT * SIZE]).digest()
            for at in range(0, len(level), FAN_OUT * SIZE)
        )
        if len(level) == SIZE:
            return level
