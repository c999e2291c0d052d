"""Rows of versions to be, as dicts, and the report of the checks on them."""

from labelling import canonical
from labelling.datasets import content
from labelling.datasets.checks.rows import Checks
from tests.factories import definition


def row(number, text="", **fields):
    payload = {"request": f"request {number}", "offer": f"offer {number}"}
    if text:
        payload = {"request": text, "offer": text}
    payload = fields.pop("payload", payload)
    choice = fields.pop("choice", ("match", "no match")[number % 2])
    values = {
        "key": f"item-{number:04d}", "payload": canonical.payload_text(payload), "answer": {"choice": choice},
        "label": choice, "authority": "crowd", "confidence": 0.9, "posterior": None, "split": "train",
        "slice_name": "", "group": "", "source": "production",
    }  # fmt: skip
    return content.make_row(**{**values, **fields})


def report(rows, before=None, **more):
    checks = Checks(kind="single_choice", definition=definition())
    for one in rows:
        checks.add(one)
    return checks.report(before=before, **more)


def check(name, rows, before=None, **more):
    [found] = [found for found in report(rows, before, **more)["checks"] if found["name"] == name]
    return found


def plain(n, **fields):
    return [row(number, split=content.SPLITS[number % 3], **fields) for number in range(n)]
