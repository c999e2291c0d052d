"""Making a sketch of the rows of a segment: one pass, about five microseconds a row."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from labelling.datasets.checks import texts
from labelling.datasets.checks.payloads import Payloads, Shapes, Shown, decoded
from labelling.datasets.checks.sketch import COLUMNS, NO_CONFIDENCE, Array, Sketch
from labelling.datasets.content import SPLITS
from labelling.schemas import SchemaError, kind_of

# Distinct answers that are remembered as allowed or not.
MOST_ANSWERS = 100_000


class _Given(msgspec.Struct):
    labeller: str
    answer: str | None = None


class _Lineage(msgspec.Struct):
    labels: list[_Given] = []


def of(
    batches: Iterable[pa.RecordBatch], *, kind: str, definition: dict[str, Any], lineages: Iterable[str] = ()
) -> Sketch:
    """The sketch of rows. batches: of layout.arrow_schema(), an erased row with a null payload; lineages: canonical
    JSON, one a row in the same order, or none where nobody asks who labelled."""
    drawing = Drawing(kind=kind, definition=definition)
    for batch in batches:
        drawing.add(batch)
    drawing.add_lineages(lineages)
    return drawing.sketch()


class Codes:
    """Numbers words from 0 in the order that they come."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.place = {word: number for number, word in enumerate(words)}

    def column(self, values: pa.Array) -> Array:
        """Codes of a column of texts, int32 (n,); -1 for null."""
        encoded, place = values.dictionary_encode(), self.place
        known = [place.setdefault(word, len(place)) for word in encoded.dictionary.to_pylist()]
        codes = np.array([*known, -1], dtype=np.int32)
        return codes[encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)]


class Drawing:
    """Takes batches of rows one after another."""

    def __init__(self, *, kind: str, definition: dict[str, Any]) -> None:
        self.kind, self.definition = kind_of(kind), definition
        self.shown = Shown(self.kind, definition)
        self.shapes = Shapes(self.shown.fields)
        self.parts: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self.labels, self.slices, self.authorities, self.labellers = Codes(), Codes(), Codes(), Codes()
        self.answers: dict[str | None, bool] = {None: True}
        self.n = 0

    def add(self, batch: pa.RecordBatch) -> None:
        payloads = Payloads(self.shown, self.shapes, n=len(batch), base=self.n)
        payloads.read(batch.column("payload").to_pylist(), self._allowed(batch))
        for name, values in (self._codes(batch) | payloads.columns()).items():
            self.parts[name].append(values)
        self.n += len(batch)

    def add_lineages(self, lineages: Iterable[str]) -> None:
        rows, givers = [], []
        decode, place = msgspec.json.Decoder(_Lineage).decode, self.labellers.place
        for row, text in enumerate(lineages):
            for given in decode(text).labels:
                if given.answer is not None:
                    rows.append(row)
                    givers.append(place.setdefault(given.labeller, len(place)))
        self.parts["given_row"].append(np.array(rows, dtype=np.int32))
        self.parts["given_by"].append(np.array(givers, dtype=np.int32))

    def sketch(self) -> Sketch:
        columns = {
            name: np.concatenate([np.asarray(part, dtype=kind) for part in self.parts[name]] or [np.empty(0, kind)])
            for name, kind in COLUMNS.items()
        }
        return Sketch(
            columns, labels=list(self.labels.place), slices=list(self.slices.place),
            authorities=list(self.authorities.place), shapes=list(self.shapes.place),
            fields=list(self.shapes.fields), labellers=list(self.labellers.place),
        )  # fmt: skip

    def _codes(self, batch: pa.RecordBatch) -> dict[str, Array]:
        """What Arrow's columns say of themselves."""
        if self.kind.merging:
            label, said = np.full(len(batch), -1, dtype=np.int32), batch.column("answer")
        else:
            label, said = self.labels.column(batch.column("label")), batch.column("label")
        return {
            "label": label,
            "said": _hashes(said),
            "group": _hashes(batch.column("group")),
            "slice": self.slices.column(batch.column("slice")),
            "authority": self.authorities.column(batch.column("authority")),
            "split": Codes(SPLITS).column(batch.column("split")),
            "confidence": batch.column("confidence").fill_null(NO_CONFIDENCE).to_numpy(zero_copy_only=False),
        }

    def _allowed(self, batch: pa.RecordBatch) -> Iterator[bool]:
        """Whether each row's answer is one of the schema: asked once for each answer, where no payload is needed."""
        answers = batch.column("answer").to_pylist()
        if not self.kind.reads_payload:
            yield from map(self._is_allowed, answers)
            return
        for answer, payload in zip(answers, batch.column("payload").to_pylist(), strict=True):
            yield payload is None or answer is None or self._fits(answer, decoded(payload))

    def _is_allowed(self, answer: str | None) -> bool:
        known = self.answers.get(answer)
        if known is None:
            known = answer is None or self._fits(answer, None)
            if len(self.answers) < MOST_ANSWERS:
                self.answers[answer] = known
        return known

    def _fits(self, answer: str, payload: Any) -> bool:
        try:
            self.kind.check_answer(self.definition, decoded(answer), payload)
        except SchemaError:
            return False
        return True


def _hashes(values: pa.Array) -> Array:
    """64 bits of SHA-256 of each text, uint64 (n,); 0 for null and for the empty text."""
    encoded = values.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    known = [int.from_bytes(texts.digest(texts.encoded(word))[:8], "little") if word else 0 for word in words]
    codes = np.array([*known, 0], dtype=np.uint64)
    return codes[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
