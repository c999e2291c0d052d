"""Preference, multiple choice, rating and ranking at the workbench: by keyboard alone, and by touch at 360 px."""

import json
import re

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from labelling.schemas.shuffle import shuffled
from tests.browser.bench import Bench
from tests.browser.compared import make_comparing
from tests.browser.conftest import SCHEMES
from tests.browser.test_pages import RULES, WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import make_labeller

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIDES = ("first", "second")
TREES = {
    "preference": r"""
      - heading "Which answer is better?" [level=1]
      - heading "Prompt" [level=2]
      - paragraph: /How do I boil water quickly/
      - region "A":
        - heading "A" [level=2]
        - paragraph
      - region "B":
        - heading "B" [level=2]
        - paragraph
      - group:
        - group "Reasons":
          - button "More accurate"
          - button "Clearer"
          - textbox "In your own words"
      - group "Answers":
        - button "A is better"
        - button "B is better"
        - button "Equally good"
        - button "Both are bad"
      """,
    "multiple_choice": r"""
      - heading "Which animals are spoken of?" [level=1]
      - paragraph: /The cat sleeps/
      - group "Answers":
        - button "Cat"
        - button "Dog" [pressed]
        - button "Hen"
      - status: 1 chosen
      - button "Done"
      """,
    "rating": r"""
      - heading "How helpful is the answer?" [level=1]
      - heading "Prompt" [level=2]
      - paragraph: /How do I boil water quickly/
      - heading "Answer" [level=2]
      - paragraph: /Water boils/
      - group "Answers":
        - 'button "1 of 5: Not at all"'
        - button "2 of 5"
        - button "3 of 5"
        - button "4 of 5"
        - 'button "5 of 5: Completely"'
      """,
    "ranking": r"""
      - heading "Put the answers in order, the best first." [level=1]
      - heading "Prompt" [level=2]
      - paragraph: /How do I boil water quickly/
      - list "In order, the best first":
        - listitem:
          - text: "1."
          - button "B, number 1 of 4"
          - text: best
          - button "Move B up" [disabled]
          - button "Move B down"
          - paragraph
        - listitem:
          - text: "2."
          - button "A, number 2 of 4"
          - button "Move A up"
          - button "Move A down"
          - paragraph
        - listitem
        - listitem:
          - text: "4."
          - button "D, number 4 of 4"
          - text: worst
          - button "Move D up"
          - button "Move D down" [disabled]
          - paragraph
      - button "Done"
      """,
}


def opened(kind, person, size="wide"):
    lara = make_labeller(make_comparing(kind), "lara")
    return Bench(person(lara.user, size).new_page()).open()


def given():
    return [(json.loads(one.answer), one.token, one.note) for one in Label.objects.standing().order_by("id")]


def looked_at(page, kind, size):
    """The tree as it is read aloud, a picture in both schemes, and nothing against it."""
    expect(page.locator(".bench__card")).to_match_aria_snapshot(TREES[kind])
    page.emulate_media(reduced_motion="reduce")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        picture(page, f"kind-{kind}-{size}-{scheme}")
        assert not violations(page, *RULES[scheme]), scheme
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0


def large_enough(bench):
    for button in bench.card.locator("button:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 44, button.inner_text()
        assert box["width"] >= 44, button.inner_text()


def test_which_is_better_by_keyboard_names_the_candidate_whatever_its_side(person):
    bench = opened("preference", person)
    looked_at(bench.page, "preference", "wide")
    seen = []
    for key in "1212":
        texts = bench.card.locator(".compared .material__text").all_inner_texts()
        seen.append(texts["12".index(key)])
        bench.press(key)
    bench.press("3")
    bench.page.keyboard.press("5")
    expect(bench.card.get_by_role("button", name="More accurate")).to_have_attribute("aria-pressed", "true")
    bench.page.get_by_label("In your own words").press_sequentially("1 litre")
    bench.page.keyboard.press("Escape")
    bench.press("2")
    expect(bench.card.get_by_role("button", name="More accurate")).to_have_attribute("aria-pressed", "false")
    bench.all_saved()
    answers = given()
    assert [answer["preferred"] for answer, _, _ in answers[:4]] == [
        SIDES[0] if text.startswith("Use a lid") else SIDES[1] for text in seen
    ]
    assert answers[4][0] == {"preferred": "tie"}
    last, token, note = answers[5]
    assert last == {"preferred": SIDES[shuffled(2, token)[1]]}
    assert note == "More accurate; 1 litre"
    undo = bench.page.locator("[data-test=undo]")
    expect(undo).to_contain_text("B is better")
    with bench.next_card():
        undo.click()
    expect(bench.card.get_by_role("button", name="More accurate")).to_have_attribute("aria-pressed", "true")
    expect(bench.page.get_by_label("In your own words")).to_have_value("1 litre")


def test_which_is_better_by_touch(person):
    bench = opened("preference", person, "360")
    bench.page.get_by_text("Why? Choose before you answer").tap()
    looked_at(bench.page, "preference", "360")
    large_enough(bench)
    bench.card.get_by_role("button", name="Clearer").tap()
    bench.tap("A is better")
    bench.tap("Both are bad")
    bench.all_saved()
    (first, token, note), (second, _, nothing) = given()
    assert first == {"preferred": SIDES[shuffled(2, token)[0]]}
    assert (second, note, nothing) == ({"preferred": "both_bad"}, "Clearer", "")


def test_several_answers_by_keyboard_are_switched_and_given_with_enter(person):
    bench = opened("multiple_choice", person)
    bench.page.keyboard.press("2")
    looked_at(bench.page, "multiple_choice", "wide")
    bench.page.keyboard.press("1")
    bench.page.keyboard.press("3")
    expect(bench.card.locator("[data-test=count]")).to_have_text("2 chosen, the most there may be")
    bench.press("Enter")
    expect(bench.card.locator("[data-test=count]")).to_have_text("None chosen")
    bench.press("Enter")
    bench.page.keyboard.press("3")
    bench.page.keyboard.press("3")
    bench.page.keyboard.press("1")
    bench.press("Enter")
    bench.all_saved()
    assert [answer["choices"] for answer, _, _ in given()] == [["cat", "dog"], [], ["cat"]]


def test_several_answers_by_touch(person):
    bench = opened("multiple_choice", person, "360")
    bench.card.get_by_role("button", name="Dog").tap()
    looked_at(bench.page, "multiple_choice", "360")
    large_enough(bench)
    bench.card.get_by_role("button", name="Cat").tap()
    bench.tap("Done")
    bench.all_saved()
    assert [answer for answer, _, _ in given()] == [{"choices": ["cat", "dog"]}]


def test_a_rating_is_one_key(person):
    bench = opened("rating", person)
    looked_at(bench.page, "rating", "wide")
    for key in "514":
        bench.press(key)
    bench.all_saved()
    assert [answer["rating"] for answer, _, _ in given()] == [5, 1, 4]
    expect(bench.page.locator("[data-test=undo]")).to_contain_text("4 of 5")


def test_a_rating_is_one_tap(person):
    bench = opened("rating", person, "360")
    looked_at(bench.page, "rating", "360")
    large_enough(bench)
    bench.tap("4 of 5")
    bench.tap("5 of 5: Completely")
    bench.all_saved()
    assert [answer["rating"] for answer, _, _ in given()] == [4, 5]


def ordered(bench, letters):
    """Wait until the candidates stand in that order."""
    expect(bench.card.locator(".order__handle")).to_have_text([re.compile(f"{letter}$") for letter in letters])


def order_of(letters_, token):
    """The places in the payload of the candidates that went by these letters."""
    shown = shuffled(4, token)
    return [shown["ABCD".index(letter)] for letter in letters_]


def test_an_order_by_keyboard_digits_place_and_arrows_move(person):
    bench = opened("ranking", person)
    keyboard = bench.page.keyboard
    keyboard.press("2")  # A, the first to read, to place 2, which B leaves for it
    ordered(bench, "BACD")
    expect(bench.card.get_by_role("button", name="B, number 1 of 4")).to_be_focused()
    looked_at(bench.page, "ranking", "wide")
    keyboard.press("4")  # B, the next one
    keyboard.press("1")  # C
    keyboard.press("3")  # D
    ordered(bench, "CADB")
    expect(bench.page.get_by_role("status").filter(has_text="All are placed")).to_be_attached()
    bench.press("Enter")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")  # puts down
    ordered(bench, "ACDB")
    bench.press("Enter")
    bench.all_saved()
    assert [answer["order"] for answer, _, _ in given()] == [
        order_of(text, token) for text, (_, token, _) in zip(("CADB", "ACDB"), given(), strict=True)
    ]
    expect(bench.page.locator("[data-test=undo]")).to_contain_text("A > C > D > B")


def test_an_order_by_touch_arrows_and_dragging(person):
    bench = opened("ranking", person, "360")
    bench.card.get_by_role("button", name="Move A down").tap()
    ordered(bench, "BACD")
    looked_at(bench.page, "ranking", "360")
    large_enough(bench)
    mouse, grip = bench.page.mouse, bench.card.get_by_role("button", name="D, number 4 of 4")
    grip.evaluate("one => one.scrollIntoView({ block: 'center' })")  # not under the dock
    start = grip.bounding_box()
    above = bench.card.get_by_role("button", name="A, number 2 of 4").bounding_box()
    mouse.move(start["x"] + 20, start["y"] + 20)
    mouse.down()
    mouse.move(start["x"] + 20, start["y"] - 20, steps=4)
    mouse.move(above["x"] + 20, above["y"] + 10, steps=12)
    mouse.up()
    ordered(bench, "BDAC")
    bench.tap("Done")
    bench.all_saved()
    ((answer, token, _),) = given()
    assert answer["order"] == order_of("BDAC", token)
