"""Marking parts of a text, by keyboard alone and by touch."""

import json
import re

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from tests.browser.bench import Bench
from tests.browser.looks import look
from tests.browser.showing import ask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = {
    "question": "Which people and places are named?",
    "input": {"kind": "text", "fields": ["text"]},
    "labels": [{"name": "person", "title": "Person", "key": "p"}, {"name": "place", "title": "Place"}],
}
TEXT = "𝒙 Ada Lovelace of New York met Li in San Francisco. " + "They talked for hours about engines and looms. " * 6
READ_ALOUD = """
- region "Item":
  - heading "Which people and places are named?" [level=1]
  - application "Text to mark": /𝒙 Ada Lovelace of New York met Li in San Francisco\\. .*/
  - paragraph: /Arrow keys go from word to word/
  - list "Marked":
    - listitem:
      - button "Person “Ada Lovelace”"
      - button "Take Person “Ada Lovelace” away"
    - listitem:
      - button "Place “Lovelace of New York”"
      - button "Take Place “Lovelace of New York” away"
    - listitem:
      - button "Place “New York”" [pressed]
      - button "Take Place “New York” away"
  - status: “New York” marked as Place.
  - button "Take away"
  - group "Labels":
    - button "Person"
    - button "Place"
  - button "Done"
  - button "Undo" [disabled]
  - button "Skip"
  - button "Can't decide"
"""


def texts(text, n=12):
    return [{"text": text} for _ in range(n)]


def press(page, keys):
    for key in keys.split():
        page.keyboard.press(key)


def given():
    """The spans of the labels that the database holds, each as (start, end, label)."""
    labels = Label.objects.order_by("pk").values_list("answer", flat=True)
    return [
        [tuple(span[part] for part in ("start", "end", "label")) for span in json.loads(one)["spans"]] for one in labels
    ]


def word(bench, text):
    return bench.card.locator(".spans__text span span").get_by_text(text, exact=True).first


def test_spans_that_overlap_are_marked_corrected_and_given_by_keyboard_alone(db, person):
    lara = ask("spans", {**QUESTION, "overlap": True}, texts(TEXT))
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")
    said = page.locator("[data-test=said]")
    press(page, "ArrowRight ArrowRight Shift+ArrowRight p")
    expect(said).to_have_text("“Ada Lovelace” marked as Person.")
    press(page, "Home ArrowRight ArrowRight Shift+ArrowRight Shift+ArrowRight Shift+ArrowRight 2")
    press(page, "ArrowRight ArrowLeft Shift+ArrowLeft 2")
    expect(said).to_have_text("“New York” marked as Place.")
    expect(bench.card).to_match_aria_snapshot(READ_ALOUD)
    look(page, "spans-wide")

    press(page, "[ Delete")
    expect(said).to_have_text("“Lovelace of New York” is no longer marked as Place.")
    press(page, "] Alt+ArrowLeft Alt+ArrowLeft Alt+Shift+ArrowRight")
    expect(said).to_have_text("Place “ew Yo”")
    press(page, "[")
    expect(said).to_have_text("Person “Ada Lovelace”")
    bench.press("Enter")
    bench.all_saved()
    assert given() == [[(2, 14, "person"), (19, 24, "place")]]
    expect(page.get_by_role("list", name="Marked")).to_have_count(0)


def test_words_are_tapped_and_marked_with_one_thumb_at_360_px(db, person):
    lara = ask("spans", QUESTION, texts(TEXT))
    page = person(lara.user, size="360").new_page()
    bench = Bench(page).open("shown")
    word(bench, "Ada").tap()
    word(bench, "Lovelace").tap()
    person_, place = (bench.card.get_by_role("button", name=name, exact=True) for name in ("Person", "Place"))
    person_.tap()
    word(bench, "York").tap()
    word(bench, "New").tap()
    place.tap()
    word(bench, "Li").tap()
    place.tap()
    bench.card.get_by_role("button", name="Take away").tap()
    person_.tap()
    word(bench, "Francisco").tap()
    look(page, "spans-360")
    bench.card.get_by_role("button", name="Clear").tap()
    word(bench, "Ada").tap()
    expect(page.locator("[data-test=said]")).to_have_text("Person “Ada Lovelace”")
    assert all(button.bounding_box()["height"] >= 44 for button in bench.card.locator(".bench__dock button").all())
    bench.tap("Done")
    bench.all_saved()
    assert given() == [[(2, 14, "person"), (18, 26, "place"), (31, 33, "person")]]


def test_arrows_follow_the_direction_of_the_paragraph_and_words_need_no_spaces(db, person):
    lara = ask("spans", QUESTION, texts("سافر أحمد إلى New York أمس\n東京は大きい"))
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")
    press(page, "ArrowRight ArrowLeft p ArrowLeft ArrowLeft Shift+ArrowLeft 2")
    expect(page.locator("[data-test=said]")).to_have_text("“New York” marked as Place.")
    press(page, "End ArrowLeft ArrowLeft")
    expect(page.locator("[data-test=said]")).to_have_text("“東京”")
    press(page, "2")
    look(page, "spans-scripts")
    bench.press("Enter")
    bench.all_saved()
    assert given() == [[(5, 9, "person"), (14, 22, "place"), (27, 29, "place")]]


def test_a_mouse_takes_whole_words_or_with_alt_single_characters_and_a_model_s_spans_are_corrected(db, person):
    suggested = {"answer": {"spans": [{"start": 0, "end": 3, "label": "place"}]}, "confidence": 0.6}
    lara = ask("spans", QUESTION, texts("Ada saw New York", 3), said=suggested, suggest=True, suggest_withheld=0.0)
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")
    expect(bench.card.get_by_role("list", name="Marked")).to_contain_text("Place “Ada”")

    def drag(first, last, alt=False):
        one, other = word(bench, first).bounding_box(), word(bench, last).bounding_box()
        page.mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
        page.keyboard.down("Alt") if alt else None
        page.mouse.down()
        page.mouse.move(other["x"] + other["width"] - 4, other["y"] + other["height"] / 2, steps=4)
        page.mouse.up()
        page.keyboard.up("Alt") if alt else None

    drag("New", "York")
    bench.card.get_by_role("button", name="Place", exact=True).click()
    word(bench, "Ada").click()
    page.keyboard.press("p")
    expect(page.locator("[data-test=said]")).to_have_text("“Ada” marked as Person.")
    drag("saw", "saw", alt=True)
    expect(page.locator("[data-test=said]")).to_have_text(re.compile("^“(s|a|w|sa|aw)”$"))
    bench.press("Enter")
    bench.all_saved()
    assert given() == [[(0, 3, "person"), (8, 16, "place")]]


def test_with_single_keys_switched_off_arrows_go_on_and_labels_are_buttons(db, person):
    lara = ask("spans", QUESTION, texts("Ada saw New York"))
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")

    def switch_off():
        look(page, "spans-keys")
        page.get_by_label(re.compile("Answer with single keys")).uncheck()

    bench.with_the_keys_shown(switch_off)
    page.get_by_role("application", name="Text to mark").focus()
    press(page, "ArrowRight p")
    expect(page.get_by_role("list", name="Marked")).to_have_count(0)
    bench.card.get_by_role("button", name="Person", exact=True).press("Enter")
    press(page, "ArrowRight ArrowRight Shift+ArrowRight")
    bench.card.get_by_role("button", name="Place", exact=True).press(" ")
    with bench.next_card():
        bench.card.get_by_role("button", name="Done", exact=True).press("Enter")
    bench.all_saved()
    assert given() == [[(0, 3, "person"), (8, 16, "place")]]
