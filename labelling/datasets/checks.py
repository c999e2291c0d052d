"""What is checked before a version is frozen. A failed check blocks it; an owner may override with a reason.

Rows come one at a time, in the order of their keys. Shares are integers out of 10,000, so that the report has one
spelling and `version_id` can hash it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from labelling import canonical
from labelling.datasets.content import SCALE, SPLITS, Row
from labelling.schemas import SchemaError, kind_of
from labelling.schemas.shown_text import shown_text
from labelling.stats.duplicates import digests

PASS, WARN, FAIL = "pass", "warn", "fail"
MOST_ROWS = 100
CONFLICTS_FAIL = 500
EMPTY_FAIL = 500
COMMONEST_WARN = 9_500
SWING_WARN = 1_000
SWING_FAIL = 2_500
SWING_FAIL_FROM_ROWS = 200


@dataclass
class Check:
    """One check's result. `n`: rows at fault; `rows`: the first hundred of their keys; `value` against `limit` in
    `unit` ("rows" or "of 10,000"): above the limit it is not a pass."""

    name: str
    verdict: str
    summary: str
    n: int = 0
    rows: list[str] = field(default_factory=list)
    value: int = 0
    limit: int = 0
    unit: str = "rows"


class Faults:
    """Counts rows at fault and keeps the first keys."""

    def __init__(self) -> None:
        self.n = 0
        self.keys: list[str] = []

    def add(self, key: str) -> None:
        self.n += 1
        if len(self.keys) < MOST_ROWS:
            self.keys.append(key)

    def share(self, n_rows: int) -> int:
        return self.n * SCALE // n_rows if n_rows else 0


class Checks:
    """Takes the rows of a version to be, one by one, then reports.

    Keeps 16 bytes and a few words of each row's normalised text, and of each group; nothing else grows with the rows.
    """

    def __init__(self, *, kind: str, definition: dict[str, Any]) -> None:
        self.kind, self.definition = kind_of(kind), definition
        self.fields: list[str] = kind_of(kind).fields(definition)
        self.n_rows = 0
        self.classes: Counter[str] = Counter()
        self.splits: Counter[str] = Counter(dict.fromkeys(SPLITS, 0))
        self.duplicates, self.conflicts = Faults(), Faults()
        self.leaks, self.near_leaks, self.group_leaks = Faults(), Faults(), Faults()
        self.empty, self.outside = Faults(), Faults()
        self._texts: dict[bytes, tuple[str, int]] = {}
        self._groups: dict[str, str] = {}

    def add(self, row: Row) -> None:
        self.n_rows += 1
        if not self.kind.merging:
            self.classes[row["label"]] += 1
        self.splits[row["split"]] += 1
        payload = canonical.loads(row["payload"])
        self._see_text(row, payload)
        if row["group"] and self._groups.setdefault(row["group"], row["split"]) != row["split"]:
            self.group_leaks.add(row["key"])
        if has_empty_field(payload, self.fields):
            self.empty.add(row["key"])
        try:
            self.kind.check_answer(self.definition, row["answer"], payload)
        except SchemaError:
            self.outside.add(row["key"])

    def _see_text(self, row: Row, payload: Any) -> None:
        """Compare with the rows of the same text: their first label, and the splits seen so far as bits."""
        digest = text_digest(payload, self.fields)
        bit = 1 << SPLITS.index(row["split"])
        seen = self._texts.get(digest)
        if seen is None:
            self._texts[digest] = (row["label"], bit)
            return
        label, bits = seen
        self._texts[digest] = (label, bits | bit)
        self.duplicates.add(row["key"])
        if label != row["label"]:
            self.conflicts.add(row["key"])
        train, test = 1, 1 << SPLITS.index("test")
        if (bit == train and bits & test) or (bit == test and bits & train):
            self.leaks.add(row["key"])
        elif bits & ~bit:
            self.near_leaks.add(row["key"])

    def report(self, *, before: dict[str, Any] | None) -> dict[str, Any]:
        """before: the report of the version before this one, or None. Returns a dict without floats:
        {"verdict", "n_rows", "classes": {class: rows}, "splits": {split: rows}, "checks": [Check as dict]}."""
        checks = [
            self._about_duplicates(), self._about_conflicts(), self._about_leaks(), self._about_groups(),
            self._about_balance(), self._about_swing(before), self._about_empty(), self._about_outside(),
            self._about_splits(),
        ]  # fmt: skip
        return {
            "verdict": worst(check.verdict for check in checks),
            "n_rows": self.n_rows,
            "classes": dict(sorted(self.classes.items())),
            "splits": dict(self.splits),
            "checks": [asdict(check) for check in checks],
        }

    def _about_duplicates(self) -> Check:
        n = self.duplicates.n
        said = f"{rows(n, 'repeats', 'repeat')} the text of an earlier row." if n else "No two rows have the same text."
        return Check("duplicates", WARN if n else PASS, said, n, self.duplicates.keys, n)

    def _about_conflicts(self) -> Check:
        faults, share = self.conflicts, self.conflicts.share(self.n_rows)
        verdict = FAIL if share > CONFLICTS_FAIL else WARN if faults.n else PASS
        said = "No two rows of the same text have different labels."
        if faults.n:
            said = f"{rows(faults.n)} the text of an earlier row and another label."
        return Check("conflicting_labels", verdict, said, faults.n, faults.keys, share, CONFLICTS_FAIL, "of 10,000")

    def _about_leaks(self) -> Check:
        n = self.leaks.n + self.near_leaks.n
        keys = sorted(self.leaks.keys + self.near_leaks.keys, key=str.encode)[:MOST_ROWS]
        if self.leaks.n:
            said = f"{rows(self.leaks.n)} the same text in train and test: scores on test would be too good."
            return Check("split_leaks", FAIL, said, n, keys, n)
        if n:
            said = f"{rows(n)} the same text in two splits, one of them validation."
            return Check("split_leaks", WARN, said, n, keys, n)
        return Check("split_leaks", PASS, "No text is in two splits.")

    def _about_groups(self) -> Check:
        n = self.group_leaks.n
        said = (
            f"{rows(n, 'is', 'are')} in another split than the first of its group."
            if n
            else "No group is in two splits."
        )
        return Check("group_leaks", WARN if n else PASS, said, n, self.group_leaks.keys, n)

    def _about_balance(self) -> Check:
        if self.kind.merging:
            return Check("class_balance", PASS, "Answers have parts: there are no classes to balance.", limit=0)
        share = max(self.classes.values(), default=0) * SCALE // (self.n_rows or 1)
        absent = sorted(set(self.kind.classes(self.definition)) - set(self.classes))
        if absent:
            said = f"No row has the label {' or '.join(repr(name) for name in absent)}."
        else:
            said = f"The most frequent label has {percent(share)} of the rows."
        verdict = WARN if absent or share > COMMONEST_WARN else PASS
        return Check("class_balance", verdict, said, len(absent), [], share, COMMONEST_WARN, "of 10,000")

    def _about_swing(self, before: dict[str, Any] | None) -> Check:
        if not before or not before["n_rows"]:
            return Check("balance_swing", PASS, "There is no earlier version to compare with.", limit=SWING_WARN,
                         unit="of 10,000")  # fmt: skip
        swings = {
            name: abs(self.classes[name] * SCALE // (self.n_rows or 1) - then * SCALE // before["n_rows"])
            for name, then in {**dict.fromkeys(self.classes, 0), **before["classes"]}.items()
        }
        name, swing = max(swings.items(), key=lambda pair: (pair[1], pair[0]))
        large = min(self.n_rows, before["n_rows"]) >= SWING_FAIL_FROM_ROWS
        verdict = FAIL if swing > SWING_FAIL and large else WARN if swing > SWING_WARN else PASS
        said = f"The share of {name!r} changed most since the last version: by {percent(swing)} of all rows."
        return Check("balance_swing", verdict, said, 0, [], swing, SWING_WARN, "of 10,000")

    def _about_empty(self) -> Check:
        faults, share = self.empty, self.empty.share(self.n_rows)
        verdict = FAIL if share > EMPTY_FAIL else WARN if faults.n else PASS
        shown = " or ".join(self.fields) or "payload"
        said = f"{rows(faults.n)} no {shown}, or an empty one." if faults.n else "No row has an empty field."
        return Check("empty_fields", verdict, said, faults.n, faults.keys, share, EMPTY_FAIL, "of 10,000")

    def _about_outside(self) -> Check:
        n = self.outside.n
        said = f"{rows(n)} an answer that the label schema in force does not allow."
        return Check("outside_schema", FAIL if n else PASS, said if n else "Every answer is one of the label schema.",
                     n, self.outside.keys, n)  # fmt: skip

    def _about_splits(self) -> Check:
        bare = [split for split in SPLITS if not self.splits[split]]
        said = f"There is no row in {' and '.join(bare)}." if bare else "Every split has rows."
        return Check("empty_splits", WARN if bare else PASS, said, 0, [], len(bare))


def worst(verdicts: Iterable[str]) -> str:
    return max(verdicts, key=(PASS, WARN, FAIL).index, default=PASS)


def rows(n: int, one: str = "has", many: str = "have") -> str:
    return f"{n} row {one}" if n == 1 else f"{n} rows {many}"


def percent(share: int) -> str:
    return f"{share / 100:.1f}%"


def text_digest(payload: Any, fields: list[str]) -> bytes:
    """16 bytes of SHA-256 of the text that people see: without case, width and runs of white space."""
    return bytes(digests([shown_text(payload, fields)])[0])


def has_empty_field(payload: Any, fields: list[str]) -> bool:
    shown = [payload.get(name) for name in fields] if isinstance(payload, dict) and fields else [payload]
    return any(value is None or value in ({}, []) or (isinstance(value, str) and not value.strip()) for value in shown)
