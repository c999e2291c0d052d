"""What policies would have cost and got right on past labels: arrays only, deciding as live work decides.

crowd      the labels, their truth, and a smaller crowd of the same
fixed      the same number of labels for every item
adaptive   as many as each item is worth, the most valuable items first
in_order   the same, the labels as they were given
honesty    what confidences and agreement promise and keep
compare    all of them, with intervals
advice     what follows
"""

from labelling.stats.simulation.compare import Options, compare
from labelling.stats.simulation.crowd import Crowd

__all__ = ["Crowd", "Options", "compare"]
