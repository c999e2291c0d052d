"""What is true, given the labels of workers of unequal quality: one algorithm a module."""

from labelling.stats.truth.dawid_skene import dawid_skene
from labelling.stats.truth.infer import infer
from labelling.stats.truth.majority import majority
from labelling.stats.truth.model import Truth
from labelling.stats.truth.posterior import posterior, posteriors

__all__ = ["Truth", "dawid_skene", "infer", "majority", "posterior", "posteriors"]
