"""Each check before a version: what it finds, how it judges, what it says."""

import pytest

from labelling import canonical
from labelling.datasets import content
from labelling.datasets.checks import Checks
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


def report(rows, before=None):
    checks = Checks(kind="single_choice", definition=definition())
    for one in rows:
        checks.add(one)
    return checks.report(before=before)


def check(name, rows, before=None):
    [found] = [found for found in report(rows, before)["checks"] if found["name"] == name]
    return found


def plain(n):
    return [row(number, split=content.SPLITS[number % 3]) for number in range(n)]


def test_a_sound_dataset_passes_every_check():
    told = report(plain(12), before=report(plain(12)))
    assert told["verdict"] == "pass"
    assert {found["verdict"] for found in told["checks"]} == {"pass"}


def test_the_report_has_one_spelling():
    assert canonical.loads(canonical.dumps(report(plain(5)))) == report(plain(5))


@pytest.mark.parametrize(("name", "rows", "verdict", "keys"), [
    ("duplicates", [row(0, "Same"), row(2, " sAME  ")], "warn", ["item-0002"]),
    ("conflicting_labels", [row(0, "Same"), row(1, "Same")], "fail", ["item-0001"]),
    ("conflicting_labels", [*plain(40), row(40, "Same"), row(41, "Same")], "warn", ["item-0041"]),
    ("split_leaks", [row(0, "Same"), row(2, "Same", split="test")], "fail", ["item-0002"]),
    ("split_leaks", [row(0, "Same", split="test"), row(2, "Same")], "fail", ["item-0002"]),
    ("split_leaks", [row(0, "Same"), row(2, "Same", split="validation")], "warn", ["item-0002"]),
    ("split_leaks", [row(0, "Same", split="validation"), row(2, "Same"), row(4, "Same", split="test")], "fail",
     ["item-0002", "item-0004"]),
    ("group_leaks", [row(0, group="a"), row(1, group="a", split="test")], "warn", ["item-0001"]),
    ("empty_fields", [row(0, payload={"request": "x", "offer": " \n"})], "fail", ["item-0000"]),
    ("empty_fields", [*plain(40), row(41, payload={"request": "x"})], "warn", ["item-0041"]),
    ("empty_fields", [*plain(40), row(41, payload={"request": "x", "offer": None})], "warn", ["item-0041"]),
    ("outside_schema", [row(0, choice="perhaps")], "fail", ["item-0000"]),
    ("class_balance", [row(0), row(2)], "warn", []),
    ("empty_splits", [row(0), row(1)], "warn", []),
])  # fmt: skip
def test_a_fault_is_found_judged_and_named(name, rows, verdict, keys):
    found = check(name, rows)
    assert (found["verdict"], found["rows"]) == (verdict, keys)
    assert found["summary"].endswith(".")


def test_texts_that_only_look_alike_are_no_duplicates():
    rows = [row(0, payload={"request": "a b", "offer": "c"}), row(1, payload={"request": "a", "offer": "b c"})]
    assert check("duplicates", rows)["verdict"] == "pass"


def test_what_people_do_not_see_does_not_hide_a_duplicate():
    rows = [row(n, payload={"request": "a", "offer": "b", "seen_at": n}) for n in (0, 2)]
    assert check("duplicates", rows)["n"] == 1


def test_a_swing_of_the_balance_warns_and_stops_a_large_dataset():
    def skewed(n, every):
        return [row(number, choice="match" if number % every else "no match") for number in range(n)]

    before = report(skewed(300, 2))
    assert check("balance_swing", skewed(300, 2), before)["verdict"] == "pass"
    assert check("balance_swing", skewed(300, 3), before)["verdict"] == "warn"
    assert check("balance_swing", skewed(300, 10), before)["verdict"] == "fail"
    assert check("balance_swing", skewed(50, 10), report(skewed(50, 2)))["verdict"] == "warn"


def test_at_most_a_hundred_rows_are_named_and_all_are_counted():
    found = check("duplicates", [row(number * 2, "Same") for number in range(150)])
    assert (found["n"], len(found["rows"])) == (149, 100)
