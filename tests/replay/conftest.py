"""Past labels to replay: forty pairs and six workers."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

ITEMS, WORKERS = 40, 6


@pytest.fixture(scope="session")
def past(tmp_path_factory) -> Path:
    """Forty pairs, six workers who each label each item: five good ones, and one who says the opposite."""
    folder = tmp_path_factory.mktemp("past")
    chance = random.Random(1)
    truth = {f"pair-{n:02d}": ("yes", "no")[n % 2] for n in range(ITEMS)}
    rows = []
    for item, answer in truth.items():
        other = "no" if answer == "yes" else "yes"
        for worker in range(WORKERS):
            right = chance.random() < (0.1 if worker == 5 else 0.9)
            rows.append([item, f"worker-{worker}", answer if right else other, round(chance.uniform(2, 9), 1)])
    chance.shuffle(rows)
    write(folder / "labels.csv", ["item", "worker", "label", "seconds"], rows)
    write(folder / "truth.csv", ["item", "truth"], truth.items())
    pairs = [{"id": item, "request": f"a cat sitter {item}", "offer": f"sits for {item}"} for item in truth]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    predictions = [
        {"id": item, "model": "m1", "probabilities": {"yes": (p := round(chance.random(), 3)), "no": round(1 - p, 3)}}
        for item in truth
    ]
    (folder / "predictions.ndjson").write_text("".join(json.dumps(one) + "\n" for one in predictions))
    return folder


def write(path: Path, header: list[str], rows: Any) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
