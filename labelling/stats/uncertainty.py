"""How unsure a model is of each prediction: higher is more uncertain. Works through rows in chunks, as they come."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats

# Rows at a time: a chunk and its copies stay in the processor's cache.
CHUNK = 8_000
# How far from one a row may sum: probabilities often arrive rounded to three places.
TOLERANCE = 2e-3

Array = npt.NDArray[np.floating]


def margin(p: npt.ArrayLike, threshold: float | None = None) -> Floats:
    """How close the two most probable classes are; with a threshold, how close the product was to deciding otherwise.

    p: float (n, k), rows sum to 1. threshold: between 0 and 1, where the product cuts: on the probability of class 1
    of two, on that of the most probable class of more. Returns float (n,), 0 (certain) to 1 (a tie, or at the cut).
    Raises ValueError that names the row. Source: Scheffer, Decomain & Wrobel 2001.
    """
    if threshold is None:
        return _by_chunk(p, lambda chunk: 1.0 - _top_two_apart(chunk))
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1, not {threshold}")
    cut = threshold
    return _by_chunk(p, lambda chunk: 1.0 - np.abs(_decisive(chunk) - cut) / max(cut, 1 - cut))


def least_confidence(p: npt.ArrayLike) -> Floats:
    """One less the greatest probability. p: float (n, k), rows sum to 1. Returns float (n,), 0 to 1 - 1/k.

    Raises ValueError that names the row. Source: Lewis & Gale 1994.
    """
    return _by_chunk(p, lambda chunk: 1.0 - chunk.max(axis=0))


def entropy(p: npt.ArrayLike) -> Floats:
    """Shannon's entropy in nats. p: float (n, k), rows sum to 1. Returns float (n,), 0 to log(k).

    Raises ValueError that names the row. Source: Shannon 1948.
    """
    return _by_chunk(p, _entropy)


def bald(passes: npt.ArrayLike) -> Floats:
    """What several stochastic passes of a model disagree about: entropy of their mean less their mean entropy.

    passes: float (n, passes, k), each distribution sums to 1. Returns float (n,) in nats, 0 (all passes agree) up.
    Raises ValueError that names the row. Source: Houlsby et al. 2011.
    """
    array = _three(passes, "passes")
    result = np.empty(len(array))
    for start, chunk in chunks(array, "passes"):
        mean_entropy = _entropy(chunk).mean(axis=-1)
        result[start : start + CHUNK] = _entropy(chunk.mean(axis=2)) - mean_entropy
    return np.maximum(result, 0.0)


def noise(p: npt.ArrayLike, perturbed: npt.ArrayLike) -> Floats:
    """How far small changes of the input move a prediction: the mean total variation distance.

    p: float (n, k). perturbed: float (n, passes, k), the predictions for changed inputs. Returns float (n,), 0 (none)
    to 1. Raises ValueError that names the row. Source: consistency under augmentation, Gao et al. 2020.
    """
    plain, moved = np.asarray(p), _three(perturbed, "perturbed")
    if plain.ndim != 2 or (plain.shape[0], plain.shape[1]) != (moved.shape[0], moved.shape[2]):
        raise ValueError(f"p {plain.shape} and perturbed {moved.shape} must have the same n and k")
    result = np.empty(len(plain))
    for (start, a), (_, b) in zip(chunks(plain, "p"), chunks(moved, "perturbed"), strict=True):
        result[start : start + CHUNK] = 0.5 * np.abs(b - a[:, :, None]).sum(axis=0).mean(axis=-1)
    return result


def chunks(array: Array, name: str) -> Iterator[tuple[int, Floats]]:
    """The start of each chunk of rows, and the chunk as float64 with the classes first: (k, rows) or (k, rows, passes).

    Raises ValueError that names the first row that is no distribution.
    """
    for start in range(0, len(array), CHUNK):
        rows = np.asarray(array[start : start + CHUNK], dtype=np.float64)
        chunk = np.ascontiguousarray(np.moveaxis(rows, -1, 0))
        wrong = ~((np.abs(chunk.sum(axis=0) - 1.0) <= TOLERANCE) & (chunk.min(axis=0) >= 0.0))
        if wrong.any():
            at = int(np.argmax(wrong if wrong.ndim == 1 else wrong.any(axis=1)))
            raise ValueError(f"{name}: row {start + at} is {_why(rows[at])}; probabilities must be 0 to 1 and sum to 1")
        yield start, chunk


def matrix(p: npt.ArrayLike) -> Array:
    """p as it is, if it has the shape (n, k) with k at least 1."""
    array = np.asarray(p)
    if array.ndim != 2 or array.shape[1] < 1:
        raise ValueError(f"p must have the shape (n, k), not {array.shape}")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"p must be numbers, not {array.dtype}")
    return array


def _by_chunk(p: npt.ArrayLike, score: Callable[[Floats], Floats]) -> Floats:
    array = matrix(p)
    result = np.empty(len(array))
    for start, chunk in chunks(array, "p"):
        result[start : start + CHUNK] = score(chunk)
    return result


def _three(passes: npt.ArrayLike, name: str) -> Array:
    array = np.asarray(passes)
    if array.ndim != 3 or array.shape[1] < 1 or array.shape[2] < 1:
        raise ValueError(f"{name} must have the shape (n, passes, k), not {array.shape}")
    return array


def _why(row: Floats) -> str:
    if not np.isfinite(row).all():
        return "not finite"
    if (row < 0).any():
        return f"negative ({row.min():g})"
    sums = np.atleast_1d(row.sum(axis=-1))
    return f"of sum {sums[np.argmax(np.abs(sums - 1))]:g}"


def _top_two_apart(chunk: Floats) -> Floats:
    """The greatest less the second greatest of each column; a running pair is faster than sorting."""
    first = chunk[0].copy()
    second = np.zeros_like(first)
    for row in chunk[1:]:
        np.maximum(second, np.minimum(first, row), out=second)
        np.maximum(first, row, out=first)
    return np.asarray(np.minimum(first - second, 1.0), dtype=np.float64)


def _decisive(chunk: Floats) -> Floats:
    """The probability that the product compares with its threshold."""
    return chunk[1] if len(chunk) == 2 else np.asarray(chunk.max(axis=0), dtype=np.float64)


def _entropy(chunk: Floats) -> Floats:
    logarithm = np.log(chunk, out=np.zeros_like(chunk), where=chunk > 0)
    return np.asarray(-(chunk * logarithm).sum(axis=0) + 0.0, dtype=np.float64)
