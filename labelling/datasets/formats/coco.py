"""COCO: boxes in pixels; one document a split. Our confidence goes into `attributes`.

Boxes are stored out of 10,000 of an image's sides, so that the size of every image must be known; where it is not, the
export is refused with the rows at fault, since a reader of COCO takes every number for pixels.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.formats.base import About, Format, Json, Options, Vote, by_outside
from labelling.datasets.formats.pixels import Size, Unsized, in_pixels, size_of
from labelling.datasets.formats.records import Record, records
from labelling.datasets.formats.tables import VOTES
from labelling.schemas.base import Answer
from labelling.schemas.outside import Coco, image_of, image_url

NAME = "coco"
_encoder = msgspec.json.Encoder()
COPY_BYTES = 1 << 20


class Document:
    """One file: images as they come, annotations put aside until the last image is known."""

    def __init__(self, path: Path, about: About, options: Options) -> None:
        self.about, self.options = about, options
        self.outside: Coco = about.kind.outside[NAME]
        self.categories = {name: number for number, name in enumerate(about.kind.labels(about.definition), 1)}
        self.aside = path.with_suffix(".annotations")
        self.images, self.annotations = path.open("wb"), self.aside.open("wb")
        self.n_images = self.n_annotations = 0
        self.images.write(b'{"info":' + _encoder.encode(_info(about)) + b',"licenses":[],"images":[')

    def image(self, record: Record, url: str, size: Size) -> None:
        self.n_images += 1
        entry: Json = {"id": self.n_images, "file_name": _file_name(url, record.key), "width": size[0],
                       "height": size[1], "coco_url": url, "attributes": record.facts}  # fmt: skip
        self.images.write((b",\n" if self.n_images > 1 else b"\n") + _encoder.encode(entry))

    def boxes(self, answer: Answer, size: Size, attributes: Json) -> None:
        """The boxes of an answer to the image that came last."""
        for label, x, y, width, height in in_pixels(self.outside.boxes(self.about.definition, answer), size):
            self.n_annotations += 1
            category = self.categories.setdefault(label, len(self.categories) + 1)
            entry = {"id": self.n_annotations, "image_id": self.n_images, "category_id": category,
                     "bbox": [x, y, width, height], "area": round(width * height, 4), "iscrowd": 0,
                     "segmentation": [], "attributes": attributes}  # fmt: skip
            self.annotations.write((b",\n" if self.n_annotations > 1 else b"\n") + _encoder.encode(entry))

    def close(self) -> None:
        self.annotations.close()
        categories = [{"id": number, "name": name} for name, number in self.categories.items()]
        self.images.write(b'\n],"categories":' + _encoder.encode(categories) + b',"annotations":[')
        with self.aside.open("rb") as annotations:
            shutil.copyfileobj(annotations, self.images, COPY_BYTES)
        self.images.write(b"\n]}\n")
        self.images.close()
        self.aside.unlink()


class Split:
    """The writer of one split: the consensus, and votes in a document of their own."""

    def __init__(self, folder: Path, split: str, about: About, options: Options) -> None:
        name = layout.data_name(split, "json")
        self.about, self.options = about, options
        self.consensus = Document(folder / name, about, options)
        self.given: Document | None = None
        if options.votes:
            (folder / VOTES).mkdir(exist_ok=True)
            self.given = Document(folder / name.replace("data/", f"{VOTES}/", 1), about, options)
        self.unsized = Unsized(NAME)

    def write(self, batch: Any, votes: Sequence[Sequence[Vote]] | None) -> None:
        for record in records(batch, votes):
            image = image_of(self.about.definition, record.payload)
            size = size_of(image)
            if size is None:
                self.unsized.add(record.key)
                continue
            self.consensus.image(record, image_url(image), size)
            self.consensus.boxes(record.answer, size, self._attributes(record))
            if self.given:
                self.given.image(record, image_url(image), size)
                for vote in record.votes:
                    said = {"labeller": vote.name or vote.labeller}
                    if vote.answer is not None:
                        self.given.boxes(canonical.loads(vote.answer), size, said)

    def close(self) -> None:
        for document in filter(None, (self.consensus, self.given)):
            document.close()
        self.unsized.refuse()

    def _attributes(self, record: Record) -> Json:
        found: Json = {"authority": record.authority}
        found |= {} if record.confidence is None else {"confidence": record.confidence}
        soft = self.options.soft_labels and record.probabilities
        return found | ({"probabilities": record.probabilities} if soft else {})


def _info(about: About) -> Json:
    return {"description": f"{about.name}, version {about.number}", "version": str(about.number),
            "date_created": about.created_at, "url": f"urn:quorum:{about.version_id}"}  # fmt: skip


def _file_name(url: str, key: str) -> str:
    """The last part of an address; of an image that is in the payload itself, the row's key."""
    name = "" if url.startswith("data:") else PurePosixPath(urlsplit(url).path).name
    return name or key


FORMAT = Format(
    name=NAME, title="COCO (boxes)", place=6, suffix="json", content_type="application/json", open=Split,
    holds=by_outside(NAME),
)  # fmt: skip
