"""Every page, wide and at 360 px, light and dark: accessible, without sideways scroll, without complaints.

Each is kept as a picture under build/screenshots/, for people to look at.
"""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.pages import NOBODY, PAGES, address
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
# Nothing but colours depends on the scheme.
RULES = {"light": (), "dark": ("color-contrast",)}
WIDER_THAN_THE_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A column of single letters is one that its neighbours squeezed.
SQUEEZED = """() => [...document.querySelectorAll("dl.facts dd, .stats__one, .choice, td.text")]
  .filter((box) => box.checkVisibility() && box.clientWidth < 60).map((box) => box.outerHTML.slice(0, 200))"""


FRAMES = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def picture(page, name, **options):
    """Keep what the page looks like once it is drawn."""
    page.evaluate(FRAMES)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", **options)


def violations(page, *rules):
    """What axe finds against all of its rules, or against those."""
    # What passes is not described: that takes longer than finding it out.
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_whatever_the_screen(name, town, window):
    where, user = address(name, town), make_user(PAGES[name]) if PAGES[name] != NOBODY else None
    for size in SIZES:
        page = window(user, size)
        page.emulate_media(reduced_motion="reduce", color_scheme="light")
        assert page.goto(where, wait_until="networkidle").status == 200
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            picture(page, f"{name}-{size}-{scheme}", full_page=True)
            assert not violations(page, *RULES[scheme]), f"{size}, {scheme}"
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, size
        assert page.evaluate(SQUEEZED) == [], size


@pytest.mark.parametrize("name", ["overview", "items", "agreement", "calibration", "versions", "cases", "settings"])
def test_a_page_of_an_empty_project_says_what_to_do_next(name, live_server, window):
    project = make_project()
    page = window(make_user("olga"))
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    assert page.goto(address(name, project), wait_until="networkidle").status == 200
    assert not violations(page)
