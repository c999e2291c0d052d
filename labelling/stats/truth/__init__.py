"""What is true, given the labels of workers of unequal quality: one algorithm a module."""

from labelling.stats.truth.choose import MODELS, Choice, choose
from labelling.stats.truth.dawid_skene import dawid_skene, shrunk_dawid_skene
from labelling.stats.truth.hierarchical import hierarchical
from labelling.stats.truth.infer import infer
from labelling.stats.truth.majority import equal_workers, majority
from labelling.stats.truth.model import Truth
from labelling.stats.truth.one_coin import one_coin
from labelling.stats.truth.posterior import cautious, posterior, posteriors, weigh
from labelling.stats.truth.weighted_majority import weighted_majority

__all__ = [
    "MODELS",
    "Choice",
    "Truth",
    "cautious",
    "choose",
    "dawid_skene",
    "equal_workers",
    "hierarchical",
    "infer",
    "majority",
    "one_coin",
    "posterior",
    "posteriors",
    "shrunk_dawid_skene",
    "weigh",
    "weighted_majority",
]
