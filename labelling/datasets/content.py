"""What a row of a version is, and what is hashed of it. No Django: `verify` and the client run it offline.

A row holds no float, no time and no database id. Confidence and posterior are integers out of 10,000; the payload is
the JSON text that was stored, as one string, so that no program's way of printing numbers can change it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from labelling import canonical

FORMAT = "quorum-rows-2"
SPLITS = ("train", "validation", "test")
FIELDS = (
    "key", "split", "label", "answer", "authority", "confidence", "posterior", "slice", "group", "source", "payload",
)  # fmt: skip
SCALE = 10_000
SALT_BYTES = 16

Row = dict[str, Any]


def make_row(
    *, key: str, payload: str, answer: dict[str, Any], label: str, authority: str, confidence: float | None,
    posterior: Mapping[str, int] | None, split: str, slice_name: str, group: str, source: str,
) -> Row:  # fmt: skip
    """confidence: 0 to 1; posterior: {class: millionths}; both become integers out of 10,000."""
    return {
        "key": key,
        "payload": payload,
        "answer": answer,
        "label": label,
        "authority": authority,
        "confidence": None if confidence is None else round(confidence * SCALE),
        "posterior": None if posterior is None else scaled(posterior),
        "split": split,
        "slice": slice_name,
        "group": group,
        "source": source,
    }


def scaled(posterior: Mapping[str, int]) -> dict[str, int]:
    """Shares in millionths as shares of 10,000."""
    return {name: (share + 50) // 100 for name, share in posterior.items()}


def text_of(row: Row) -> str:
    """The row's canonical JSON: what is stored, exported as a line of JSONL, and hashed."""
    return canonical.dumps(row)


def leaf_of(salt: bytes, text: str | bytes) -> bytes:
    """SHA-256 of 0x00, the 16 bytes of salt and the canonical text: 32 bytes. The salt keeps short rows unguessable."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(b"\x00" + salt + data).digest()


def answer_hash_of(salt: bytes, answer: str) -> bytes:
    """SHA-256 of 0x02, the salt and the answer's canonical JSON, 32 bytes: tells whether a row was relabelled, and
    gives nothing away once the salt is erased."""
    return hashlib.sha256(b"\x02" + salt + answer.encode()).digest()


def data_of(*, kind: str, schema: dict[str, Any], split_rule: dict[str, Any], rows: int, root: bytes) -> dict[str, Any]:
    """What `data_id` is the hash of: content alone."""
    return {
        "format": FORMAT, "kind": kind, "schema": schema, "split_rule": split_rule, "rows": rows, "root": root.hex(),
    }  # fmt: skip


def identify(value: dict[str, Any]) -> str:
    """`data_id` of what data_of returns, `version_id` of a manifest: SHA-256 of the canonical JSON, 64 hex digits."""
    return canonical.digest(canonical.dumps(value))
