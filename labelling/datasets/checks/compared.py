"""Checks that compare a version with the one before it. The first has none before it."""

from collections.abc import Mapping

import numpy as np

from labelling.datasets.checks import figures, scripts
from labelling.datasets.checks.drift import CHANCE, chance_of, farthest, total_variation
from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.sketch import MISFIT, MISSING, NOTHING, NULL, PER_DECADE, Array
from labelling.datasets.checks.spoilt import marked
from labelling.datasets.checks.summary import Summary, least_length, types_of
from labelling.datasets.checks.verdicts import FAIL, PASS, WARN, Found, percent, rows, unlooked
from labelling.datasets.content import SCALE

FIRST = "There is no earlier version to compare with."
# What is rarer than one in a hundred is unusual, where there is no earlier version to go by.
RARE = 100
# A field that fewer numbers are known of has no usual range.
FEW_NUMBERS = 100
# Sizes that every number has.
EVERY = (-(2**15), 2**15)


def balance_swing(seen: Seen) -> Found:
    now = seen.summary.of("class")
    before = seen.before.of("class") if seen.before else {}
    figure = figures.compared(now, before) if before else None
    if not now or not before:
        return unlooked("Answers have parts: there are no classes." if seen.kind.merging else FIRST)
    swing, (name, change) = total_variation(now, before), farthest(now, before)
    said = f"{percent(swing)} of the rows would need another label for the mix of the last version; "
    said += f"{name!r} changed most, by {change / 100:+.1f} points."
    chance = chance_of(now, before)
    if chance >= CHANCE:
        return Found(swing, f"{said} Chance explains that.", figure=figure, at_most=PASS)
    large = min(sum(now.values()), sum(before.values())) >= seen.limit.own["least_rows"]
    return Found(swing, f"{said} That is more than chance explains.", figure=figure, at_most=FAIL if large else WARN)


def nulls(seen: Seen) -> Found:
    """The field of which the most rows more than before have none: null, or not there."""
    now = null_shares(seen.types, len(seen.rows))
    if seen.before is None or not seen.before.of("type"):
        return unlooked(FIRST, _null_figure(now, {}))
    before = null_shares(types_of(seen.before), seen.before.n_rows)
    # A field that no row had before is new, not missing.
    rises = {name: share - before[name] for name, share in now.items() if name in before}
    rises |= {name: SCALE - share for name, share in before.items() if name not in now and len(seen.rows)}
    name, rise = max(rises.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    if rise <= 0:
        return Found(
            0, "No field is null or missing more often than in the last version.", figure=_null_figure(now, before)
        )
    said = f"{percent(now.get(name, SCALE))} of the rows have no {name!r}, {percent(before[name])} in the last version."
    figure = _null_figure(now | dict.fromkeys(before.keys() - now.keys(), SCALE), before)
    found = Found(rise, said, np.flatnonzero(_lacking(seen, name)), figure=figure)
    # The field is the worst of many: with each of them chance has another try.
    chance = chance_of(*(_there_or_not(shares.get(name, SCALE), n) for shares, n in (
        (now, len(seen.rows)), (before, seen.before.n_rows),
    )))  # fmt: skip
    if chance * len(before) >= CHANCE:
        found.at_most = PASS
        found.summary += " Chance explains that."
    return found


def _there_or_not(share: int, n_rows: int) -> dict[str, int]:
    missing = share * n_rows // SCALE
    return {"missing": missing, "there": n_rows - missing}


def null_shares(types: Mapping[str, Mapping[str, int]], n_rows: int) -> dict[str, int]:
    """{field: rows out of 10,000 in which it is null or missing}"""
    return {
        name: (found.get(NULL, 0) + found.get(MISSING, 0)) * SCALE // (sum(found.values()) or 1)
        for name, found in types.items()
    }  # fmt: skip


def _null_figure(now: Mapping[str, int], before: Mapping[str, int]) -> figures.Figure | None:
    told = sorted(((name, before.get(name, 0), share) for name, share in now.items()),
                  key=lambda row: (row[1] - row[2], -row[2], row[0]))  # fmt: skip
    if not told:
        return None
    listed = [list(row) for row in told[: figures.MOST]]
    return {"kind": "table", "of": figures.SHARE, "columns": ["before", "now"], "rows": listed}


def _lacking(seen: Seen, name: str) -> Array:
    """bool (n,): rows that have the field as null or not at all."""
    shapes = {shape for part in seen.rows.parts for shape in part.sketch.shapes}
    lacking = {shape for shape in shapes if dict(shape).get(name, NULL) == NULL}
    found = seen.rows.where("shape", "shapes", lacking)
    found[marked(seen, name)] = True
    return found


def wrong_type(seen: Seen) -> Found:
    """Types that a field had in no row of the version before; in a first version, that one in a hundred rows has or
    fewer. And what can't be shown: a field of the question that is no text."""
    odd = _odd_types(seen)
    shapes = {shape for part in seen.rows.parts for shape in part.sketch.shapes}
    faulty = {shape for shape in shapes if any(pair in odd for pair in shape)}
    wrong = np.flatnonzero(seen.rows.where("shape", "shapes", faulty) | seen.rows.flagged(MISFIT))
    said = "Every field has the types that it had." if seen.before else "No field has a type that is rare in it."
    if len(wrong):
        named = ", ".join(f"{word} in {name!r}" for name, word in sorted(odd)[:3]) or "what can't be shown"
        said = f"{rows(len(wrong))} a field of another type than usual: {named}."
    told = {f"{name}: {word}": n for name, found in seen.types.items() for word, n in found.items() if word != MISSING}
    flagged = [f"{name}: {word}" for name, word in odd]
    figure = figures.bars(sorted(told.items(), key=lambda pair: (pair[0] not in flagged, pair[0])), of=figures.ROWS,
                          x_label="Rows", flagged=flagged)  # fmt: skip
    return Found(len(wrong), said, wrong, figure=figure)


def _odd_types(seen: Seen) -> set[tuple[str, str]]:
    nothing = (NULL, NOTHING, MISSING)
    odd = set()
    known = types_of(seen.before) if seen.before and seen.before.of("type") else None
    for name, found in seen.types.items():
        held = {word: n for word, n in found.items() if word not in nothing}
        if known is not None:
            usual = {word for word in known.get(name, {}) if word not in nothing}
            odd |= {(name, word) for word in held if usual and word not in usual}
        elif sum(held.values()) >= RARE:
            odd |= {(name, word) for word, n in held.items() if n * RARE < sum(held.values())}
    return odd


def out_of_range(seen: Seen) -> Found:
    """Numbers more than ten times as large as any of the field in the version before, or negative where none was; in a
    first version, more than a hundred times as large as 99 of 100, or negative where fewer than one in 500 is."""
    known = _ranges(seen)
    if not known:
        return unlooked(f"No field has {FEW_NUMBERS} numbers: too few to know a range.")
    faults: list[Array] = []
    fields: dict[str, int] = {}
    for number, part in enumerate(seen.rows.parts):
        sketch = part.sketch
        low, high = (
            np.array([*(known.get(name, EVERY)[side] for name in sketch.fields), 0], dtype=np.int64) for side in (0, 1)
        )
        row, field = sketch["number_row"], sketch["number_field"]
        size = np.asarray(sketch["number_size"], dtype=np.int64)
        wrong = part.live[row] & ((size < low[field]) | (size > high[field]))
        faults.append(seen.rows.places(number, np.unique(row[wrong])))
        for code, n in zip(*np.unique(field[wrong], return_counts=True), strict=True):
            fields[sketch.fields[code]] = fields.get(sketch.fields[code], 0) + int(n)
    wrong = np.concatenate(faults)
    usual = "of the last version" if _has_sizes(seen.before) else "that most have"
    said = f"Every number is in the range {usual}."
    if len(wrong):
        named = ", ".join(map(repr, sorted(fields)[:3]))
        said = f"{rows(len(wrong))} a number far out of the range {usual}, in {named}."
    figure = figures.bars(figures.ranked(fields), of=figures.ROWS, x_label="Numbers out of range")
    return Found(len(wrong), said, wrong, figure=figure)


def _has_sizes(summary: Summary | None) -> bool:
    return summary is not None and bool(summary.of("size"))


def _ranges(seen: Seen) -> dict[str, tuple[int, int]]:
    """{field: least and greatest size that is usual}"""
    before = seen.before
    given, range_of = (before, _range_before) if before and _has_sizes(before) else (seen.summary, _range_of_itself)
    found: dict[str, dict[int, int]] = {}
    for (name, size), n in given.of("size").items():
        found.setdefault(name, {})[int(size)] = n
    return {name: range_of(sizes) for name, sizes in found.items() if sum(sizes.values()) >= FEW_NUMBERS}


def _range_before(sizes: Mapping[int, int]) -> tuple[int, int]:
    least = min(sizes)
    return 0 if least >= 0 else least - PER_DECADE, max(*sizes, 1) + PER_DECADE


def _range_of_itself(sizes: Mapping[int, int]) -> tuple[int, int]:
    """By what 99 of 100 of the positive numbers have, and of the negative ones, if there are enough."""
    over = {size: n for size, n in sizes.items() if size > 0}
    under = {-size: n for size, n in sizes.items() if size < 0}
    high = _usual(over) + 2 * PER_DECADE if sum(over.values()) >= FEW_NUMBERS else EVERY[1]
    low = -(_usual(under) + 2 * PER_DECADE) if sum(under.values()) >= FEW_NUMBERS else EVERY[0]
    if sum(under.values()) * 500 < sum(sizes.values()):
        low = 0
    return low, high


def _usual(sizes: Mapping[int, int]) -> int:
    """The size that 99 of 100 don't exceed."""
    codes = np.array(sorted(sizes))
    counts = np.cumsum([sizes[code] for code in codes.tolist()])
    return int(codes[np.searchsorted(counts, 0.99 * counts[-1])])


def language(seen: Seen) -> Found:
    now = seen.summary.of("script")
    before = seen.before.of("script") if seen.before else {}
    told = {**figures.shares(now)}
    most = ", ".join(f"{name} {percent(share)}" for name, share in figures.ranked(told)[:3])
    if not before:
        figure = figures.bars(figures.ranked(told), of=figures.SHARE, x_label="Share of the texts")
        return unlooked(f"The texts are written in: {most}. {FIRST}" if now else "No texts.", figure)
    drift = total_variation(now, before)
    total = sum(before.values())
    foreign = {place for place, name in enumerate(scripts.NAMES) if before.get(name, 0) * RARE < total}
    wrong = np.flatnonzero(np.isin(seen.rows["script"], sorted(foreign)) & seen.rows.worded)
    said = f"{percent(drift)} of the texts are written otherwise than in the last version: {most}."
    figure = figures.compared(now, before)
    return _unless_chance(Found(drift, said, wrong, figure=figure), now, before)


def length_drift(seen: Seen) -> Found:
    now = seen.summary.of("length")
    before = seen.before.of("length") if seen.before else {}
    if not now or not before:
        return unlooked(FIRST if now else "No texts.")
    drift = total_variation(now, before)
    middle, earlier = _middle(now), _middle(before)
    said = f"Half of the texts are shorter than {middle:,} characters; in the last version it was {earlier:,}. "
    said += f"{percent(drift)} of them would need another length for the same mix."
    codes = sorted({*map(int, now), *map(int, before)})
    after, then = figures.shares(now), figures.shares(before)
    listed = [
        [f"{least_length(code):,} to {least_length(code + 1):,}", then.get(str(code), 0), after.get(str(code), 0)]
        for code in codes
    ]
    figure = {"kind": "table", "of": figures.SHARE, "columns": ["before", "now"], "rows": listed[:40]}
    return _unless_chance(Found(drift, said, figure=figure), now, before)


def _middle(bins: Mapping[str, int]) -> int:
    codes = np.array(sorted(map(int, bins)))
    counts = np.cumsum([bins[str(code)] for code in codes])
    return least_length(int(codes[np.searchsorted(counts, counts[-1] / 2)]) + 1)


def _unless_chance(found: Found, now: Mapping[str, int], before: Mapping[str, int]) -> Found:
    if found.value and chance_of(now, before) >= CHANCE:
        found.at_most = PASS
        found.summary += " Chance explains that."
    return found
