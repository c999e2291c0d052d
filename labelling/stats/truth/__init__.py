"""What is true, given the labels of workers of unequal quality: one algorithm a module."""

from labelling.stats.truth.dawid_skene import dawid_skene
from labelling.stats.truth.hierarchical import hierarchical
from labelling.stats.truth.infer import infer
from labelling.stats.truth.majority import majority
from labelling.stats.truth.model import Truth
from labelling.stats.truth.posterior import cautious, posterior, posteriors, weigh

__all__ = [
    "Truth", "cautious", "dawid_skene", "hierarchical", "infer", "majority", "posterior", "posteriors", "weigh",
]  # fmt: skip
