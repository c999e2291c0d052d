"""The pages of labellers and experts in Arabic: right to left, accessible, without sideways scroll."""

import pytest

from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.pages import NOBODY, PAGES, address
from tests.browser.test_pages import RULES, SCREENSHOTS, WIDER_THAN_THE_WINDOW, violations
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEEN_BY_ALL = ("sign-in", "workbench", "own-work", "case", "own-work-excluded", "home", "cases")


def test_pages_in_arabic_run_from_right_to_left(town, person):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name in SEEN_BY_ALL:
        where, user = address(name, town), make_user(PAGES[name]) if PAGES[name] != NOBODY else None
        for size in SIZES:
            page = person(user, size, language="ar-EG").new_page()
            page.emulate_media(reduced_motion="reduce")
            assert page.goto(where, wait_until="networkidle").status == 200
            assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=SCREENSHOTS / f"{name}-arabic-{size}-{scheme}.png", full_page=True)
                assert not violations(page, *RULES[scheme]), f"{name}, {size}, {scheme}"
            assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, f"{name}, {size}"
