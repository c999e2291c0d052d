"""Boxes on an image at the workbench: by keyboard alone, by mouse, by touch at 360 px; read aloud."""

import json
import re

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from tests.browser.bench import Bench
from tests.browser.looks import look
from tests.browser.rest import wait_until
from tests.browser.showing import ask, data_url, png

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEFINITION = {
    "question": "Where are the vehicles?",
    "input": {"kind": "image", "fields": ["photo"]},
    "labels": [{"name": "car", "title": "Car"}, {"name": "bicycle", "title": "Bicycle"}],
}


@pytest.fixture
def lara():
    picture = data_url(png(800, 600))
    photos = [{"photo": {"url": picture, "width": 800, "height": 600, "alt": f"Street {n}"}} for n in range(6)]
    return ask("boxes", DEFINITION, photos)


class Drawing(Bench):
    @property
    def stage(self):
        return self.card.get_by_role("application")

    @property
    def list(self):
        return self.card.get_by_role("list", name="Boxes").get_by_role("button")

    @property
    def said(self):
        return self.card.locator(".boxes [role=status]")

    def ready(self):
        expect(self.stage.locator(".picture__over")).to_be_attached()
        return self

    def done(self, act):
        """Gives the answer once the card can be answered, and waits for the next one."""
        with self.next_card():
            act()

    def at(self, x, y):
        """Where on the page a place of the image is, given in hundredths."""
        box = self.stage.locator("img").bounding_box()
        return box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100

    def drag(self, start, end, **button):
        start, end = self.at(*start), self.at(*end)
        self.page.mouse.move(*start)
        self.page.mouse.down(**button)
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up(**button)


def given(labeller):
    labels = Label.objects.standing().filter(labeller=labeller).order_by("id")
    return [json.loads(label.answer)["boxes"] for label in labels]


READ_ALOUD = """
- application "Image to draw boxes on":
  - img /Street \\d/
- group "Boxes":
  - button "New box"
  - button "Delete"
  - button "Undo change"
- list "Boxes":
  - listitem:
    - button "1 Car 38% from the left, 38% from the top, 25% wide, 25% high"
  - listitem:
    - button "2 Bicycle 41% from the left, 41% from the top, 25% wide, 25% high" [pressed]
- group "Zoom":
  - button "Smaller" [disabled]: −
  - button "Whole image" [disabled]
  - button "Larger": +
- status: "Box 2 of 2, Bicycle: 41% from the left, 41% from the top, 25% wide, 25% high"
- group "Label of the box":
  - button "Car"
  - button "Bicycle" [pressed]
- button "Done"
"""


def test_by_keyboard_alone_boxes_are_drawn_named_moved_taken_back_and_given(lara, person):
    bench = Drawing(person(lara.user).new_page()).open("shown").ready()
    press = bench.page.keyboard.press
    bench.with_the_keys_shown(lambda: look(bench.page, "boxes-keys"))
    press("n")
    press("n")
    press("2")
    expect(bench.card).to_match_aria_snapshot(READ_ALOUD)
    expect(bench.stage).to_be_focused()
    made = bench.list.nth(1).inner_text()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "Control+ArrowUp"):
        press(key)
    expect(bench.list.nth(1)).not_to_have_text(made)
    press("[")
    expect(bench.list.nth(0)).to_have_attribute("aria-pressed", "true")
    press("Delete")
    expect(bench.list).to_have_count(1)
    press("Control+z")
    expect(bench.list).to_have_count(2)
    press("]")
    press("+")
    expect(bench.stage).to_have_attribute("data-zoomed", "true")
    look(bench.page, "boxes-wide")
    press("0")
    bench.done(lambda: press("Enter"))
    bench.ready()
    expect(bench.list).to_have_count(0)
    bench.done(lambda: press("Enter"))
    bench.all_saved()
    (first, second), nothing = given(lara)
    assert nothing == []
    assert {first["label"], second["label"]} == {"car", "bicycle"}
    bicycle = first if first["label"] == "bicycle" else second
    assert bicycle["x"] > 4050 and bicycle["height"] > 2500 and bicycle["width"] == 2500

    bench.done(lambda: press("u"))
    bench.done(lambda: press("u"))
    expect(bench.list).to_have_count(2)
    press("Control+z")
    expect(bench.list).to_have_count(2)


def test_by_mouse_boxes_are_drawn_inside_each_other_selected_pulled_and_moved_at_any_zoom(lara, person):
    bench = Drawing(person(lara.user).new_page()).open("shown").ready()
    bench.drag((10, 10), (60, 70))
    bench.page.keyboard.press("Escape")
    bench.card.get_by_role("button", name="Bicycle", exact=True).click()
    bench.drag((30, 50), (20, 30))
    expect(bench.list).to_have_text(
        [re.compile("1 Car 10% .* 50% wide, 60% high"), re.compile("2 Bicycle 20% .* 10% wide, 20% high")]
    )
    bench.drag((25, 40), (35, 40))  # as a whole
    bench.drag((40, 50), (45, 55))  # by a corner
    expect(bench.list.nth(1)).to_have_text(re.compile("30% from the left, 30% from the top, 15% wide, 25% high"))
    bench.page.mouse.click(*bench.at(12, 60))
    expect(bench.list.nth(0)).to_have_attribute("aria-pressed", "true")
    bench.page.mouse.move(*bench.at(50, 50))
    bench.page.mouse.wheel(0, -400)
    expect(bench.stage).to_have_attribute("data-zoomed", "true")
    before = bench.at(50, 50)
    bench.drag((60, 60), (52, 52), button="middle")
    wait_until(lambda: bench.at(50, 50) != before, what="the middle button moves the image")
    bench.drag((66, 55), (71, 60))
    expect(bench.list.nth(2)).to_have_text(re.compile("3 Car 66% from the left, 55% from the top, 5% wide, 5% high"))
    bench.done(bench.card.get_by_role("button", name="Done").click)
    bench.all_saved()
    assert len(given(lara)[0]) == 3


def touch(client, kind, *points):
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_by_touch_at_360_px_a_finger_draws_and_pulls_and_two_fingers_zoom(lara, person):
    bench = Drawing(person(lara.user, size="360").new_page()).open("shown").ready()
    client = bench.page.context.new_cdp_session(bench.page)

    def fingers(*steps):
        touch(client, "touchStart", *steps[0])
        for step in steps[1:]:
            touch(client, "touchMove", *step)
        # After a fling the browser takes the next tap for one that stops it.
        bench.page.wait_for_timeout(100)
        touch(client, "touchEnd")

    def slide(*steps):
        fingers(*([bench.at(*step)] for step in steps))

    slide((10, 20), (20, 30), (50, 60))
    expect(bench.list).to_have_text(re.compile("1 Car 10% .* 20% from the top, 40% wide, 40% high"))
    slide((52, 62), (56, 66), (62, 72))  # beside the corner, within a finger's reach
    expect(bench.list).to_have_text(re.compile("1 Car 10% .* 20% from the top, 50% wide, 50% high"))
    bench.card.get_by_role("button", name="Bicycle", exact=True).tap()
    expect(bench.list).to_have_text(re.compile("1 Bicycle"))
    buttons = bench.card.locator(".boxes button:visible, .bench__dock button:visible").all()
    assert all(button.bounding_box()["height"] >= 44 for button in buttons)
    look(bench.page, "boxes-360")
    bench.page.emulate_media(reduced_motion="no-preference")

    (left, middle), (right, _) = bench.at(40, 50), bench.at(60, 50)
    fingers([(left, middle), (right, middle)], [(left - 40, middle), (right + 40, middle)])
    expect(bench.stage).to_have_attribute("data-zoomed", "true")
    expect(bench.list).to_have_count(1)
    bench.card.get_by_role("button", name="Whole image").tap()
    expect(bench.stage).to_have_attribute("data-zoomed", "false")
    slide((70, 80), (75, 84), (90, 95))
    expect(bench.list).to_have_count(2)
    bench.card.get_by_role("button", name="Undo change").tap()
    expect(bench.list).to_have_count(1)
    bench.done(bench.card.get_by_role("button", name="Done").tap)
    bench.all_saved()
    assert [box["label"] for box in given(lara)[0]] == ["bicycle"]
