"""A simulation's result as a picture: accuracy against cost."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

STYLES = {"fixed, majority": ("#8a8a8a", "s", "--"), "fixed, inferred": ("#1f6fb4", "o", "-."),
          "adaptive": ("#c4501b", "D", "-")}  # fmt: skip
SIZE, DOTS_PER_INCH = (6.4, 4.0), 100


class NoDrawing(RuntimeError):
    """The library that draws is not installed."""


def check(file: Path) -> None:
    """Whether a picture can be drawn into this file: asked before anything is played. Raises NoDrawing, ValueError."""
    if file.suffix.lower() != ".png":
        raise ValueError(f"--png: {file} must end in .png")
    if not file.resolve().parent.is_dir():
        raise ValueError(f"--png: there is no folder {file.resolve().parent}")
    if find_spec("matplotlib") is None:
        raise NoDrawing("--png needs matplotlib: install quorum-labelling[plots]")


def draw(result: dict[str, Any], file: Path, *, title: str) -> None:
    """Write a PNG. Raises as `check`, and OSError."""
    check(file)
    # Only who draws needs it: the library takes a second to load.
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    for curve in result["curve"]:
        _draw_curve(axes, curve)
    expert = result["expert"]
    axes.set_title(f"{title}: an expert costs {expert['price']:g} labels, right {expert['accuracy']:.0%} of the time")
    axes.set_xlabel("cost of an item, in labels")
    axes.set_ylabel("accuracy, %")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(file, metadata={"Software": None})


def _draw_curve(axes: Any, curve: dict[str, Any]) -> None:
    colour, marker, line = STYLES[curve["name"]]
    points = curve["points"]
    cost, value = [point["cost"] for point in points], [100 * point["accuracy"] for point in points]
    below = [100 * (point["accuracy"] - point["low"]) for point in points]
    above = [100 * (point["high"] - point["accuracy"]) for point in points]
    axes.errorbar(
        cost, value, yerr=[[max(one, 0) for one in below], [max(one, 0) for one in above]], color=colour,
        marker=marker, markersize=5, linestyle=line, linewidth=1.5, elinewidth=0.8, capsize=2, label=curve["name"],
    )  # fmt: skip
