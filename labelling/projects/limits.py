"""The limits of the checks before a version: what each is measured in, from where on it warns and stops, and how a
policy sets its own."""

from dataclasses import dataclass, field
from typing import Any

ROWS, SHARE = "rows", "of 10,000"
LARGEST = 2**31 - 1
WHOLE = 10_000


@dataclass(frozen=True)
class Limit:
    """A check that finds more than `warn` warns, more than `fail` stops a version; None: never. own: other whole
    numbers that the check goes by, with their defaults."""

    title: str
    unit: str
    warn: int | None
    fail: int | None = None
    own: dict[str, int] = field(default_factory=dict)

    @property
    def most(self) -> int:
        return WHOLE if self.unit == SHARE else LARGEST


LIMITS: dict[str, Limit] = {
    "duplicates": Limit("The same text twice", ROWS, 0),
    "same_payload": Limit("The same payload twice", ROWS, 0),
    "near_duplicates": Limit("Nearly the same text", SHARE, 500),
    "conflicting_labels": Limit("The same text, other labels", SHARE, 0, 500),
    "near_conflicts": Limit("Nearly the same, other labels", SHARE, 100),
    "split_leaks": Limit("Test rows that are in train", ROWS, 0, 0),
    "validation_leaks": Limit("Validation rows that are elsewhere", ROWS, 0),
    "near_leaks": Limit("Test rows nearly in train", ROWS, 0),
    "group_leaks": Limit("Groups in two splits", ROWS, 0),
    "class_balance": Limit("Share of the most frequent label", SHARE, 9_500),
    "absent_classes": Limit("Labels that no row has", "labels", 0),
    "balance_swing": Limit("Change of the labels' shares", SHARE, 1_000, 2_500, {"least_rows": 200}),
    "empty_fields": Limit("Nothing to see", SHARE, 0, 500),
    "stand_ins": Limit("Texts that stand for nothing", ROWS, 0),
    "damaged_texts": Limit("Damaged characters", ROWS, 0),
    "nulls": Limit("More nulls than before", SHARE, 200),
    "wrong_type": Limit("Fields of another type", ROWS, 0),
    "out_of_range": Limit("Numbers out of range", ROWS, 0),
    "odd_times": Limit("Times that can't be", ROWS, 0),
    "outside_schema": Limit("Answers that the schema forbids", ROWS, 0, 0),
    "language": Limit("Change of the writing", SHARE, 500),
    "length_outliers": Limit("Very long or very short texts", SHARE, 10, None, {"times": 10}),
    "length_drift": Limit("Change of the texts' lengths", SHARE, 1_500),
    "slice_coverage": Limit("Slices with too few rows", "slices", 0, None, {"least_rows": 10}),
    "label_confidence": Limit("Uncertain labels", SHARE, 2_000, None, {"below": 7_000}),
    "labeller_share": Limit("Share of one labeller", SHARE, 5_000),
    "label_issues": Limit("Labels that a model doubts", SHARE, 500),
    "empty_splits": Limit("Splits without rows", "splits", 0),
}


# What to do about what each finds.
ADVICE: dict[str, str] = {
    "duplicates": "Put all but one of them on hold, or leave them where real traffic repeats itself.",
    "same_payload": "Put all but one of them on hold, and see which import sent them twice.",
    "near_duplicates": "See whether one template made them; raise the limit if that is right, else hold repeats back.",
    "conflicting_labels": "Open each item and its twin, correct the label that is wrong, or make the guideline decide.",
    "near_conflicts": "Compare each item with its twin: where what differs changes no answer, correct one label.",
    "split_leaks": "Put the rows of test on hold: the score on test counts what was learned by heart.",
    "validation_leaks": "Put the rows of validation on hold.",
    "near_leaks": "Put the rows of test on hold, or say beside every score how many there are.",
    "group_leaks": "See who changed the group of these examples; put the rows of test and validation on hold.",
    "class_balance": "Sample more of the rare labels: a model that always says the frequent one looks good.",
    "absent_classes": "Sample examples that the model gives this label, or take it out of the schema.",
    "balance_swing": "Look at what the newest items are: another source, guideline or way of sampling.",
    "empty_fields": "Discard these items: nobody could have answered. See which import left the field out.",
    "stand_ins": "Discard these items, and have the source send null; raise the limit where it is an answer.",
    "damaged_texts": "Have the source send UTF-8 and import these examples again.",
    "nulls": "Ask who sends this field what changed.",
    "wrong_type": "Ask who sends the field; one type a field, in every row.",
    "out_of_range": "Look whether units were mixed up (cents, milliseconds) or a digit slipped.",
    "odd_times": "Look whether a clock was wrong, a time was missing, or days and months changed places.",
    "outside_schema": "Correct these answers, or allow them in the label schema.",
    "language": "Look where these texts come from; another writing may want labellers who read it.",
    "length_outliers": "Open the longest and the shortest: pages pasted whole, logs, or nothing much.",
    "length_drift": "Look at what the newest items are: a source that cuts texts, or another one.",
    "slice_coverage": "Sample more of these slices, or don't report on them.",
    "label_confidence": "Raise the policy's number of labels, or send the least sure items to experts.",
    "labeller_share": "Invite more labellers, or limit what one of them may give.",
    "label_issues": "Open them and correct what is wrong; they are where to look first, not proof.",
    "empty_splits": "Sample more items, or change the shares of the splits in the policy.",
}


@dataclass(frozen=True)
class Resolved:
    """The limits of one check in force."""

    warn: int | None
    fail: int | None
    off: bool
    own: dict[str, int]


def resolved(name: str, given: dict[str, Any] | None) -> Resolved:
    """What a policy's `checks` and the defaults say of one check."""
    limit, told = LIMITS[name], (given or {}).get(name) or {}
    own = {key: told.get(key, value) for key, value in limit.own.items()}
    return Resolved(told.get("warn", limit.warn), told.get("fail", limit.fail), bool(told.get("off", False)), own)


def faults_of(given: Any) -> list[tuple[str, str]]:
    """What stands against a policy's `checks`: (where, message)."""
    if not isinstance(given, dict):
        return [("checks", 'must be an object {check: {"warn": n, "fail": n}}')]
    faults = []
    for name, told in given.items():
        if name not in LIMITS:
            faults.append((f"checks.{name}", f"is not a check; the checks are {', '.join(LIMITS)}"))
        elif not isinstance(told, dict):
            faults.append((f"checks.{name}", 'must be an object with "warn", "fail" or "off"'))
        else:
            faults += [(f"checks.{name}{where}", message) for where, message in _faults(LIMITS[name], told)]
    return faults


def _faults(limit: Limit, told: dict[str, Any]) -> list[tuple[str, str]]:
    known = ("warn", "fail", "off", *limit.own)
    found = [(f".{key}", f"is not known; use {', '.join(known)}") for key in told if key not in known]
    for key in known:
        if key in told and (message := _fault(limit, key, told[key])):
            found.append((f".{key}", message))
    warn, fail = told.get("warn", limit.warn), told.get("fail", limit.fail)
    if not found and warn is not None and fail is not None and fail < warn:
        found.append((".fail", f"must be at least warn ({warn}): what stops a version warns too"))
    return found


def _fault(limit: Limit, key: str, value: Any) -> str:
    if key == "off":
        return "" if isinstance(value, bool) else "must be true or false"
    if value is None and key in ("warn", "fail"):
        return ""
    most = limit.most if key in ("warn", "fail") else LARGEST
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        return f"must be a whole number from 0 to {most}" + (", or null for never" if key in ("warn", "fail") else "")
    return ""
