"""Clusters of near-duplicates: what pairs join, directly or through others."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from labelling.stats.near.shingles import Ints


def clusters(n: int, pairs: npt.ArrayLike) -> Ints:
    """int (n,): of each row the smallest row of its cluster; its own number if it is in no pair.

    pairs: int (m, 2), rows from 0 to n - 1. Raises ValueError for a row outside.
    """
    edges = np.asarray(pairs, np.int64).reshape(-1, 2)
    if not n:
        return np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    # The first row of each component stands for it.
    _, first = np.unique(component, return_index=True)
    found: Ints = first[component]
    return found
