"""Spreading a choice over the space of embeddings."""

import numpy as np

from labelling.stats.coded import Floats, Ints


def spread(points: Floats, n: int, seed: int) -> Ints:
    """Choose n rows far from each other, the first row first.

    points: float (m, d), at most n rows are chosen, each once. Returns positions (min(n, m),) in the order of choice.
    Source: Arthur & Vassilvitskii 2007, the seeding of k-means++.
    """
    m = len(points)
    if n <= 0 or m == 0:
        return np.zeros(0, dtype=np.intp)
    random = np.random.default_rng(seed)
    chosen = np.zeros(min(n, m), dtype=np.intp)
    left = np.ones(m, dtype=np.bool_)
    left[0] = False
    norm = np.einsum("ij,ij->i", points, points)
    nearest = np.full(m, np.inf)
    for at in range(1, len(chosen)):
        last = chosen[at - 1]
        nearest = np.minimum(nearest, np.maximum(norm + norm[last] - 2 * points @ points[last], 0.0))
        cumulative = np.cumsum(np.where(left, nearest, 0.0))
        # Rounding may leave nothing but copies of what is chosen: then the next in rank.
        if cumulative[-1] > 0:
            next_one = int(np.searchsorted(cumulative, random.random() * cumulative[-1], side="right"))
        else:
            next_one = m
        chosen[at] = next_one if next_one < m and left[next_one] else np.argmax(left)
        left[chosen[at]] = False
    return chosen
