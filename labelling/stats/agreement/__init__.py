"""How far labellers agree, corrected for chance: one measure a module, over labels as integer arrays.

All take `items, workers, labels`, one element a label, and need neither the same number of labels for every item nor
every labeller on every item. Positions in errors count from 0.
"""

from labelling.stats.agreement.by_distance import alpha_by_distance
from labelling.stats.agreement.cohen import cohen_kappa
from labelling.stats.agreement.flattery import Compared, compare
from labelling.stats.agreement.fleiss import fleiss_kappa
from labelling.stats.agreement.gwet import gwet_ac1
from labelling.stats.agreement.krippendorff import krippendorff_alpha, per_class
from labelling.stats.agreement.pairwise import Pairs, pairwise
from labelling.stats.agreement.percent import percent, percent_by_class
from labelling.stats.agreement.resampling import bootstrap, bootstrap_classes
from labelling.stats.agreement.units import Level

__all__ = [
    "Compared",
    "Level",
    "Pairs",
    "alpha_by_distance",
    "bootstrap",
    "bootstrap_classes",
    "cohen_kappa",
    "compare",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "pairwise",
    "per_class",
    "percent",
    "percent_by_class",
]
