"""What the pages about the checks of versions say and draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime

from frontend.pictures import Picture, spec
from labelling.datasets.checks.figures import SHARE
from labelling.datasets.checks.metrics import NEAR, since
from labelling.datasets.checks.models import QualityReport
from labelling.datasets.checks.verdicts import NOT_LOOKED_FOR
from labelling.projects.limits import ADVICE, LIMITS
from labelling.projects.models import Member, Project

WHOLE = 10_000
ORDER = ("fail", "warn", "pass", "not_looked_for")
# A share that never rose above one in a hundred is not drawn.
WORTH_DRAWING = 100
MOST_DRAWN = 12


@dataclass(frozen=True)
class Card:
    """One check as a card: what it said, its picture, what it is measured by, and what the picture leaves out;
    advice: what to do, where it found something."""

    told: dict[str, Any]
    picture: Picture
    limits: str
    cut: str = ""
    advice: str = ""


def cards_of(report: dict[str, Any], project: Project) -> list[Card]:
    """The gravest first. A check of before there were pictures has none."""
    checks = [one for one in report["checks"] if one["name"] in LIMITS]
    checks.sort(key=lambda one: ORDER.index(one["verdict"]))
    return [
        Card(
            one,
            Picture(LIMITS[one["name"]].title, one["summary"], drawn(named(one, project))),
            limits_of(one),
            cut_of(one),
            ADVICE[one["name"]] if one["verdict"] in ("warn", "fail") else "",
        )
        for one in checks
    ]


def with_later(report: dict[str, Any], searched: QualityReport | None) -> dict[str, Any]:
    """What was checked when a version was published; of what left rows out, what was found when all were searched."""
    whole = {one["name"]: one for one in searched.told["checks"]} if searched else {}
    checks = [whole.get(one["name"], one) if one.get("later") else one for one in report["checks"]]
    return {**report, "checks": checks}


def named(check: dict[str, Any], project: Project) -> dict[str, Any]:
    """The check with the names of labellers in its picture: reports hold their ids."""
    if check["name"] != "labeller_share" or not check.get("figure"):
        return check
    ids = [label for label, *_ in check["figure"]["rows"]]
    names = dict(Member.objects.filter(project=project, public_id__in=ids).values_list("public_id", "name"))
    rows = [[names.get(label, label), *rest] for label, *rest in check["figure"]["rows"]]
    return {**check, "figure": {**check["figure"], "rows": rows}}


def cut_of(check: dict[str, Any]) -> str:
    """That the picture shows only the first of so many."""
    figure = check.get("figure") or {}
    return f"The picture shows the first {len(figure['rows'])} of {figure['among']:,}." if "among" in figure else ""


def limits_of(check: dict[str, Any]) -> str:
    """What is measured, and from where on it warns and stops."""
    if check["verdict"] == NOT_LOOKED_FOR or check.get("off") or "unit" not in check:
        return ""
    bounds = ((word, check[key]) for word, key in (("warns", "warn"), ("stops", "fail")) if check.get(key) is not None)
    told = [f"{word} above {said(bound, check['unit']).replace('.0%', '%')}" for word, bound in bounds]
    return f"{said(check['value'], check['unit'])}; {' and '.join(told) if told else 'never warns'}."


def said(value: int, unit: str) -> str:
    return f"{value / 100:.1f}%" if unit == SHARE else f"{value:,} {unit if value != 1 else unit.removesuffix('s')}"


def drawn(check: dict[str, Any]) -> str:
    """The specification of a check's figure, for frontend/src/plots."""
    figure = check.get("figure")
    if not figure:
        return ""
    return DRAWN[figure["kind"]](figure if check["verdict"] in ("fail", "warn") else _calm(figure))


def _calm(figure: dict[str, Any]) -> dict[str, Any]:
    """Nothing is pointed out where all is well."""
    if figure["kind"] != "bars":
        return figure
    return {**figure, "rows": [[label, value, False] for label, value, _ in figure["rows"]]}


def _bars(figure: dict[str, Any]) -> str:
    percent = figure["of"] == SHARE
    scale = WHOLE if percent else 1
    rows = [{"label": label or "(none)", "value": value / scale, "flagged": bool(flagged)}
            for label, value, flagged in figure["rows"]]  # fmt: skip
    line = {} if figure.get("line") is None else {"limit": figure["line"] / scale}
    return spec("bars", rows, x_label=figure["x_label"], percent=percent, **line)


def _table(figure: dict[str, Any]) -> str:
    rows = [
        {"row": label or "(none)", "column": column, "value": value / WHOLE, "text": f"{value / 100:.1f}%"}
        for label, *values in figure["rows"]
        for column, value in zip(figure["columns"], values, strict=True)
    ]
    return spec("heatmap", rows, percent=True)


def _histogram(figure: dict[str, Any]) -> str:
    bins = [{"from": low, "to": max(high, low + 1), "count": n} for low, high, n in figure["bins"]]
    log = bool(bins) and bins[0]["from"] > 0 and bins[-1]["to"] > 100
    return spec("histogram", [], bins=bins, x_label=figure["x_label"], y_label="Rows", log=log)


DRAWN: dict[str, Callable[[dict[str, Any]], str]] = {"bars": _bars, "table": _table, "histogram": _histogram}


# --- over time -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    title: str
    pictures: list[Picture]


def over_time(readings: Sequence[QualityReport]) -> list[Group]:
    """Small pictures of what is followed, what says most first. readings: the oldest first."""
    series: dict[str, list[tuple[QualityReport, int]]] = {}
    for reading in readings:
        for name, value in reading.metrics.items():
            series.setdefault(name, []).append((reading, value))
    groups = [
        ("Checks", [n for n in series if n.startswith("check:") and _moves(series[n])]),
        ("Missing values", [n for n in series if n.startswith("null:") and _highest(series[n]) > WORTH_DRAWING]),
        ("Labels", [n for n in series if n.startswith("class:")]),
        ("Writing", [n for n in series if n.startswith("script:") and _moves(series[n])]),
        ("Size", [n for n in series if n == "rows"]),
    ]
    made = []
    for title, names in groups:
        names.sort(key=lambda name: (-_highest(series[name]), name))
        if names:
            made.append(Group(title, [_followed(name, series[name]) for name in names[:MOST_DRAWN]]))
    return made


def _moves(points: list[tuple[QualityReport, int]]) -> bool:
    return len({value for _, value in points}) > 1 or (points[-1][1] > 0 and points[-1][0].verdict != "pass")


def _highest(points: list[tuple[QualityReport, int]]) -> int:
    return max(value for _, value in points)


def _followed(name: str, points: list[tuple[QualityReport, int]]) -> Picture:
    what, _, word = name.partition(":")
    unit = LIMITS[word].unit if what == "check" and word in LIMITS else "rows" if what == "rows" else SHARE
    titles = {"check": LIMITS[word].title if word in LIMITS else word, "null": f"No {word}", "rows": "Rows"}
    title = titles.get(what, word)
    meaning = sentence(what, word, unit, points)
    # A flat line says no more than the sentence.
    if len({value for _, value in points}) < 2:
        return Picture(title, meaning)
    scale = WHOLE if unit == SHARE else 1
    rows = [{"x": reading.at.isoformat(), "y": value / scale} for reading, value in points]
    limit = LIMITS[word].warn if what == "check" and word in LIMITS else None
    line = {"limit": limit / scale} if limit else {}
    return Picture(title, meaning, spec("line-band", rows, percent=unit == SHARE, height=170, **line))


def sentence(what: str, word: str, unit: str, points: list[tuple[QualityReport, int]]) -> str:
    """Since when a value has been as it is, in words."""
    found = since([value for _, value in points], near=NEAR if unit == SHARE else 0)
    assert found is not None
    level = said(found.now, unit)
    begun, first = points[found.first][0], points[0][0]
    about = {
        "null": f"{level} of the field “{word}” has been null or missing",
        "class": f"{level} of the rows have been “{word}”",
        "script": f"{level} of the texts have been written in {word}" if word[:1].isupper() else f"{level}: {word}",
    }.get(what, f"{level}")
    if len(points) == 1:
        return f"{level} in the only report that tells."
    run = {value for _, value in points[found.first :]}
    about = about if len(run) == 1 else f"About {about}"
    if found.before is None:
        return f"{about} since the first report ({_when(first)})."
    return f"{about} since {_when(begun)}; before that {said(found.before, unit)}."


def _when(reading: QualityReport) -> str:
    day = date_format(localtime(reading.at), "j F Y")
    return f"version {reading.version.number}, {day}" if reading.version else day
