"""What the page about agreement shows: readings as pictures, sentences and rows of a table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from frontend.pictures import MOST_ROWS, TENTATIVE, Picture, spec
from labelling.projects.models import Member
from labelling.reliability.models import AgreementMatrix, AgreementReading
from labelling.reliability.queries import ALL, CLASS, GUIDELINE, OTHER, SLICE, YARDSTICK
from labelling.stats.interval import wilson

# Kappa of fewer shared items is hardly more than chance; figures fit into the cells of so many labellers.
ENOUGH_SHARED = 20
FIGURES_FIT = 10
# Fewer items than this tell too little about a part.
ENOUGH_ITEMS = 10
VERSIONS = "Guideline"


@dataclass(frozen=True)
class Facet:
    """rows: what one class, slice or version has on the yardstick and on all items, as (name, readings by scope)."""

    picture: Picture
    head: str
    rows: list[tuple[str, dict[str, AgreementReading]]]


def facets(readings: Iterable[AgreementReading], *, fixed: bool = False) -> list[Facet]:
    """By class, slice and guideline version, what there are several of; in the order that they come. fixed: every item
    gets the same number of labels."""
    found: dict[str, dict[str, dict[str, AgreementReading]]] = {CLASS: {}, SLICE: {}, GUIDELINE: {}}
    for one in readings:
        named = found[SLICE if one.facet == OTHER else one.facet]
        named.setdefault(_name(one), {})[one.scope] = one
    versions = dict(sorted(found[GUIDELINE].items(), key=lambda pair: int(pair[1][ALL].name)))
    parts = (
        ("Which classes are hard to tell?", "Class", _of_classes, found[CLASS]),
        ("Which slices are hard?", "Slice", _of_slices, found[SLICE]),
        ("Did the guideline help?", VERSIONS, _of_versions, versions),
    )
    return [_facet(question, head, says, rows, fixed) for question, head, says, rows in parts if rows]


def _name(reading: AgreementReading) -> str:
    if reading.facet == GUIDELINE:
        return f"Version {reading.name}"
    if reading.facet == OTHER:
        return f"{int(reading.name):,} smaller slices together"
    return reading.name or "without a slice"


Known = list[tuple[str, AgreementReading]]


def _facet(
    question: str, head: str, says: Callable[[Known], str], rows: dict[str, dict[str, AgreementReading]], fixed: bool
) -> Facet:
    scope = YARDSTICK if len(_known(rows, YARDSTICK)) > 1 else ALL
    known = _known(rows, scope)
    if not known:
        return Facet(
            Picture(question, "Not known yet: it takes items that two people labelled."), head, [*rows.items()]
        )
    said = says(known)
    if head != VERSIONS:
        known.sort(key=lambda pair: (pair[1].alpha or 0.0, pair[0]))
    if scope == ALL:
        flattered = "" if fixed else ", flattered by early stopping"
        said += f" The yardstick has too few labels, so these are of all items{flattered}."
    if unknown := len(rows) - len(known):
        said += f" Of {unknown} more there are too few labels to say."
    if len(known) > MOST_ROWS:
        said += f" The first {MOST_ROWS} of {len(known)} are drawn."
    dots = [
        {"label": name, "value": one.alpha, "low": one.low, "high": one.high, "flagged": _is_low(one)}
        for name, one in known[:MOST_ROWS]
    ]
    draws = spec("dots-interval", dots, x_label="Alpha", limit=TENTATIVE)
    return Facet(Picture(question, said, draws), head, [*rows.items()])


def _known(rows: dict[str, dict[str, AgreementReading]], scope: str) -> Known:
    return [(name, by_scope[scope]) for name, by_scope in rows.items() if _is_known(by_scope.get(scope))]


def _is_known(reading: AgreementReading | None) -> bool:
    """With an interval that resampling can be trusted with: of a handful of items it is an artefact."""
    if reading is None or None in (reading.alpha, reading.low, reading.high):
        return False
    return reading.n_items >= ENOUGH_ITEMS


def _is_low(reading: AgreementReading) -> bool:
    """Whether the best that can be said is not enough."""
    return (reading.high or 0.0) < TENTATIVE


def _of_classes(known: Known) -> str:
    name, worst = _worst(known)
    said = f"“{name}” is told from the others worst: alpha {worst.alpha:.2f}."
    if worst.percent is not None:
        said += f" Where somebody says it, others say it {worst.percent:.0%} of the time."
    return f"{said} {_low(known, 'Say in the guideline what sets them apart, or merge them.')}"


def _of_slices(known: Known) -> str:
    if len(known) < 2:
        return f"Only “{known[0][0]}” has enough labels: alpha {known[0][1].alpha:.2f}."
    name, worst = _worst(known)
    said = f"Agreement is lowest on “{name}”: alpha {worst.alpha:.2f}."
    return f"{said} {_low(known, 'Look at their items: the guideline may be silent on them.')}"


def _of_versions(known: Known) -> str:
    if len(known) < 2:
        return f"Under {known[0][0].lower()}, alpha is {known[0][1].alpha:.2f}; the others have too few labels."
    (old, before), (new, now) = known[-2:]
    said = f"Under {new.lower()}, alpha is {now.alpha:.2f}; under {old.lower()} it was {before.alpha:.2f}."
    if (now.low or 0) > (before.high or 0):
        return f"{said} It surely rose, whether by the guideline or by what came at the time."
    if (now.high or 0) < (before.low or 0):
        return f"{said} It surely fell: read what changed."
    return f"{said} Their intervals overlap, so that may be chance."


def _worst(known: Known) -> tuple[str, AgreementReading]:
    return min(known, key=lambda pair: (pair[1].alpha or 0.0, pair[0]))


def _low(known: Known, advice: str) -> str:
    low = [f"“{name}”" for name, one in known if _is_low(one)]
    if not low:
        return f"None is surely under {TENTATIVE}."
    names = ", ".join(low[:3]) + (f" and {len(low) - 3} more" if len(low) > 3 else "")
    return f"Surely under {TENTATIVE}: {names}. {advice}"


def pairs(matrix: AgreementMatrix | None, members: dict[str, Member]) -> Picture:
    """Every two labellers. members: by public id."""
    question = "Who agrees with whom?"
    shown = [cell for cell in matrix.cells if cell[2] >= ENOUGH_SHARED and cell[4] is not None] if matrix else []
    if matrix is None or not shown:
        return Picture(question, f"Not known yet: it takes two people with {ENOUGH_SHARED} items in common, and a fit.")
    names = [members[public_id].name for public_id in matrix.labellers]
    numbered = [f"{at} {name}" for at, name in enumerate(names, start=1)]
    order = sorted({at for i, j, *_ in shown for at in (i, j)})
    rows = [
        {"row": numbered[row], "column": str(column + 1), "value": max(kappa, 0.0),
         "text": f"{kappa:.2f}", "note": f"{percent:.0%} of {shared:,} items"}
        for row, column, shared, percent, kappa in _both_ways(shown, order)
    ]  # fmt: skip
    draws = spec("heatmap", rows, x_label="Labeller", dense=len(order) > FIGURES_FIT, square=True)
    return Picture(question, _about_pairs(shown, names, matrix), draws)


def _both_ways(cells: Sequence[Sequence[Any]], order: Sequence[int]) -> list[tuple[int, int, int, float, float]]:
    """Each pair from both sides, row by row."""
    known = {(i, j): rest for i, j, *rest in cells} | {(j, i): rest for i, j, *rest in cells}
    return [(i, j, *known[i, j]) for i in order for j in order if (i, j) in known]


def _about_pairs(cells: Sequence[Sequence[Any]], names: Sequence[str], matrix: AgreementMatrix) -> str:
    """Who is closest and who farthest apart: by the nearer limit of kappa, since the points of many pairs scatter."""
    closest, farthest = max(cells, key=lambda cell: _limits(cell)[0]), min(cells, key=lambda cell: _limits(cell)[1])
    if _limits(closest)[0] > _limits(farthest)[1]:
        said = f"Closest are {_pair(closest, names)}; farthest apart {_pair(farthest, names)}."
    else:
        said = f"No two pairs surely differ; closest seem {_pair(closest, names)}."
    said += (
        " Kappa is 1 where two always agree, 0 where they agree as often as chance would have it. Two who agree with "
        "each other far more than with anybody else may be copying; the flags look into that. Who is pale all along "
        "their row stands apart from everybody."
    )
    said += f" Pairs with fewer than {ENOUGH_SHARED} items in common are left out"
    return said + (f", and {matrix.n_left_out:,} labellers with fewer labels." if matrix.n_left_out else ".")


def _limits(cell: Sequence[Any]) -> tuple[float, float]:
    """The 95% limits of kappa, from those of the share on which two agree."""
    _, _, shared, percent, kappa = cell
    by_chance = (percent - kappa) / (1 - kappa) if kappa < 1 else 0.5
    share = wilson(percent, shared)
    return (share.low - by_chance) / (1 - by_chance), (share.high - by_chance) / (1 - by_chance)


def _pair(cell: Sequence[Any], names: Sequence[str]) -> str:
    i, j, shared, _, kappa = cell
    return f"{names[i]} and {names[j]} (kappa {kappa:.2f} over {shared:,} items)"
