"""The owner's form for the label schema, with the labeller's card beside it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from labelling.projects.models import Project
from tests.browser.test_pages import SCREENSHOTS, WIDER_THAN_THE_WINDOW, violations
from tests.factories import make_items, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOLDERS = Path(__file__).resolve().parents[2] / "frontend" / "src" / "schemas"
PAGE = "/p/matching/settings/question/"


def test_a_question_is_changed_without_json_while_the_labellers_card_is_shown(live_server, person):
    make_items(make_project(), 3)
    page = person(make_user("olga")).new_page()
    page.goto(PAGE)
    card = page.frame_locator("iframe")
    expect(card.get_by_role("heading", level=1)).to_have_text("Does the offer answer the request?")
    expect(card.locator("kbd").first).to_have_text("1")
    card.get_by_role("button", name="Match", exact=True).focus()
    page.keyboard.press("2")
    expect(card.get_by_text("It would be sent: “No match”.")).to_be_visible()

    page.get_by_role("textbox", name="Question").fill("Is it a match?")
    expect(card.get_by_role("heading", level=1)).to_have_text("Is it a match?")
    page.get_by_role("textbox", name="Question").fill("")
    expect(page.get_by_text("must be text that asks the labeller something")).to_be_visible()
    page.get_by_role("textbox", name="Question").fill("Is it one?")
    page.get_by_role("button", name="Phone, 360 pixels").click()
    page.frames[1].wait_for_function("() => innerWidth === 360")
    assert page.frames[1].evaluate(WIDER_THAN_THE_WINDOW) <= 0

    page.get_by_role("button", name="Add one").click()
    expect(page.get_by_label("Name 3")).to_be_focused()
    page.keyboard.type("unsure")
    expect(card.get_by_role("button", name="Unsure")).to_be_visible()
    page.get_by_role("button", name="Remove 3").click()
    page.get_by_role("button", name="JSON").click()
    page.get_by_label("Definition, as JSON").fill("{")
    expect(page.get_by_text("is not JSON")).to_be_visible()
    page.reload()

    page.get_by_label("Name 2").fill("none")
    page.get_by_label("Key 2").fill("n")
    expect(card.get_by_role("button", name="None")).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    becomes = page.get_by_label("What “no match” becomes")
    expect(becomes).to_have_value("none")
    page.screenshot(path=SCREENSHOTS / "settings-question-mapping.png", full_page=True)
    assert not violations(page)
    page.get_by_role("button", name="Save as a new version").first.click()
    expect(page.get_by_text("Version 2 of the question is in force.")).to_be_visible()
    schema = Project.objects.get().schema
    assert schema.definition["choices"][1] == {"name": "none", "key": "n"}
    assert schema.mapping == {"match": "match", "no match": "none"}


def test_every_kind_has_a_form_and_a_card_when_a_project_is_made(live_server, person):
    make_user("stefan", is_staff=True)
    page = person(make_user("stefan")).new_page()
    page.goto("/projects/new/")
    card, kinds = page.frame_locator("iframe"), page.get_by_label("Kind of label")
    offered = kinds.locator("option").evaluate_all("options => options.map((one) => one.value)")
    for kind in [name for name in offered if (FOLDERS / name).is_dir()]:
        kinds.select_option(kind)
        question = page.get_by_role("textbox", name="Question").input_value()
        expect(card.get_by_role("heading", level=1)).to_have_text(question)
        expect(card.get_by_text("Nothing answered yet.")).to_be_visible()
        expect(page.locator(".field__error")).to_have_count(0)
        page.screenshot(path=SCREENSHOTS / f"new-{kind}.png", full_page=True)
        assert not violations(page), kind
    page.get_by_label("Name", exact=True).first.fill("Shop")
    page.get_by_label("Short name for addresses").fill("shop")
    page.get_by_role("button", name="Make the project").click()
    page.wait_for_url(re.compile("/p/shop/settings/"))
