"""A look at one page as it stands: accessible, no wider than its window, kept as a picture."""

from playwright.sync_api import Page

from tests.browser.conftest import SCHEMES
from tests.browser.test_pages import RULES, WIDER_THAN_THE_WINDOW, picture, violations

DRAWN = """(scheme) => new Promise((resolve) => {
  const query = matchMedia(`(prefers-color-scheme: ${scheme})`);
  const look = () => requestAnimationFrame(() => (query.matches ? requestAnimationFrame(resolve) : look()));
  look();
})"""


def look(page: Page, name: str) -> None:
    """In light and in dark; the pictures are build/screenshots/name-light.png and name-dark.png."""
    for scheme in reversed(SCHEMES):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(DRAWN, scheme)
        picture(page, f"{name}-{scheme}")
        assert not violations(page, *RULES[scheme]), scheme
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
