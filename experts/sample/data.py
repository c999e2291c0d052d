"""The sample project's pairs: requests for neighbourly help beside offers of it, written by hand for this project."""

import json
from pathlib import Path
from typing import Any

PAIRS = Path(__file__).with_name("pairs.jsonl")
CLASSES = ("match", "no match")


def load_pairs() -> list[dict[str, Any]]:
    """All pairs in file order: id, request, offer, slice, group, truth (one of CLASSES) and difficulty."""
    with PAIRS.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
