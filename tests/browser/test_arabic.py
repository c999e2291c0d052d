"""Pages in Arabic: right to left, accessible, without sideways scroll; and a labeller at work in it."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labelling.assignment.models import Label
from labelling.projects.actions import pause_project
from tests.browser.bench import Bench
from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.looks import look
from tests.browser.pages import NOBODY, PAGES, address
from tests.browser.showing import ask
from tests.browser.test_pages import RULES, WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKED_AT = ("sign-in", "workbench", "own-work-excluded", "case", "home", "overview")


@pytest.mark.long
def test_pages_in_arabic_run_from_right_to_left(town, person):
    for name in LOOKED_AT:
        where, user = address(name, town), make_user(PAGES[name]) if PAGES[name] != NOBODY else None
        for size in SIZES:
            page = person(user, size, language="ar-EG").new_page()
            page.emulate_media(reduced_motion="reduce")
            assert page.goto(where, wait_until="networkidle").status == 200
            assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                picture(page, f"{name}-arabic-{size}-{scheme}", full_page=True)
                assert not violations(page, *RULES[scheme]), f"{name}, {size}, {scheme}"
            assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, f"{name}, {size}"


TEXT = "سافرت ليلى حداد من بيروت إلى القاهرة."
SPANS = {
    "question": "أي أشخاص وأماكن مذكورون؟",
    "input": {"kind": "text", "fields": ["text"]},
    "labels": [{"name": "person", "title": "شخص"}, {"name": "place", "title": "Place"}],
}

# Letters stand where the Latin ones do: what is printed as X is "ء" there.
ARABIC_KEYBOARD = """([key, code]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""


def test_a_labeller_works_in_arabic_by_keyboard_alone(db, person):
    labeller = ask("spans", SPANS, [{"text": TEXT}] * 3)
    bench = Bench(person(labeller.user, language="ar").new_page()).open("shown")
    page = bench.page
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "1"):
        page.keyboard.press(key)
    expect(bench.card.get_by_role("status")).to_have_text("عُلّم «\u2068ليلى حداد\u2069» بوسم \u2068شخص\u2069.")
    look(page, "spans-arabic")
    bench.press("Enter")
    expect(bench.saved).to_have_text("حُفظ كل شيء")
    assert json.loads(Label.objects.get().answer)["spans"] == [{"start": 6, "end": 15, "label": "person"}]
    expect(page.locator("[data-test=undo]")).to_contain_text("تراجع عن «")
    page.evaluate(ARABIC_KEYBOARD, ["ء", "KeyX"])
    expect(page.get_by_role("dialog")).to_contain_text("لماذا يتعذّر البتّ فيه؟")
    look(page, "cant-decide-arabic")
    bench.close_dialog()
    bench.with_the_keys_shown(lambda: look(page, "keys-arabic"))
    pause_project(project=labeller.project, by=None, now=timezone.now())
    bench.press("s")
    bench.press("s")
    expect(page.locator("[data-test=empty]")).to_contain_text("أوقف المالك هذا المشروع مؤقتًا.")
    expect(page.locator("[data-test=empty]")).to_contain_text("إجابة واحدة في هذه الجلسة")
