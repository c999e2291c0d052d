"""Sending back what a model says: so that the next round asks people about what the new model doesn't know."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labelling.client.connection import Quorum
from labelling.client.errors import ClientError
from labelling.client.shapes import REPORT, all_shaped, shaped

CHUNK_BYTES = 4_000_000
LINES = "application/x-ndjson"
KEPT_ERRORS = 1_000


def report(quorum: Quorum, project_path: str, *, model: str, predictions: Any, pipeline: str = "") -> dict[str, Any]:
    """Send a model's predictions; needs a token with the scope `predictions:write`.

    model: its name and version, like "ranker-2026-11". predictions: of rows by their key, as one of

        {key: probabilities}
        a list of dicts, a DataFrame or an Arrow table with the columns `key` and `probabilities` (or what else the API
        takes of a prediction: `answer`, `confidence`, `passes`, …); a DataFrame's index stands in for a missing `key`

    probabilities: {class: number}, or numbers in the order of the label schema. The payload may be left out where the
    project has the example already. The same predictions again change nothing.

    Returns {"lines", "created", "predictions", "repeated", "n_errors", "errors"}: what was stored, and for each line at
    fault its number, field and what is wrong. Raises ClientError.
    """
    if not model.strip():
        raise ClientError("model: is empty; name the model and its version, as in report('ranker-2026-11', …)")
    told = {"model": model, **({"pipeline": pipeline} if pipeline else {})}
    whole: dict[str, Any] = {"lines": 0, "created": 0, "predictions": 0, "repeated": 0, "n_errors": 0, "errors": []}
    for body in _chunks(_line(entry, told) for entry in _entries(predictions)):
        _add(whole, _sent(quorum, f"{project_path}/predictions", body))
    return whole


def _sent(quorum: Quorum, path: str, body: bytes) -> dict[str, Any]:
    """The server's report; also when no line was good, which it says with the status 422."""
    try:
        found = quorum.post(path, body, content_type=LINES)
    except ClientError as error:
        if error.status != 422 or "lines" not in error.body:
            raise
        found = error.body
    return shaped(found, REPORT, what="what it took")


def _add(whole: dict[str, Any], found: dict[str, Any]) -> None:
    before = whole["lines"]
    faults = all_shaped(found["errors"], {"line": int}, what="a fault")
    moved = [{**fault, "line": fault["line"] + before} for fault in faults]
    whole["errors"] = (whole["errors"] + moved)[:KEPT_ERRORS]
    for name in ("lines", "created", "predictions", "repeated", "n_errors"):
        whole[name] += found[name]


def _entries(predictions: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(predictions, Mapping):
        return ({"key": key, "probabilities": said} for key, said in predictions.items())
    if hasattr(predictions, "to_pylist"):
        return iter(predictions.to_pylist())
    if hasattr(predictions, "to_dict"):
        frame = predictions if "key" in predictions else predictions.rename_axis("key").reset_index()
        return iter(frame.to_dict("records"))
    if isinstance(predictions, Iterable):
        return iter(predictions)
    raise ClientError("predictions: must be {key: probabilities}, a list of dicts, a DataFrame or an Arrow table")


def _line(entry: Any, told: dict[str, str]) -> bytes:
    if not isinstance(entry, Mapping) or "key" not in entry:
        raise ClientError(f"predictions: each needs a `key`, the key of its row; {str(entry)[:80]!r} has none")
    fields = {name: _json(value) for name, value in entry.items() if name != "key" and value is not None}
    return json.dumps({"id": str(entry["key"]), **fields, **told}, allow_nan=False).encode() + b"\n"


def _json(value: Any) -> Any:
    """numpy's numbers and arrays as JSON has them; an Arrow struct's missing classes are left out."""
    if isinstance(value, Mapping):
        return {str(name): _json(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    return _json(value.tolist()) if hasattr(value, "tolist") else value


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    chunk, size = [], 0
    for line in lines:
        chunk.append(line)
        if (size := size + len(line)) >= CHUNK_BYTES:
            yield b"".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield b"".join(chunk)
