"""doccano: a JSON line an item; where votes are asked for, also a file a labeller, as doccano itself exports.

    {"text": "Great price.", "label": ["positive"], "id": "r-1", "authority": "crowd", …}
    {"text": "Bonn and Rome", "label": [[0, 4, "city"], [9, 13, "city"]], …}
    {"filename": "https://…/cat.png", "bbox": [{"x": 11, "y": 12, "width": 64, "height": 66, "label": "cat"}], …}

Places in a text are counted in code points. What doccano has no place for (the other fields of the payload, authority,
confidence) stands beside it, and comes up there as metadata.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.formats.base import About, Format, Json, Options, Vote, by_outside
from labelling.datasets.formats.pixels import Unsized, in_pixels, size_of
from labelling.datasets.formats.records import Record, records
from labelling.datasets.formats.tables import VOTES
from labelling.schemas.base import Answer
from labelling.schemas.inputs import fields_of
from labelling.schemas.outside import Doccano, image_of, image_url

NAME = "doccano"
FACTS = ("split", "authority", "slice", "group", "source", "confidence", "probabilities")
SIDES = ("width", "height")
LONGEST_NAME = 80
_encoder = msgspec.json.Encoder()


class Lines:
    """The writer of one split."""

    def __init__(self, folder: Path, split: str, about: About, options: Options) -> None:
        self.file = (folder / layout.data_name(split, "jsonl")).open("wb")
        self.votes = folder / VOTES / split
        if options.votes:
            self.votes.mkdir(parents=True)
        self.about, self.options = about, options
        self.outside: Doccano = about.kind.outside[NAME]
        self.fields = fields_of(about.definition["input"])
        self.unsized = Unsized(NAME)

    def write(self, batch: Any, votes: Sequence[Sequence[Vote]] | None) -> None:
        of_labeller: defaultdict[str, list[bytes]] = defaultdict(list)
        for record in records(batch, votes):
            shown = {"id": record.key, **self._shown(record)}
            found = self._label(record, record.answer)
            self.file.write(_encoder.encode({**shown, **found, **self._facts(record)}) + b"\n")
            for vote in record.votes:
                if vote.answer is not None:
                    given = self._label(record, canonical.loads(vote.answer))
                    # The same data in every labeller's file: who reads them together takes the id for one example.
                    of_labeller[file_of(vote)].append(_encoder.encode({**shown, **given}) + b"\n")
        # Opened anew for each batch: there may be more labellers than a process may hold files open.
        for name, lines in of_labeller.items():
            with (self.votes / name).open("ab") as file:
                file.writelines(lines)

    def close(self) -> None:
        self.file.close()
        self.unsized.refuse()

    def _shown(self, record: Record) -> Json:
        """The text or image, and the other fields of the payload but those whose name is taken."""
        image = image_of(self.about.definition, record.payload)
        if image is not None:
            shown = {"filename": image_url(image)}
            size = size_of(image) if self.outside.boxes else None
            # So that who has the line alone can turn pixels into shares.
            shown |= dict(zip(SIDES, size, strict=True)) if size else {}
        else:
            shown = {"text": "\n\n".join(_text(record.payload.get(field)) for field in self.fields)}
        taken = {"id", "text", "filename", "label", "labels", "bbox", "entities", "relations", *SIDES, *FACTS}
        kept = len(self.fields) > 1 or image is not None
        rest = {name: value for name, value in record.payload.items() if kept or name not in self.fields}
        return {**shown, **{name if name not in taken else f"payload.{name}": value for name, value in rest.items()}}

    def _label(self, record: Record, answer: Answer) -> Json:
        if self.outside.label:
            return {"label": self.outside.label(self.about.definition, answer)}
        assert self.outside.boxes is not None
        size = size_of(image_of(self.about.definition, record.payload))
        if size is None:
            self.unsized.add(record.key)
            return {}
        boxes = in_pixels(self.outside.boxes(self.about.definition, answer), size)
        names = ("label", "x", "y", "width", "height")
        return {"bbox": [dict(zip(names, box, strict=True)) for box in boxes]}

    def _facts(self, record: Record) -> Json:
        facts = {name: value for name, value in record.facts.items() if name != "key"}
        facts |= {} if record.confidence is None else {"confidence": record.confidence}
        soft = self.options.soft_labels and record.probabilities
        return facts | ({"probabilities": record.probabilities} if soft else {})


def file_of(vote: Vote) -> str:
    """A labeller's file: named by the pseudonym, and, where names are asked for, by the name before it."""
    name = re.sub(r"[^\w.@ -]", "_", vote.name).strip(". ")[:LONGEST_NAME]
    return f"{name} {vote.labeller}.jsonl" if name else f"{vote.labeller}.jsonl"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else canonical.payload_text(value)


FORMAT = Format(
    name=NAME, title="doccano", place=5, suffix="jsonl", content_type="application/x-ndjson", open=Lines,
    holds=by_outside(NAME),
)  # fmt: skip
