"""What policies would have cost and got right: `manage.py simulate LABELS.csv --truth T.csv`."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from labelling.crowd_files import FileProblem, beside, read_labels, read_truth
from labelling.management.drawing import NoDrawing, check, draw
from labelling.management.telling import as_text
from labelling.stats.lookahead import Expert
from labelling.stats.simulation import Crowd, Options, compare

USUAL = [(cost, f"{cost:g}") for cost in (2.0, 2.5, 3.0)]


class Command(BaseCommand):
    help = "Compare policies on past labels: a fixed number of labels an item, and as many as each is worth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("labels", type=Path, help="CSV: item,worker,label")
        parser.add_argument("--truth", type=Path, required=True, help="CSV: item,truth, of all items or of some")
        parser.add_argument(
            "--cost", type=_cost, nargs="+", action="extend", metavar="C",
            help="labels an item, experts included: an adaptive policy each (2 2.5 3)",
        )  # fmt: skip
        parser.add_argument("--seeds", type=_count, default=20, help="how often everything is played (20)")
        parser.add_argument("--gold", type=_gold, default=0, help="items whose truth is known beforehand (0)")
        parser.add_argument("--expert-price", type=_price, default=5.0, help="in labels (5)")
        parser.add_argument("--expert-accuracy", type=_share, default=1.0, help="how often an expert is right (1)")
        parser.add_argument("--json", action="store_true", help="print one JSON document, progress to stderr")
        parser.add_argument("--png", type=Path, metavar="FILE", help="draw accuracy against cost")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["png"] is not None:
                check(options["png"])
            crowd = read_crowd(options["labels"], options["truth"])
            result = compare(crowd, _options(options), say=self.stderr.write)
            if options["png"] is not None:
                draw(result, options["png"], title=options["labels"].resolve().parent.name)
        except (FileProblem, NoDrawing, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(result) if options["json"] else as_text(result))


def read_crowd(labels: Path, truth: Path) -> Crowd:
    """Past labels and their truth. Raises FileProblem."""
    given, known = read_labels(labels), read_truth(beside(labels, truth))
    classes = sorted({one.label for one in given} | set(known.values()))
    items, workers = _codes(one.item for one in given), _codes(one.worker for one in given)
    if not set(items) & set(known):
        raise FileProblem(f"{truth}: holds the truth of no item that {labels.name} has labels of")
    if len(classes) < 2:
        raise FileProblem(f"{labels}: all labels are {classes[0]!r}; there is nothing to compare")
    class_of = {name: code for code, name in enumerate(classes)}
    real = np.full(len(items), -1, dtype=np.intp)
    for item, answer in known.items():
        if item in items:
            real[items[item]] = class_of[answer]
    return Crowd(
        np.array([items[one.item] for one in given], dtype=np.intp),
        np.array([workers[one.worker] for one in given], dtype=np.intp),
        np.array([class_of[one.label] for one in given], dtype=np.intp),
        real, len(workers), len(classes),
    )  # fmt: skip


def _codes(names: Any) -> dict[str, int]:
    return {name: code for code, name in enumerate(sorted(set(names)))}


def _options(given: dict[str, Any]) -> Options:
    named = list({cost: (cost, name) for cost, name in reversed(given["cost"] or USUAL)}.values())[::-1]
    return Options(
        costs=tuple(cost for cost, _ in named), names=tuple(name for _, name in named), seeds=given["seeds"],
        gold=given["gold"], expert=Expert(given["expert_price"], given["expert_accuracy"]),
    )  # fmt: skip


def _cost(text: str) -> tuple[float, str]:
    """A number and how it was written."""
    try:
        cost = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number of labels") from None
    if not 1 <= cost <= 1000:
        raise ArgumentTypeError(f"{text} labels an item: it must be from 1 to 1000")
    return cost, text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def _gold(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number of items")
    return int(text)


def _price(text: str) -> float:
    return _between(text, 0.01, 10_000, "a price in labels")


def _share(text: str) -> float:
    return _between(text, 0.01, 1, "a share")


def _between(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not {what}") from None
    if not low <= value <= high:
        raise ArgumentTypeError(f"{text} is not {what} from {low:g} to {high:g}")
    return value
