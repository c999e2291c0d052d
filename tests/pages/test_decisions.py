"""Why there was another label, in words with its figures: every way a decision can go."""

import pytest

from frontend import decisions
from frontend.decisions import ordinal, said
from labelling.consensus.models import Fit, StoppingDecision
from labelling.projects.models import PolicyVersion
from labelling.sampling.models import Item
from tests.factories import NOW

POLICY = {"mode": "adaptive", "minimum_labels": 2, "maximum_labels": 5, "stop_confidence": 0.95, "contest_below": 0.8}


def sentence(
    verdict: str, confidence: float, n_labels: int, *, information: float | None = 0.42, price: float | None = 0.1,
    item: dict | None = None, again: bool = False, **policy: object,
) -> str:  # fmt: skip
    """What is said of a decision that stands in no database."""
    decision = StoppingDecision(
        verdict=verdict, confidence=confidence, posterior={"match": round(confidence * 1e6), "no match": 1},
        information=information, price=price, n_labels=n_labels, pass_number=2, after_label_id=None if again else 1,
        fit=Fit(number=12), policy=PolicyVersion(number=3, **{**POLICY, **policy}), at=NOW,
    )  # fmt: skip
    return said(decision, Item(**(item or {})))


STOOD = "After the 3rd label the best answer, match, stood at 0.81; "


def test_another_label_was_worth_its_price():
    assert sentence("more", 0.81, 3) == (
        f"{STOOD}0.95 is needed to stop, and another label was expected to give 0.42 bit, more than the price of 0.10, "
        "so a 4th was asked for"
    )


def test_without_a_price_and_on_old_rows_nothing_is_said_of_it():
    said_of_bits = "0.95 is needed to stop, and another label was expected to give 0.42 bit, so a 4th was asked for"
    assert sentence("more", 0.81, 3, price=0.0) == f"{STOOD}{said_of_bits}"
    assert sentence("more", 0.81, 3, information=None, price=None) == (
        f"{STOOD}0.95 is needed to stop, so a 4th was asked for"
    )


@pytest.mark.parametrize(
    ("verdict", "confidence", "n_labels", "figures", "end"),
    [
        ("more", 0.97, 1, {}, "at least 2 answers are needed, so a 2nd was asked for"),
        ("more", 0.6, 1, {"information": 0.05}, "at least 2 answers are needed, so a 2nd was asked for"),
        ("stop", 0.97, 2, {}, "that reaches the 0.95 that is needed, so no more were asked for"),
        ("stop", 0.85, 5, {}, "5 labels are the most, and 0.80 is enough then, so it stands"),
        ("stop", 0.85, 3, {"information": 0.05},
         "another label was expected to give 0.05 bit only, less than the price of 0.10, and 0.80 is enough then, so "
         "it stands"),
        ("stop", 0.85, 3, {}, "no more labels were to be had, and 0.80 is enough then, so it stands"),
        ("contest", 0.6, 5, {}, "5 labels are the most, and it is below 0.80, so an expert decides"),
        ("contest", 0.6, 3, {"information": 0.05},
         "another label was expected to give 0.05 bit only, less than the price of 0.10, and it is below 0.80, so an "
         "expert decides"),
        ("contest", 0.9, 3, {}, "too many people could not decide, so an expert decides"),
        ("contest", 0.6, 2, {}, "too many people could not decide, so an expert decides"),
    ],
)  # fmt: skip
def test_the_adaptive_policy_says_what_it_held_the_answer_against(verdict, confidence, n_labels, figures, end):
    assert sentence(verdict, confidence, n_labels, **figures).endswith(f"stood at {confidence:.2f}; {end}")


@pytest.mark.parametrize(
    ("fixed", "every"),
    [({"mode": "fixed"}, "the policy asks for 5 of every item"),
     ({"item": {"is_yardstick": True}}, "a yardstick item always gets 5")],
)  # fmt: skip
def test_fixed_policies_and_yardsticks_ask_for_the_most_whatever_is_known(fixed, every):
    assert sentence("more", 0.99, 3, **fixed).endswith(f"; {every}, so a 4th was asked for")
    assert f"({every}) and 0.80 is enough, so it stands" in sentence("stop", 0.9, 5, **fixed)
    assert f"({every}) and is below 0.80, so an expert decides" in sentence("contest", 0.7, 5, **fixed)
    assert "too many people could not decide" in sentence("contest", 0.9, 5, **fixed)


def test_a_refit_that_looked_again_is_named():
    assert sentence("more", 0.81, 3, again=True).startswith(
        "Fit 12 looked at it again: after 3 labels the best answer, match, stood at 0.81; 0.95 is needed to stop"
    )


def test_a_run_of_gold_says_that_it_changes_nothing():
    told = sentence("stop", 0.97, 2, item={"purpose": "gold"})
    assert told.startswith("In run 2, after the 2nd label")
    assert told.endswith(
        "its answer is known, so this only says what the crowd would have done, and the next run begins"
    )


def test_numbers_are_said_as_english_does():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip
    assert "so an 8th was asked for" in sentence("more", 0.8, 7, maximum_labels=20)
    assert "so an 11th was asked for" in sentence("more", 0.8, 10, maximum_labels=20)


@pytest.mark.parametrize(
    ("value", "bounds", "written"),
    [
        (0.9478, (0.95, 0.8), "0.948"),
        (0.95, (0.95, 0.8), "0.95"),
        (0.7999, (0.95, 0.8), "0.7999"),
        (0.81, (0.95,), "0.81"),
    ],
)
def test_a_figure_that_falls_short_is_not_rounded_up_to_what_it_falls_short_of(value, bounds, written):
    assert decisions.told_apart(value, *bounds) == written
