"""Plays the policies on folders of past labels, draws them, and writes the figures into docs/simulation.md.

    .venv/bin/python scripts/simulation.py FOLDER [NAME ...]

FOLDER/NAME holds labels.csv and truth.csv. Results are kept in var/simulation, and a set that is there is not played
again.
"""

import json
import math
import os
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelling.settings")

from labelling.crowd_files import FileProblem  # noqa: E402 - the path comes first
from labelling.management.commands.simulate import read_crowd  # noqa: E402 - as above
from labelling.management.drawing import draw  # noqa: E402 - as above
from labelling.stats.lookahead import Expert  # noqa: E402 - as above
from labelling.stats.simulation import Options, compare  # noqa: E402 - as above

PAGE, PICTURES, KEPT = ROOT / "docs/simulation.md", ROOT / "docs/pictures/simulation", ROOT / "var/simulation"
BEGIN, END = "<!-- figures begin -->", "<!-- figures end -->"
SEEDS = 20
SYSTEMATIC = ("zencrowd", "fact_eval")
SETTINGS = {
    "usual": Options(seeds=SEEDS),
    "right 85%": Options(costs=(2.5,), names=("2.5",), seeds=SEEDS, expert=Expert(5.0, 0.85)),
    "price 15": Options(costs=(2.5,), names=("2.5",), seeds=SEEDS, expert=Expert(15.0, 1.0)),
    "50 gold": Options(costs=(3.0,), names=("3",), seeds=SEEDS, gold=50),
}


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    names = names or sorted(file.parent.name for file in folder.glob("*/truth.csv"))
    played = {name: found for name in names if (found := play(folder / name)) is not None}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, results in played.items():
        draw(results["usual"], PICTURES / f"{name}.png", title=name)
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text("\n".join([f"{before}{BEGIN}", *lines_of(played), f"{END}{after}"]))


def play(folder: Path) -> dict[str, Any] | None:
    """The result of every setting, gold only where errors are systematic; None without truth."""
    try:
        crowd = read_crowd(folder / "labels.csv", folder / "truth.csv")
    except FileProblem as problem:
        sys.stderr.write(f"left out: {problem}\n")
        return None
    KEPT.mkdir(parents=True, exist_ok=True)
    results = {}
    for setting, options in SETTINGS.items():
        file = KEPT / f"{folder.name}-{setting.replace(' ', '-').replace('%', '')}.json"
        if not file.exists():
            if options.gold and folder.name not in SYSTEMATIC:
                continue
            sys.stderr.write(f"{folder.name}, {setting}\n")
            file.write_text(json.dumps(compare(crowd, options)))
        results[setting] = json.loads(file.read_text())
    return results


def lines_of(played: dict[str, dict[str, Any]]) -> list[str]:
    lines = [
        "", "Points over five labels with majority, 20 seeds; in brackets the share of items that an expert decided.",
        f"Mean and median are without {' and '.join(SYSTEMATIC)}, whose errors are systematic.",
        "", "| set | five, majority | five, inferred | at 2.0 | at 2.5 | at 3.0 | at 2.5, expert right 85% |"
        " at 2.5, expert at 15 | at 3.0, 50 gold |", "|---" * 9 + "|",
    ]  # fmt: skip
    columns: dict[str, list[float]] = {}
    for name, results in played.items():
        cells = cells_of(results)
        columns[name] = [value for value, _ in cells]
        lines.append(f"| {name} | " + " | ".join(text for _, text in cells) + " |")
    for word, mean in (("mean", statistics.mean), ("median", statistics.median)):
        kept = [cells for name, cells in columns.items() if name not in SYSTEMATIC]
        means = [mean(values) for values in zip(*kept, strict=True)]
        shown = [f"{means[0]:.1f}%", *("" if math.isnan(value) else f"{value:+.1f}" for value in means[1:])]
        lines.append(f"| **{word}** | " + " | ".join(shown) + " |")
    lines += ["", "| set | stopped at 0.95 | of these right | log loss | best in hindsight |"
              " alpha, all labels | yardstick items | bought labels alone |", "|---" * 8 + "|"]  # fmt: skip
    lines += [promises_of(name, results["usual"]) for name, results in played.items()]
    lines += ["", *(f"![{name}: accuracy against cost](pictures/simulation/{name}.png)" for name in played), ""]
    return lines


def cells_of(results: dict[str, Any]) -> list[tuple[float, str]]:
    five = accuracy(results["usual"], "fixed-5-majority")
    inferred = 100 * (accuracy(results["usual"], "fixed-5-inferred") - five)
    cells = [(100 * five, f"{five:.1%}"), (inferred, f"{inferred:+.1f}")]
    wanted = [
        ("usual", "2"),
        ("usual", "2.5"),
        ("usual", "3"),
        ("right 85%", "2.5"),
        ("price 15", "2.5"),
        ("50 gold", "3"),
    ]
    for setting, cost in wanted:
        if setting not in results:
            cells.append((float("nan"), ""))
            continue
        rows = {row["policy"]: row for row in results[setting]["policies"]}
        row = rows[f"adaptive@{cost}"]
        gain = 100 * (row["accuracy"] - rows["fixed-5-majority"]["accuracy"])
        cells.append((gain, f"{gain:+.1f} ({row['escalated']:.0%})"))
    return cells


def accuracy(result: dict[str, Any], policy: str) -> float:
    return next(float(row["accuracy"]) for row in result["policies"] if row["policy"] == policy)


def promises_of(name: str, result: dict[str, Any]) -> str:
    kept, agreed = result["calibration"], result["agreement"][0]
    yardstick = agreed["yardstick"]
    cells = [
        f"{kept['share']:.0%}", "" if kept["right"] is None else f"{kept['right']:.1%}", f"{kept['log_loss']:.3f}",
        f"{kept['log_loss_best']:.3f}", f"{agreed['all']:.2f}",
        f"{yardstick['value']:.2f} ({yardstick['low']:.2f} to {yardstick['high']:.2f})", f"{agreed['naive']:.2f}",
    ]  # fmt: skip
    return f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
