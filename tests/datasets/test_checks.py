"""Each check before a version: what it finds, how it judges, what it says."""

import pytest

from labelling import canonical
from labelling.datasets.checks.examine import CHECKS
from labelling.datasets.checks.metrics import metrics_of
from labelling.projects.limits import ADVICE, LIMITS
from tests.datasets.rows import check, plain, report, row

LONG = "a text that is much longer than every other one " * 40


def test_a_sound_dataset_passes_every_check():
    told = report(plain(12), before=report(plain(12)))
    assert {found["name"]: found["summary"] for found in told["checks"] if found["verdict"] in ("warn", "fail")} == {}
    assert told["verdict"] == "pass"


def test_the_report_has_one_spelling():
    assert canonical.loads(canonical.dumps(report(plain(5)))) == report(plain(5))


@pytest.mark.parametrize(("name", "rows", "verdict", "keys"), [
    ("duplicates", [row(0, "Same"), row(2, " sAME  ")], "warn", ["item-0002"]),
    ("duplicates", [row(0, "ﬁne"), row(1, "fine"), row(2, "FINE")], "warn", ["item-0001", "item-0002"]),
    ("same_payload", [row(0, "Same"), row(2, "same"), row(4, "Same")], "warn", ["item-0004"]),
    ("conflicting_labels", [row(0, "Same"), row(1, "Same")], "fail", ["item-0001"]),
    ("conflicting_labels", [*plain(40), row(40, "Same"), row(41, "Same")], "warn", ["item-0041"]),
    ("split_leaks", [row(0, "Same"), row(2, "Same", split="test")], "fail", ["item-0002"]),
    ("split_leaks", [row(0, "Same", split="test"), row(2, "Same")], "fail", ["item-0000"]),
    ("split_leaks", [row(0, "Same", split="test"), row(2, "Same", split="test")], "pass", []),
    ("validation_leaks", [row(0, "Same"), row(2, "Same", split="validation")], "warn", ["item-0002"]),
    ("validation_leaks", [row(0, "Same", split="validation"), row(2, "Same", split="test")], "warn", ["item-0000"]),
    ("group_leaks", [row(0, group="a"), row(1, group="a", split="test")], "warn", ["item-0001"]),
    ("group_leaks", [row(0, group="a"), row(1, group="a"), row(2, split="test")], "pass", []),
    ("empty_fields", [row(0, payload={"request": "x", "offer": " \n"})], "fail", ["item-0000"]),
    ("empty_fields", [*plain(40), row(41, payload={"request": "x"})], "warn", ["item-0041"]),
    ("empty_fields", [*plain(40), row(41, payload={"request": "x", "offer": None})], "warn", ["item-0041"]),
    ("wrong_type", [*plain(40), row(41, payload={"request": "x", "offer": 7})], "warn", ["item-0041"]),
    ("wrong_type", [*plain(40), row(41, payload=["x"])], "warn", ["item-0041"]),
    ("outside_schema", [row(0, choice="perhaps")], "fail", ["item-0000"]),
    ("absent_classes", [row(0), row(2)], "warn", []),
    ("class_balance", [row(0), row(2)], "warn", []),
    ("empty_splits", [row(0), row(1)], "warn", []),
    ("label_confidence", [row(0), row(1, confidence=0.5)], "warn", ["item-0001"]),
    ("length_outliers", [*plain(60), row(60, LONG)], "warn", ["item-0060"]),
    ("slice_coverage", [*plain(12, slice_name="b"), row(12, slice_name="a")], "warn", []),
])  # fmt: skip
def test_a_fault_is_found_judged_and_named(name, rows, verdict, keys):
    found = check(name, rows)
    assert (found["verdict"], found["rows"]) == (verdict, keys)
    assert found["summary"].endswith(".")


def priced(n, price, **fields):
    return [row(k, payload={"request": f"r {k}", "offer": f"o {k}", "price": price(k)}, **fields) for k in range(n)]


@pytest.mark.parametrize(("name", "before", "now", "keys"), [
    ("nulls", priced(100, lambda k: k), priced(100, lambda k: None if k < 10 else k), 10),
    ("nulls", priced(100, lambda k: k), plain(100), 100),
    ("wrong_type", priced(100, lambda k: k), priced(100, lambda k: str(k) if k == 7 else k), 1),
    ("out_of_range", priced(200, lambda k: k), priced(200, lambda k: 10**6 if k == 7 else k), 1),
    ("out_of_range", priced(200, lambda k: k / 7), priced(200, lambda k: -3.5 if k == 7 else k / 7), 1),
    ("out_of_range", priced(200, lambda k: k), priced(200, lambda k: 10**400 if k == 7 else k), 1),
    ("language", plain(100), [*plain(80), *(row(k, f"Привет номер {k}") for k in range(80, 100))], 20),
])  # fmt: skip
def test_a_change_since_the_last_version_is_found(name, before, now, keys):
    earlier = report(before)
    found = check(name, now, earlier)
    assert (found["verdict"], found["n"]) == ("warn", keys)
    assert check(name, before, earlier)["verdict"] == "pass"


def test_numbers_a_little_beyond_the_range_pass():
    earlier = report(priced(200, lambda k: 1 + k % 9))
    assert check("out_of_range", priced(200, lambda k: 95 if k == 7 else 0.5), earlier)["verdict"] == "pass"


def test_texts_that_grew_longer_are_a_drift():
    earlier = report(plain(200))
    found = check("length_drift", [row(k, f"{LONG[:300]} {k}") for k in range(200)], earlier)
    assert found["verdict"] == "warn"


def test_a_new_field_is_not_missing():
    assert check("nulls", priced(100, lambda k: None), report(plain(100)))["verdict"] == "pass"


def test_slices_that_were_sampled_and_never_published_are_missed():
    found = check("slice_coverage", plain(12, slice_name="b"), slices={"a": 30, "b": 12, "c": 2})
    assert (found["value"], found["verdict"]) == (2, "warn")
    assert found["summary"] == "2 of 3 slices have fewer than 10 rows: a (0), c (0)."


def test_only_slices_that_are_short_are_named_as_such():
    rows = [*plain(12, slice_name="b"), *plain(11, slice_name="a"), row(1, slice_name="c")]
    found = check("slice_coverage", rows, slices={"a": 11, "b": 12, "c": 5})
    assert found["summary"] == "1 of 3 slices has fewer than 10 rows: c (1)."
    assert found["figure"]["rows"][0] == ["c", 1, True]


def test_a_picture_that_leaves_bars_out_says_of_how_many():
    rows = [one for number in range(25) for one in plain(10, slice_name=f"slice {number:02}")]
    figure = check("slice_coverage", rows)["figure"]
    assert (len(figure["rows"]), figure["among"]) == (20, 25)


@pytest.mark.parametrize("name", [
    "label_issues", "near_duplicates", "balance_swing", "nulls", "out_of_range", "language", "length_drift",
    "length_outliers", "slice_coverage",
])  # fmt: skip
def test_what_nobody_looked_for_is_no_pass(name):
    told = report(plain(12))
    [found] = [one for one in told["checks"] if one["name"] == name]
    assert (found["verdict"], told["verdict"]) == ("not_looked_for", "pass")
    assert f"check:{name}" not in metrics_of(told)


def test_texts_that_only_look_alike_are_no_duplicates():
    rows = [row(0, payload={"request": "a b", "offer": "c"}), row(1, payload={"request": "a", "offer": "b c"})]
    assert check("duplicates", rows)["verdict"] == "pass"


def test_rows_without_text_are_no_duplicates_of_one_another():
    rows = [row(k, payload={"request": " ", "offer": ""}) for k in range(3)]
    assert check("duplicates", rows)["verdict"] == "pass"


def test_what_people_do_not_see_does_not_hide_a_duplicate():
    rows = [row(n, payload={"request": "a", "offer": "b", "seen_at": n}) for n in (0, 2)]
    assert check("duplicates", rows)["n"] == 1


def skewed(n, every):
    return [row(number, choice="match" if number % every else "no match") for number in range(n)]


def test_a_swing_of_the_balance_warns_and_stops_a_large_dataset():
    before = report(skewed(300, 2))
    assert check("balance_swing", skewed(300, 2), before)["verdict"] == "pass"
    assert check("balance_swing", skewed(300, 3), before)["verdict"] == "warn"
    assert check("balance_swing", skewed(300, 10), before)["verdict"] == "fail"
    assert check("balance_swing", skewed(50, 10), report(skewed(50, 2)))["verdict"] == "warn"


def test_a_swing_that_chance_explains_passes():
    found = check("balance_swing", skewed(10, 3), report(skewed(12, 2)))
    assert (found["verdict"], found["value"] > 1000) == ("pass", False) or "Chance explains" in found["summary"]


def test_at_most_a_hundred_rows_are_named_and_all_are_counted():
    found = check("duplicates", [row(number * 2, "Same") for number in range(150)])
    assert (found["n"], len(found["rows"])) == (149, 100)


def test_the_policy_moves_the_limits_and_switches_checks_off():
    rows = [row(0, "Same"), row(2, "Same", split="test")]
    assert check("split_leaks", rows, limits={"split_leaks": {"warn": 1, "fail": 5}})["verdict"] == "pass"
    assert check("duplicates", rows, limits={"duplicates": {"warn": 0, "fail": 0}})["verdict"] == "fail"
    off = check("split_leaks", rows, limits={"split_leaks": {"off": True}})
    assert (off["verdict"], off["off"], off["rows"]) == ("not_looked_for", True, [])


def test_one_labeller_behind_most_labels_is_pointed_out():
    def lineages(names):
        labels = [[{"labeller": name, "answer": "x"}] for name in names]
        return [canonical.dumps({"labels": one}) for one in labels]

    found = check("labeller_share", plain(10), lineages=lineages("aaaaaaaabc"))
    assert (found["verdict"], found["value"]) == ("warn", 8000)
    assert check("labeller_share", plain(10), lineages=lineages("aabbccddee"))["verdict"] == "pass"


def offered(offer, at=41, n=40, **fields):
    return [*plain(n), row(at, payload={"request": "Someone for my cat", "offer": offer, **fields})]


@pytest.mark.parametrize("text", [
    "M\ufffdller", "MÃ¼ller", "donâ€™t", "price: Â£5", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "ï»¿Hello", "bell \x07", "c1 \x9f",
    "???? ?????", "fish &amp; chips", "&#39;quoted&#39;",
])  # fmt: skip
def test_damaged_characters_are_found(text):
    found = check("damaged_texts", offered(text))
    assert (found["verdict"], found["rows"]) == ("warn", ["item-0041"])


@pytest.mark.parametrize("text", [
    "Müller, naïve café, señor", "NÃO, SÃO JOSÉ", "BEAUTÉ\u00a0: «CAFÉ»", "Привет, как дела?", "日本語", "👩‍👩‍👧 ok",
    "R&D & co", "really???", "5 < 6 > 4; a && b", "line\nline\ttab\r\n", "Â", "Øre og Åse", "Ñandú", "مرحبا", "ÎLE",
    "Ð and Þ", "x\u0085y", "שלום",
])  # fmt: skip
def test_sound_characters_are_not_damaged(text):
    assert check("damaged_texts", offered(text))["verdict"] == "pass"


@pytest.mark.parametrize(("text", "verdict"), [
    ("N/A", "warn"), ("null", "warn"), ("NaN", "warn"), ("-", "warn"), ("none", "pass"), ("unknown", "pass"),
    ("0", "pass"),
])  # fmt: skip
def test_texts_that_stand_for_nothing_are_found(text, verdict):
    assert check("stand_ins", offered(text))["verdict"] == verdict


def test_a_source_that_sends_na_for_null_is_found_by_what_is_missing():
    before = report(priced(200, lambda k: f"{k} euro"))
    found = check("nulls", priced(200, lambda k: "N/A" if k < 40 else f"{k} euro"), before)
    assert (found["verdict"], found["value"], found["n"]) == ("warn", 2000, 40)


def test_more_nulls_that_chance_explains_pass():
    before = report(priced(50, lambda k: None if k < 5 else k))
    found = check("nulls", priced(50, lambda k: None if k < 8 else k), before)
    assert (found["verdict"], found["value"]) == ("pass", 600)
    assert "Chance explains" in found["summary"]


TODAY = 20_000  # 4 October 2024


def timed(day_of, name="made_at"):
    rows = [row(k, payload={"request": f"r {k}", "offer": f"o {k}", name: day_of(k)}) for k in range(300)]
    found = check("odd_times", rows, today=TODAY)
    return found["verdict"], found["rows"]


@pytest.mark.parametrize("odd", ["2031-01-01", "1970-01-01T00:00:00Z", "31.12.2023", "2023-02-30", "soon"])
def test_times_that_cannot_be_are_found(odd):
    assert timed(lambda k: odd if k == 7 else f"2024-0{1 + k % 9}-1{k % 10} 12:00") == ("warn", ["item-0007"])


def test_times_that_are_numbers_are_looked_at_in_fields_named_so():
    seconds = lambda k: 1_900_000_000 if k == 7 else 1_700_000_000 + k  # noqa: E731 - shorter
    assert timed(seconds) == ("warn", ["item-0007"])
    assert timed(lambda k: seconds(k) * 1000, "createdAt") == ("warn", ["item-0007"])
    assert timed(seconds, "phone")[0] == "not_looked_for"


@pytest.mark.parametrize("day_of", [
    lambda k: f"20{20 + k % 20}-05-01",  # a field that speaks of the future
    lambda k: f"19{50 + k % 50}-01-01",  # of birthdays
    lambda k: "2024-10-05" if k == 7 else "2024-01-01",  # tomorrow, elsewhere today
    lambda k: None if k == 7 else "2024-01-01",
    lambda k: "N/A" if k == 7 else "2024-01-01",
    lambda k: f"2024-01-01 {k}" if k % 2 else f"order {k}",
])  # fmt: skip
def test_times_that_can_be_are_no_fault(day_of):
    assert timed(day_of)[0] == "pass"


def test_a_first_version_is_measured_by_itself():
    usual = lambda k: 1 + k % 90  # noqa: E731 - shorter
    found = check("out_of_range", priced(300, lambda k: 10**6 if k == 7 else usual(k)))
    assert (found["verdict"], found["rows"]) == ("warn", ["item-0007"])
    assert check("out_of_range", priced(600, lambda k: -3 if k == 7 else usual(k)))["n"] == 1
    assert check("out_of_range", priced(300, lambda k: 900 if k == 7 else usual(k)))["verdict"] == "pass"
    assert check("out_of_range", priced(300, lambda k: 10**6 if k % 50 == 7 else 0))["verdict"] == "pass"


def test_texts_of_nearly_nothing_are_odd_too():
    found = check("length_outliers", [*(row(k, LONG[: 200 + k]) for k in range(60)), row(60, "x")])
    assert (found["verdict"], found["rows"]) == ("warn", ["item-0060"])
    assert "1 with fewer than" in found["summary"]


def test_unseen_characters_hide_no_leak():
    rows = [row(0, "Same text"), row(2, "\ufeffSa\u00adme\u200b text\u200f", split="test")]
    assert check("split_leaks", rows)["verdict"] == "fail"


def test_every_check_says_what_to_do():
    assert set(ADVICE) == set(LIMITS) == set(CHECKS)
