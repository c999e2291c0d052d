"""A process of its own, so that its peak memory is that of one search: reads its rows, searches, writes what it found.

`python -m tests.bench.duplicates near|exact FOLDER`
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

TEXTS, PAYLOADS, SPLITS, FOUND = "texts.txt", "payloads.jsonl", "splits.npy", "found.npz"
FIELDS = ["text"]


def near(folder: Path) -> float:
    from labelling.stats.near.pairs import near_duplicates  # noqa: PLC0415 - counted as the process's own

    texts = (folder / TEXTS).read_text().splitlines()
    started = time.process_time()
    found = near_duplicates(texts, 0.6)
    spent = time.process_time() - started
    np.savez(folder / FOUND, pairs=found.pairs, similarity=found.similarity)
    return spent


def exact(folder: Path) -> float:
    """From payloads as JSON text, as they are stored, to the rows at fault; the payloads' own hashes too."""
    from labelling.schemas.shown_text import shown_texts  # noqa: PLC0415 - as above
    from labelling.stats.duplicates import digests, first_rows, leaking, repeated  # noqa: PLC0415 - as above

    payloads = (folder / PAYLOADS).read_text().splitlines()
    splits = np.load(folder / SPLITS)
    started = time.process_time()
    same_text = first_rows(digests(shown_texts(payloads, FIELDS)))
    same_payload = first_rows(digests(payloads))
    found = {
        "texts": repeated(same_text), "payloads": repeated(same_payload), "leaks": leaking(same_text, splits, 0, 2),
    }  # fmt: skip
    spent = time.process_time() - started
    np.savez(folder / FOUND, **found)
    return spent


def peak() -> float:
    """Megabytes. From /proc: what getrusage says outlives exec, so it could be the parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    seconds = {"near": near, "exact": exact}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"cpu": seconds, "megabytes": peak()}))  # noqa: T201 - the process that started this one reads it
