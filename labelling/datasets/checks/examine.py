"""All checks of a version to be, from the sketches of its segments."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from labelling.datasets.checks import across, alone, compared, sketching, spoilt
from labelling.datasets.checks.doubting import Doubted
from labelling.datasets.checks.live import Live, Part
from labelling.datasets.checks.nearby import Near
from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.summary import Key, Summary
from labelling.datasets.checks.verdicts import Found, told, told_off, worst
from labelling.datasets.content import SPLITS
from labelling.projects.limits import resolved
from labelling.schemas import kind_of

Check = Callable[[Seen], Found]
CHECKS: dict[str, Check] = {
    "duplicates": across.duplicates,
    "same_payload": across.same_payload,
    "near_duplicates": across.near_duplicates,
    "conflicting_labels": across.conflicting_labels,
    "near_conflicts": across.near_conflicts,
    "split_leaks": across.split_leaks,
    "validation_leaks": across.validation_leaks,
    "near_leaks": across.near_leaks,
    "group_leaks": across.group_leaks,
    "class_balance": alone.class_balance,
    "absent_classes": alone.absent_classes,
    "balance_swing": compared.balance_swing,
    "empty_fields": alone.empty_fields,
    "stand_ins": spoilt.stand_ins,
    "damaged_texts": spoilt.damaged_texts,
    "nulls": compared.nulls,
    "wrong_type": compared.wrong_type,
    "out_of_range": compared.out_of_range,
    "odd_times": spoilt.odd_times,
    "outside_schema": alone.outside_schema,
    "language": compared.language,
    "length_outliers": alone.length_outliers,
    "length_drift": compared.length_drift,
    "slice_coverage": alone.slice_coverage,
    "label_confidence": alone.label_confidence,
    "labeller_share": alone.labeller_share,
    "label_issues": alone.label_issues,
    "empty_splits": alone.empty_splits,
}
# Of each thing that is counted, a report keeps this many, the most frequent.
MOST_COUNTED = 300


def examine(
    parts: list[Part], *, kind: str, definition: dict[str, Any], limits: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None, slices: dict[str, int] | None = None,
    near: Callable[[Live], Near | None] | None = None, doubted: Callable[[Live], Doubted] | None = None,
    today: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The report of the checks: a dict without floats.

    parts: the segments that the version is made of, the oldest first. limits: the policy's `checks`; before: the report
    of the version before this one, or None; slices: {slice: items sampled of it}; near: finds rows that are nearly
    alike, or says None: not looked for; doubted: rows whose label a model doubts;
    today: days since 1970, after which no time can be.

    {"verdict", "n_rows", "classes": {class: rows}, "splits": {split: rows}, "checks": [one each, see verdicts.told],
     "counts": {what: [[…words, n], …]}}
    """
    found_kind, live = kind_of(kind), Live(parts)
    seen = Seen(live, live.summary(), found_kind, definition, before=summary_of(before), slices=slices or {},
                today=today)  # fmt: skip
    if near is not None and not _all_off(limits, "near_duplicates", "near_conflicts", "near_leaks"):
        seen.near = near(live)
    if doubted is not None and not _all_off(limits, "label_issues"):
        seen.doubted = doubted(live)
    checks = [one_check(name, seen, limits) for name in CHECKS]
    return {
        "verdict": worst(check["verdict"] for check in checks),
        "n_rows": len(live),
        "classes": dict(sorted(seen.summary.of("class").items())),
        "splits": {split: seen.summary.of("split").get(split, 0) for split in SPLITS},
        "checks": checks,
        "counts": seen.summary.as_json(MOST_COUNTED),
    }


def one_check(name: str, seen: Seen, limits: dict[str, Any] | None) -> dict[str, Any]:
    limit = resolved(name, limits)
    if limit.off:
        return told_off(name, limit)
    seen.limit = limit
    found = CHECKS[name](seen)
    return told(name, found, limit, seen.rows.keys(found.rows) if len(found.rows) else [])


def summary_of(report: dict[str, Any] | None) -> Summary | None:
    """What a report counted; of a report from before there were counts, what it says of classes and splits."""
    if not report or not report.get("n_rows"):
        return None
    if "counts" in report:
        return Summary.from_json(report["counts"])
    counts: dict[Key, int] = {("class", name): n for name, n in report.get("classes", {}).items()}
    counts |= {("split", name): n for name, n in report.get("splits", {}).items()}
    return Summary({**counts, ("rows",): report["n_rows"]})


def examine_rows(batches: Iterable[pa.RecordBatch], *, kind: str, definition: dict[str, Any],
                 lineages: Iterable[str] = (), **more: Any) -> dict[str, Any]:  # fmt: skip
    """The report of rows that are no segment yet."""
    held = list(batches)
    sketch = sketching.of(held, kind=kind, definition=definition, lineages=lineages)
    column = pa.chunked_array([batch.column("key") for batch in held], type=pa.string())
    everything = np.ones(len(sketch), dtype=bool)
    part = Part(sketch, everything, everything, lambda at: column.take(pa.array(at)).combine_chunks(), lambda: held)
    return examine([part], kind=kind, definition=definition, **more)


def _all_off(limits: dict[str, Any] | None, *names: str) -> bool:
    return all(resolved(name, limits).off for name in names)
