"""Reading what a replay is made of. Every complaint names the file, the line and the field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from labelling.crowd_files import FileProblem, GivenLabel, beside, read_labels, read_truth


@dataclass(frozen=True)
class Past:
    """What a crowd did: labels in order, payloads, predictions (as sent) and truth by item.

    payload_at, prediction_at: the file and the line of each item's, for complaints.
    """

    labels: list[GivenLabel]
    payloads: dict[str, dict[str, Any]]
    predictions: dict[str, dict[str, Any]]
    truth: dict[str, str]
    payload_at: dict[str, str]
    prediction_at: dict[str, str]

    @property
    def classes(self) -> list[str]:
        return sorted({given.label for given in self.labels} | set(self.truth.values()))

    @property
    def items(self) -> list[str]:
        """Ids of the items, in the order in which they were first labelled; unlabelled ones after."""
        return list(dict.fromkeys([*(given.item for given in self.labels), *self.payloads]))

    @property
    def sorted_items(self) -> list[str]:
        """The same in the order in which they are taken in."""
        return sorted(self.items, key=str.encode)


def read_past(
    labels: Path, *, items: Path | None = None, predictions: Path | None = None, truth: Path | None = None
) -> Past:
    """Read the files of a replay; names that aren't found are looked for beside the labels file too."""
    payloads, payload_at = ({}, {}) if items is None else _by_id(beside(labels, items))
    predicted, prediction_at = ({}, {}) if predictions is None else _by_id(beside(labels, predictions))
    past = Past(
        labels=read_labels(labels),
        payloads=payloads,
        predictions=predicted,
        truth={} if truth is None else read_truth(beside(labels, truth)),
        payload_at=payload_at,
        prediction_at=prediction_at,
    )
    strangers = [given.item for given in past.labels if past.payloads and given.item not in past.payloads]
    if strangers:
        raise FileProblem(f"{items}: has no item {strangers[0]!r}, which {labels.name} holds labels of")
    if truth is not None and not {given.item for given in past.labels} & set(past.truth):
        raise FileProblem(f"{truth}: holds the truth of no item that {labels.name} has labels of")
    if len(past.classes) < 2:
        raise FileProblem(f"{labels}: all labels are {past.classes[0]!r}; a project needs two classes or more")
    return past


def _by_id(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The objects of an NDJSON file by their ids, and where each stands."""
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise FileProblem(f"{path}, line {number}: is not JSON: {error}") from error
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise FileProblem(f"{path}, line {number}: needs an id that is text")
        if row["id"] in found:
            raise FileProblem(f"{path}, line {number}: {row['id']!r} is there already, in {places[row['id']]}")
        found[row["id"]], places[row["id"]] = row, f"{path}, line {number}"
    return found, places
