"""Pictures that look alike, found by the checks among all rows of a version."""

import base64
from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from labelling.datasets import layout
from labelling.datasets.checks import kept, nearby, pictures, sketching
from labelling.datasets.checks.live import Live, Part
from labelling.datasets.checks.payloads import Shown
from labelling.schemas import kind_of
from tests.datasets.rows import row
from tests.factories import definition

SCHEMA = {
    "kind": "single_choice",
    "definition": {**definition(), "input": {"kind": "image", "fields": ["photo"]}},
}
SHOWN = Shown(kind_of("single_choice"), SCHEMA["definition"])


def photo(seed, quality=90):
    """A data: URL of a picture of soft blobs; the same blobs in other bytes at another quality."""
    blobs = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(blobs).resize((60, 60), Image.Resampling.BICUBIC).save(file, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


@pytest.fixture
def segment(tmp_path, settings):
    """Four photos of which the last two are others at another quality, and one at an address; how often it was read."""
    settings.DATA_DIR = tmp_path
    urls = [photo(1), photo(2), photo(3), photo(1, 60), {"url": photo(3, 60)}, "https://example.org/a.png"]
    rows = [row(n, payload={"photo": url}) for n, url in enumerate(urls)]
    batch = pa.RecordBatch.from_pylist([layout.to_cells(one) for one in rows], schema=layout.arrow_schema())
    reads, every = [], np.ones(len(rows), dtype=bool)

    def read():
        reads.append(1)
        return [batch]

    part = Part(sketching.of([batch], **SCHEMA), every, every, lambda at: batch.column("key").take(pa.array(at)), read,
                name="abcdef")  # fmt: skip
    return part, reads


def hashes(part, *, every=False):
    return pictures.hashes_of(Live([part]), SHOWN, **SCHEMA, every=every)


def test_pictures_that_look_alike_are_near_and_one_at_an_address_is_not_looked_at(segment):
    live = Live([segment[0]])
    found = nearby._of_pictures(live, hashes(segment[0]))
    assert {tuple(pair) for pair in found.pairs.tolist()} == {(0, 3), (2, 4)}
    assert (found.is_whole, found.but) == (False, nearby.HASHED.format(n=5, of=6))


def test_a_picture_is_decoded_once_until_it_is_erased(segment):
    part, reads = segment
    first, again = hashes(part), hashes(part)
    assert (first == again).all() and len(reads) == 1
    kept.forget("abcdef")
    hashes(part)
    assert len(reads) == 2


def test_many_pictures_are_left_to_the_background(segment, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_AT_ONCE", 5)
    assert hashes(segment[0]) is None
    assert hashes(segment[0], every=True) is not None
    assert hashes(segment[0]) is not None, "they are known now"
