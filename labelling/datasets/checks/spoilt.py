"""Checks of what was spoilt before it came: damaged characters, texts that stand for nothing, times that can't be."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from labelling.datasets.checks import figures
from labelling.datasets.checks.marks import EPOCH
from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.sketch import DAMAGED, NO_DAY, STAND_IN, TEXT, Array
from labelling.datasets.checks.verdicts import Found, rows, unlooked

# A field of which fewer times are known is not judged by them.
FEW_TIMES = 100
# What fewer than one in a hundred times of a field are is a fault; what more are is what the field is for.
RARE = 100
# The day in the reader's time zone may be tomorrow's.
TOMORROW = 1
# Zero, as programs write it. Few times lie before 1980 where none but such do.
ZERO, EARLY = 0, date(1980, 1, 1).toordinal() - EPOCH


def damaged_texts(seen: Seen) -> Found:
    wrong = np.flatnonzero(seen.rows.flagged(DAMAGED))
    said = "No text holds characters that were damaged."
    if len(wrong):
        said = f"{rows(len(wrong))} damaged characters: lost ones (�), another encoding (Ã©), control characters or "
        said += "HTML entities (&amp;)."
    return Found(len(wrong), said, wrong, figure=_by_slice(seen, wrong))


def stand_ins(seen: Seen) -> Found:
    wrong = np.flatnonzero(seen.rows.flagged(STAND_IN))
    said = "No field that people are shown holds a text that stands for nothing."
    if len(wrong):
        said = f"{rows(len(wrong))} nothing but “N/A”, “null”, “NaN” or the like in a field that people are shown."
    return Found(len(wrong), said, wrong, figure=_by_slice(seen, wrong))


def _by_slice(seen: Seen, wrong: Array) -> figures.Figure | None:
    """Where they came from, if examples name that."""
    names = [*seen.rows.words("slices"), ""]
    codes = seen.rows.codes("slice", "slices")[wrong]
    counts = Counter(names[code] or "(no slice)" for code in codes.tolist())
    return figures.bars(figures.ranked(counts), of=figures.ROWS, x_label="Rows, by slice")


@dataclass
class Times:
    """What the rows have in one field. texts: how many hold a text there; places, days: of those that hold a time."""

    texts: int = 0
    places: list[Array] = field(default_factory=list)
    days: list[Array] = field(default_factory=list)


def odd_times(seen: Seen) -> Found:
    """In fields that hold times: days after today, day zero (1 January 1970), and texts that are no time, each where
    fewer than one in a hundred are."""
    fields = {name: times for name, times in _times(seen).items() if sum(map(len, times.places)) >= FEW_TIMES}
    if not fields:
        return unlooked(f"No field holds a time, such as 2026-11-22, in {FEW_TIMES} rows.")
    faults: dict[str, Array] = {}
    for name, times in sorted(fields.items()):
        places, days = np.concatenate(times.places), np.concatenate(times.days)
        if seen.today is not None:
            _note(faults, f"{name}: after {_said(seen.today)}", places[days > seen.today + TOMORROW], len(days))
        if (days < EARLY).sum() * RARE < len(days):
            _note(faults, f"{name}: {_said(ZERO)}", places[days == ZERO], len(days))
        if times.texts >= len(days):
            _note(faults, f"{name}: no time", _no_time(seen, name, places), times.texts)
    wrong = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *faults.values()]))
    said = f"Every time in {', '.join(map(repr, sorted(fields)[:3]))} can be."
    counts = {name: len(places) for name, places in faults.items()}
    if len(wrong):
        named = "; ".join(name for name, _ in figures.ranked(counts)[:3])
        said = f"{rows(len(wrong))} a time that can't be: {named}."
    return Found(len(wrong), said, wrong, figure=figures.bars(figures.ranked(counts), of=figures.ROWS, x_label="Rows"))


def _note(faults: dict[str, Array], name: str, places: Array, of: int) -> None:
    if 0 < len(places) * RARE < of:
        faults[name] = places


def _times(seen: Seen) -> dict[str, Times]:
    found: dict[str, Times] = {}
    for number, part in enumerate(seen.rows.parts):
        row, day = np.asarray(part.sketch["mark_row"]), np.asarray(part.sketch["mark_day"])
        held = part.live[row] & (day != NO_DAY)
        codes = np.asarray(part.sketch["mark_field"])
        for code in np.unique(codes[held]).tolist():
            here = held & (codes == code)
            times = found.setdefault(part.sketch.fields[code], Times())
            times.places.append(seen.rows.places(number, row[here]))
            times.days.append(day[here].astype(np.int64))
    for name, times in found.items():
        times.texts = seen.types.get(name, {}).get(TEXT, 0)
    return found


def _no_time(seen: Seen, name: str, places: Array) -> Array:
    """Places of rows with a text in the field that is no time and stands for something."""
    shapes = {shape for part in seen.rows.parts for shape in part.sketch.shapes if dict(shape).get(name) == TEXT}
    texts = seen.rows.where("shape", "shapes", shapes)
    texts[places] = False
    texts[marked(seen, name)] = False
    return np.flatnonzero(texts)


def marked(seen: Seen, name: str) -> Array:
    """Places of rows whose text in the field stands for nothing."""
    found = [np.empty(0, dtype=np.int64)]
    for number, part in enumerate(seen.rows.parts):
        if name in part.sketch.fields:
            row, code = np.asarray(part.sketch["mark_row"]), part.sketch.fields.index(name)
            held = (np.asarray(part.sketch["mark_field"]) == code) & (np.asarray(part.sketch["mark_day"]) == NO_DAY)
            found.append(seen.rows.places(number, row[held & part.live[row]]))
    return np.concatenate(found)


def _said(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
