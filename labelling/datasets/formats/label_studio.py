"""Label Studio: a list of tasks as its JSON import takes them, and label_config.xml to open them with.

    {"id": the row's key, "data": the payload, "meta": {"quorum": {"key", "split", …}},
     "annotations": [{"result": […], "was_cancelled": false, "ground_truth": false}],
     "predictions": [{"model_version": "matching@3", "score": 0.97, "result": […], "probabilities"?: {…}}]}

The prediction is the consensus with its confidence. The annotation is the same, or, where votes are asked for, there is
one a vote, with `completed_by`. Boxes are in percent of the image; spans count code points, as they do there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.formats.base import About, Format, Json, Options, Vote, by_outside
from labelling.datasets.formats.label_config import CONTROL, config_of, data_of, to_name
from labelling.datasets.formats.pixels import size_of
from labelling.datasets.formats.records import Record, records
from labelling.schemas.base import Answer
from labelling.schemas.outside import LabelStudio, image_of, is_image

NAME = "label-studio"
CONFIG = "label_config.xml"
# What is decided by somebody who knows, not by the crowd's votes.
GROUND_TRUTH = ("expert", "gold")
# A name that can't be anybody's (RFC 2606).
DOMAIN = "labellers.invalid"
_encoder = msgspec.json.Encoder()


class Tasks:
    """The writer of one split."""

    def __init__(self, folder: Path, split: str, about: About, options: Options) -> None:
        self.file = (folder / layout.data_name(split, "json")).open("wb")
        self.file.write(b"[")
        self.before = b"\n"
        self.about, self.options = about, options
        self.outside: LabelStudio = about.kind.outside[NAME]
        self.to_name = to_name(about.definition, self.outside)
        self.type = self.outside.control(about.definition).tag.lower()
        self.shows_image = is_image(about.definition)
        self.numbers: dict[str, int] = {}

    def write(self, batch: Any, votes: Sequence[Sequence[Vote]] | None) -> None:
        for record in records(batch, votes):
            self.file.write(self.before + _encoder.encode(self._task(record)))
            self.before = b",\n"

    def close(self) -> None:
        self.file.write(b"\n]\n")
        self.file.close()

    def _task(self, record: Record) -> Json:
        result = self._result(record, record.answer)
        prediction: Json = {"model_version": self.about.title, "result": result}
        if record.confidence is not None:
            prediction["score"] = record.confidence
        if self.options.soft_labels and record.probabilities:
            prediction["probabilities"] = record.probabilities
        return {
            "id": record.key,
            "data": data_of(self.about.definition, self.outside, record.payload),
            "meta": {"quorum": {**record.facts, "version": self.about.title}},
            "annotations": self._annotations(record, result),
            "predictions": [prediction],
        }

    def _annotations(self, record: Record, result: list[Json]) -> list[Json]:
        if self.options.votes:
            return [self._vote(record, vote) for vote in record.votes]
        truth = record.authority in GROUND_TRUTH
        return [{"result": result, "was_cancelled": False, "ground_truth": truth}]

    def _vote(self, record: Record, vote: Vote) -> Json:
        number = self.numbers.setdefault(vote.labeller, len(self.numbers) + 1)
        annotation: Json = {
            "completed_by": {"id": number, "email": f"{vote.labeller}@{DOMAIN}", "first_name": vote.name},
            "result": [] if vote.answer is None else self._result(record, canonical.loads(vote.answer)),
            "was_cancelled": vote.answer is None,
            "ground_truth": False,
            "created_at": vote.at,
        }
        annotation |= {} if vote.seconds is None else {"lead_time": vote.seconds}
        return annotation | ({"abstention": vote.abstention} if vote.answer is None else {})

    def _result(self, record: Record, answer: Answer) -> list[Json]:
        size = size_of(image_of(self.about.definition, record.payload)) if self.shows_image else None
        sides = {"original_width": size[0], "original_height": size[1], "image_rotation": 0} if size else {}
        values = self.outside.values(self.about.definition, answer, record.payload)
        return [
            {"id": f"r{number}", "from_name": CONTROL, "to_name": self.to_name, "type": self.type, **sides,
             "value": value}
            for number, value in enumerate(values, 1)
        ]  # fmt: skip


def _beside(about: About, options: Options) -> Mapping[str, bytes]:
    return {CONFIG: config_of(about.definition, about.kind.outside[NAME])}


FORMAT = Format(
    name=NAME, title="Label Studio", place=4, suffix="json", content_type="application/json", open=Tasks,
    holds=by_outside(NAME), beside=_beside,
)  # fmt: skip
