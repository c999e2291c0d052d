"""Data CI: what is checked before a version is frozen. A failed check blocks it; an owner may override with a reason.

rows of a segment ► sketching.of ► Sketch (kept.kept) ► summary.of, and across, alone, compared ► examine ► report
"""

from labelling.datasets.checks.examine import examine, examine_rows
from labelling.datasets.checks.live import Part
from labelling.datasets.checks.verdicts import FAIL, NOT_LOOKED_FOR, PASS, WARN

__all__ = ["FAIL", "NOT_LOOKED_FOR", "PASS", "WARN", "Part", "examine", "examine_rows"]
