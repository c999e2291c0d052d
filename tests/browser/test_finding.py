"""Finding words in long texts, and answers among many."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.bench import Bench
from tests.browser.looks import look
from tests.browser.showing import given, pages_of, show

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOUND = "[...CSS.highlights.get('found')].length"


def test_words_are_found_in_a_long_text_by_keys_and_in_the_next_one_too(db, person):
    long = [
        "A cat sat in the garden. " * 70 + f"The fox {n} came.\n" + "The garden was quiet. " * 70 for n in range(30)
    ]
    lara = show({"kind": "text", "fields": ["text"]}, [{"text": text} for text in long])
    for size, page in pages_of(person, lara.user):
        bench = Bench(page).open("shown")
        box = page.get_by_role("searchbox", name="Find in what is shown")
        if size == "wide":
            page.keyboard.press("/")
        else:
            page.get_by_role("button", name="Find", exact=True).tap()
        expect(box).to_be_focused()
        page.keyboard.type("THE  fox")
        expect(page.locator(".find [role=status]")).to_have_text("1 found")
        page.keyboard.press("Enter")
        expect(page.locator(".find [role=status]")).to_have_text("1 of 1")
        assert page.evaluate("scrollY") > 100
        look(page, f"shown-found-{size}")
        page.keyboard.press("Tab")
        with bench.next_card():
            page.keyboard.press("1")
        page.wait_for_function(f"() => {FOUND} === 1")
        box.fill("garden")
        page.wait_for_function(f"() => {FOUND} === 140")
        page.keyboard.press("Escape")
        expect(box).to_be_hidden()
        assert page.evaluate("CSS.highlights.has('found')") is False
        bench.all_saved()
    assert given() == ["yes", "yes"]


def test_among_two_hundred_answers_a_few_letters_and_enter_give_one(db, person):
    names = [
        f"{first} {second}" for first in ("city", "old", "night", "school", "water") for second in map(str, range(40))
    ]
    lara = show({"kind": "text", "fields": ["text"]}, [{"text": f"Text {n}"} for n in range(30)], choices=names)
    for size, page in pages_of(person, lara.user):
        bench = Bench(page).open("shown")
        box = page.get_by_role("searchbox", name=re.compile("Find an answer"))
        expect(box).to_be_visible()
        choices = bench.card.locator(".choice")
        assert choices.count() == 200
        dock = bench.card.locator(".bench__dock").bounding_box()
        assert dock["height"] < page.viewport_size["height"] / 2 + 40
        if size == "wide":
            page.keyboard.press(".")
        else:
            box.tap()
        expect(box).to_be_focused()
        page.keyboard.type("school 3")
        expect(choices).to_have_count(11)
        with bench.next_card():
            page.keyboard.press("Enter") if size == "wide" else choices.first.tap()
        expect(choices).to_have_count(200)
        look(page, f"shown-many-answers-{size}")
        bench.all_saved()
    assert given() == ["school 3", "school 3"]
