"""Answers with parts on the pages of experts and owners: drawn on their item, and given there."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labelling import canonical
from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.test_pages import RULES, WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import make_user
from tests.kinds import answers_of
from tests.pages.places import place_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place(live_server, settings, tmp_path, request):
    settings.DATA_DIR = tmp_path
    return place_of(request.param)


@pytest.mark.parametrize("place", ["spans", "boxes"], indirect=True)
def test_pages_with_answers_drawn_on_an_item_are_accessible_and_fit(place, person):
    kind, slug = place.project.schema_in_force.kind, place.project.slug
    case = place.project.cases.filter(closed_at=None).first()
    pages = {
        "case": (reverse("case", args=[slug, case.public_id]), "eva"),
        "item": (reverse("item", args=[slug, place.items[4].public_id]), "olga"),
        "gold": (reverse("gold_item", args=[slug, place.items[7].public_id]), "olga"),
    }
    for name, (where, username) in pages.items():
        for size in SIZES:
            page = person(make_user(username), size).new_page()
            page.goto(where)
            expect(page.locator("[data-waiting]")).to_have_count(0)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                picture(page, f"drawn-{kind}-{name}-{size}-{scheme}", full_page=True)
                assert not violations(page, *RULES[scheme]), f"{name}, {size}, {scheme}"
            assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, f"{name}, {size}"


@pytest.mark.parametrize("place", ["spans"], indirect=True)
def test_an_expert_begins_from_a_labellers_answer_and_decides_without_a_mouse(place, person):
    right, _ = answers_of("spans")
    case = place.project.cases.filter(closed_at=None).first()
    page = person(make_user("eva")).new_page()
    page.goto(reverse("case", args=[place.project.slug, case.public_id]))
    page.get_by_role("radio", name="Labeller A").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Begin yours from this one").press("Enter")
    expect(page.locator("input[name=choice]")).to_have_value(re.compile("person.*place"))
    page.get_by_label("Why", exact=True).fill("both are named")
    page.keyboard.press("Enter")
    page.wait_for_url("**/experts/**")
    expect(page.get_by_text("Decided.")).to_be_visible()
    assert canonical.loads(case.decisions.get().answer) == right


def test_an_experts_keys_mark_at_once_and_an_untouched_answer_is_asked_about(live_server, settings, tmp_path, person):
    settings.DATA_DIR = tmp_path
    labels = [{"name": "person", "title": "Person", "key": "d"}, {"name": "place", "title": "Place"}]
    place = place_of("spans", labels=labels)
    case, other = place.project.cases.filter(closed_at=None)[:2]
    page = person(make_user("eva")).new_page()
    page.goto(reverse("case", args=[place.project.slug, case.public_id]))
    answer, why = page.locator("input[name=choice]"), page.get_by_label("Why", exact=True)
    expect(answer).to_have_value('{"spans":[]}')
    assert page.evaluate("document.activeElement === document.body")
    for key in ("ArrowRight", "Shift+ArrowRight", "d"):
        page.keyboard.press(key)
    marked = '{"spans":[{"start":0,"end":11,"label":"person"}]}'
    expect(answer).to_have_value(marked)
    # The label's key is not the page's too, and says so; the page's others stay.
    discarding, sending = page.locator("details[data-key=d]"), page.locator("details[data-key=b]")
    expect(discarding).not_to_have_attribute("open", "")
    expect(discarding.locator("kbd")).to_be_hidden()
    expect(sending.locator("kbd")).to_be_visible()
    page.keyboard.press("b")
    expect(sending).to_have_attribute("open", "")

    why.press_sequentially("a d2")
    for key in ("ArrowLeft", "Backspace"):
        why.press(key)
    expect(why).to_have_value("a 2")
    switch = page.locator("[data-keys-switch]")
    switch.press("Enter")
    expect(page.locator(".answer kbd:visible")).to_have_count(0)
    page.keyboard.press("2")
    switch.press("Enter")
    expect(answer).to_have_value(marked)
    why.press("Enter")
    expect(page.get_by_text("Decided.")).to_be_visible()
    assert canonical.loads(case.decisions.get().answer) == canonical.loads(marked)

    page.goto(reverse("case", args=[place.project.slug, other.public_id]))
    expect(answer).to_have_value('{"spans":[]}')
    why.fill("no name in it")
    why.press("Enter")
    asked = page.get_by_role("alert").filter(has_text="Nothing was marked. Decide once more if nothing is right.")
    expect(asked).to_be_visible()
    assert not other.decisions.exists()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided.")).to_be_visible()
    assert canonical.loads(other.decisions.get().answer) == {"spans": []}


@pytest.mark.parametrize("place", ["multiple_choice"], indirect=True)
def test_a_correction_that_nobody_made_is_asked_about_once(place, person):
    item = place.items[4]
    page = person(make_user("olga")).new_page()
    page.goto(reverse("item", args=[place.project.slug, item.public_id]))
    page.get_by_text("Correct the answer").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Correct", exact=True))
    form.get_by_label("Why", exact=True).fill("nothing fits")
    form.get_by_role("button", name="Correct", exact=True).press("Enter")
    expect(form.get_by_role("alert")).to_have_text("Nothing was marked. Decide once more if nothing is right.")
    assert not item.resolutions.filter(closed_at=None).exists()
    form.get_by_role("button", name="Correct", exact=True).press("Enter")
    expect(page.get_by_text("Corrected.")).to_be_visible()
    assert canonical.loads(item.resolutions.get(closed_at=None).answer) == {"choices": []}
