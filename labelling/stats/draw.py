"""Chance that can be repeated: a number for each id and seed, and sampling with known inclusion probabilities."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints

Ids = Sequence[object] | npt.NDArray[np.generic]


def fractions(n: int, ids: Ids | None, seed: int) -> Floats:
    """A number in (0, 1) for each id, fixed by the id and the seed alone.

    ids: (n,) distinct integers or strings; positions if None. Raises ValueError that names the position.
    Sources: Steele, Lea & Flood 2014 (splitmix64) for integers, RFC 7693 (blake2b) for strings.
    """
    array = np.arange(n) if ids is None else np.asarray(ids)
    if array.shape != (n,):
        raise ValueError(f"ids must have the shape ({n},), not {array.shape}")
    if ids is not None:
        _distinct(array)
    if array.dtype.kind in "iu":
        key = int.from_bytes(_digest(str(seed).encode(), b""), "little")
        hashed = _mix(array.astype(np.uint64) ^ np.uint64(key))
    elif array.dtype.kind in "UOS":
        key_bytes = str(seed).encode()
        hashed = np.frombuffer(b"".join(_digest(_bytes(one, at), key_bytes) for at, one in enumerate(array)), "<u8")
    else:
        raise ValueError(f"ids must be integers or strings, not {array.dtype}")
    return ((hashed >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52


def priority_sample(weights: Floats, fraction: Floats, size: int) -> tuple[Ints, Floats]:
    """Draw size of n rows without replacement, with probabilities that grow with their weights.

    weights: float (n,), above 0. fraction: float (n,), from fractions(). Returns positions (size,), in the order of
    the draw, and the inclusion probability of each given the threshold; sums over 1 / probability are unbiased.
    Source: Duffield, Lund & Thorup 2007.
    """
    if size >= len(weights):
        return np.argsort(fraction / weights, kind="stable"), np.ones(len(weights))
    if size <= 0:
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    rank = fraction / weights
    smallest = np.argpartition(rank, size)
    limit = rank[smallest[size]]
    drawn = smallest[:size]
    drawn = drawn[np.lexsort((drawn, rank[drawn]))]
    return drawn, np.minimum(weights[drawn] * limit, 1.0)


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64, after one step of its sequence; wraps modulo 2**64."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _digest(data: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8, key=key[:64]).digest()


def _bytes(one: object, at: int) -> bytes:
    if isinstance(one, bytes):
        return one
    if isinstance(one, (str, int, np.integer)):
        return str(one).encode()
    raise ValueError(f"ids[{at}] is {one!r}; it must be an integer or a string")


def _distinct(array: npt.NDArray[np.generic]) -> None:
    values: npt.NDArray[np.generic] = array.astype(str) if array.dtype.kind == "O" else array
    _, first, count = np.unique(values, return_index=True, return_counts=True)
    if (count > 1).any():
        twice = values[first[np.argmax(count > 1)]]
        at = int(np.flatnonzero(values == twice)[1])
        raise ValueError(f"ids[{at}] is {array[at]}, which stands there twice; ids must be distinct")
