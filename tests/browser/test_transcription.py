"""Writing down and correcting what a text or an image says, by keyboard alone and by touch."""

import json

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from tests.browser.bench import Bench
from tests.browser.looks import look
from tests.browser.showing import ask, data_url, png

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CORRECT = {
    "question": "What does the scan say?",
    "input": {"kind": "image", "fields": ["scan"]},
    "source": "read",
    "multiline": False,
}
SCAN = {"url": data_url(png(300, 60)), "width": 300, "height": 60, "alt": "A line of writing"}
READ_ALOUD = """
- region "Item":
  - heading "What does the scan say?" [level=1]
  - group "Image, to be zoomed and moved":
    - img "A line of writing"
  - group "Zoom"
  - text: Text
  - textbox "Text": The cat sat on the mat.
  - paragraph: "Enter: done. Escape leaves the field; then single keys work."
  - group "What you changed":
    - paragraph: 2 changes
    - paragraph:
      - text: The
      - deletion: cot
      - insertion: cat
      - text: sat on the
      - deletion: nat
      - insertion: mat
      - text: .
  - button "Done"
  - button "Undo" [disabled]
  - button "Skip"
  - button "Can't decide"
"""


def given():
    return [json.loads(one)["text"] for one in Label.objects.order_by("pk").values_list("answer", flat=True)]


def test_a_line_is_corrected_by_keyboard_alone_and_every_change_is_seen(db, person):
    payloads = [{"scan": SCAN, "read": "The cot sat on the nat."} for _ in range(12)]
    page = person(ask("transcription", CORRECT, payloads).user).new_page()
    bench = Bench(page).open("shown")
    field, changes = page.get_by_role("textbox", name="Text"), page.locator("[data-test=changes]")
    expect(field).to_be_focused()
    expect(field).to_have_value("The cot sat on the nat.")
    expect(changes).to_contain_text("Nothing changed yet.")
    page.keyboard.press("End")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    page.keyboard.type("m")
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.keyboard.type("a")
    expect(bench.card).to_match_aria_snapshot(READ_ALOUD)
    look(page, "transcription-wide")
    bench.press("Enter")
    bench.all_saved()
    assert given() == ["The cat sat on the mat."]

    expect(field).to_be_focused()
    page.keyboard.type("s")  # a letter, no skip
    expect(field).to_have_value("The cot sat on the nat.s")
    page.keyboard.press("Escape")
    bench.press("s")
    assert given() == ["The cat sat on the mat."]


def test_several_lines_are_written_by_touch_at_360_px(db, person):
    definition = {"question": "Write it down", "input": {"kind": "text", "fields": ["text"]}, "max_length": 20}
    payloads = [{"text": f"Read aloud: {number} سلام"} for number in range(12)]
    page = person(ask("transcription", definition, payloads).user, size="360").new_page()
    bench = Bench(page).open("shown")
    field = page.get_by_role("textbox", name="Text")
    expect(field).not_to_be_focused()
    field.tap()
    page.keyboard.insert_text("سلام يا عالم، هذا طويل")
    expect(page.get_by_role("alert")).to_have_text("2 characters too many")
    look(page, "transcription-360")
    assert all(button.bounding_box()["height"] >= 44 for button in bench.card.locator(".bench__dock button").all())
    field.fill("one \ntwo\n")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Enter")  # a line break
    bench.tap("Done")
    bench.all_saved()
    assert given() == ["one\ntwo"]
    expect(field).to_have_value("")


def test_a_model_s_text_is_there_to_begin_with(db, person):
    definition = {"question": "Write it down", "input": {"kind": "text", "fields": ["text"]}}
    said = {"answer": {"text": "one two"}, "confidence": 0.7}
    lara = ask("transcription", definition, [{"text": "?"}] * 1, said=said, suggest=True, suggest_withheld=0.0)
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")
    expect(page.get_by_role("textbox", name="Text")).to_have_value("one two")
    page.keyboard.press("Control+End")
    page.keyboard.type(" three")
    expect(page.locator("[data-test=changes]")).to_contain_text("1 change")
    page.keyboard.press("Enter")
    bench.press("Control+Enter")
    bench.all_saved()
    assert given() == ["one two three"]
