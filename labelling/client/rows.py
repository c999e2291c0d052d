"""Rows as a training job wants them: shares as fractions, JSON text as objects."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from labelling.client.errors import ClientError, Damaged
from labelling.datasets.content import FIELDS, SCALE, SPLITS

TRAINING = ("train", "validation")
AS_JSON = ("answer", "posterior", "payload")


def splits_of(split: str | None) -> tuple[str, ...]:
    """The splits that a name stands for: train and validation without one. Raises ClientError."""
    if split is None:
        return TRAINING
    if split not in SPLITS:
        raise ClientError(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    return (split,)


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream of bytes, without their ends."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        yield rest


def row_of(line: bytes) -> dict[str, Any]:
    """A line of JSONL as a row with confidence and posterior as fractions and the payload as an object. Raises Damaged
    for what is no row."""
    try:
        row = json.loads(line)
        shares = row["posterior"]
        return {
            **row,
            "confidence": None if row["confidence"] is None else row["confidence"] / SCALE,
            "posterior": None if shares is None else {name: share / SCALE for name, share in shares.items()},
            "payload": json.loads(row["payload"]),
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"the server sent a line that is no row of a version ({error}): {line!r:.80}") from None


def frame_of(table: Any) -> Any:
    """A DataFrame of a table of rows: as `row_of`, and a column for each field of the payload; one that is named as
    another column comes as `payload.NAME`."""
    frame = table.to_pandas()
    frame["confidence"] = frame["confidence"].astype("float64") / SCALE
    for name in AS_JSON:
        frame[name] = [_read(text, name) if isinstance(text, str) else None for text in frame[name]]
    frame["posterior"] = [
        {name: share / SCALE for name, share in shares.items()} if shares else None for shares in frame["posterior"]
    ]
    names = dict.fromkeys(name for payload in frame["payload"] if isinstance(payload, dict) for name in payload)
    for name in names:
        column = f"payload.{name}" if name in FIELDS else name
        frame[column] = [payload.get(name) if isinstance(payload, dict) else None for payload in frame["payload"]]
    return frame


def _read(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"the server sent a row whose {name} is no JSON ({error}): {text!r:.80}") from None
