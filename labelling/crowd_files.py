"""Files of past crowd labels: labels.csv (item, worker, label, perhaps seconds) and truth.csv (item, truth). Every
complaint names the file, the line and the field."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class FileProblem(ValueError):
    """A file can't be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class GivenLabel:
    item: str
    worker: str
    label: str
    seconds: float | None


def read_labels(path: Path) -> list[GivenLabel]:
    """The labels in the order of the file; nobody labels an item twice."""
    seen: set[tuple[str, str]] = set()
    labels = []
    for line, row in _rows(path, ("item", "worker", "label")):
        pair = (row["item"], row["worker"])
        if pair in seen:
            raise FileProblem(f"{path}, line {line}: {row['worker']} has labelled {row['item']} before")
        seen.add(pair)
        labels.append(GivenLabel(*pair, row["label"], _seconds(row.get("seconds"), f"{path}, line {line}")))
    if not labels:
        raise FileProblem(f"{path}: holds no labels")
    return labels


def _seconds(text: str | None, where: str) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        raise FileProblem(f"{where}: seconds is not a number: {text!r}") from None
    if seconds is not None and not 0 <= seconds < math.inf:
        raise FileProblem(f"{where}: seconds must be 0 or more, not {text}")
    return seconds


def read_truth(path: Path) -> dict[str, str]:
    """{item: truth}; an item has one truth."""
    truth: dict[str, str] = {}
    for line, row in _rows(path, ("item", "truth")):
        if truth.setdefault(row["item"], row["truth"]) != row["truth"]:
            raise FileProblem(f"{path}, line {line}: truth of {row['item']} is {truth[row['item']]!r} further up")
    return truth


def beside(labels: Path, wanted: Path) -> Path:
    """A path as given, or beside the labels file."""
    for candidate in (wanted, labels.parent / wanted):
        if candidate.exists():
            return candidate
    raise FileProblem(f"{wanted}: there is no such file, here or beside {labels.name}")


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise FileProblem(f"{path}, line 1: there is no column {missing[0]!r}")
            for row in reader:
                for name in needed:
                    if not row[name]:
                        raise FileProblem(f"{path}, line {reader.line_num}: {name} is empty")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileProblem(f"{path}: {error}") from error
