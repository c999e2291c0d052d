"""A labeller at the workbench: what is on the card, and the keys that are pressed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.browser.rest import wait_until
from tests.factories import PASSWORD

# The page notes each card once it is painted; an answer within 150 ms of that is taken for one to the card before.
SETTLED = """() => {
  const card = document.querySelector(".bench__card");
  const shown = performance.getEntriesByName("quorum:card").at(-1);
  return card && shown?.detail === card.dataset.token && performance.now() - shown.startTime - shown.duration > 160;
}"""
PAINTED = "performance.getEntriesByName('quorum:card').length"
NEXT_IS_THERE = f"""([token, painted]) => {{
  const card = document.querySelector(".bench__card");
  return card === null || (card.dataset.token !== token && {PAINTED} > painted);
}}"""
KEPT = "async () => Boolean(await caches.match(location.pathname, { ignoreVary: true }))"


class Bench:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.card = page.locator(".bench__card")
        self.saved = page.locator("[data-test=saved]")
        self.given = page.locator("[data-test=given]")

    def open(self, slug: str = "matching") -> "Bench":
        self.page.goto(f"/p/{slug}/label/")
        expect(self.card).to_be_visible()
        return self

    @property
    def text(self) -> str:
        """The first text on the card: it tells the items of a test apart. Empty where there are only images."""
        texts = self.card.locator(".material__text")
        return texts.first.inner_text() if texts.count() else ""

    def press(self, key: str) -> str:
        """Press a key that answers or skips, and wait for the next card; returns the text that it was for."""
        with self._next() as text:
            self.page.keyboard.press(key)
        return text

    def tap(self, name: str) -> str:
        with self._next() as text:
            self.card.get_by_role("button", name=name, exact=True).tap()
        return text

    def abstain(self, key: str) -> str:
        """X, and the reason of that number."""
        with self._next() as text:
            self.page.keyboard.press("x")
            expect(self.page.get_by_role("dialog")).to_be_visible()
            self.page.keyboard.press(key)
        return text

    def undo(self, text: str) -> None:
        """Press U, and wait until the card of that text is back."""
        with self._next():
            self.page.keyboard.press("u")
        expect(self.card.locator(".material__text").first).to_have_text(text)

    @contextmanager
    def _next(self) -> Iterator[str]:
        """As `next_card`; yields the text that is acted on."""
        with self.next_card():
            yield self.text

    def settle(self) -> None:
        """Wait for a card that can be answered."""
        self.page.wait_for_function(SETTLED)

    @contextmanager
    def next_card(self) -> Iterator[None]:
        """Act on a card that can be answered, and wait until another one is painted."""
        self.settle()
        before = [self.card.get_attribute("data-token"), self.page.evaluate(PAINTED)]
        yield
        self.page.wait_for_function(NEXT_IS_THERE, arg=before)

    def with_the_keys_shown(self, act: Callable[[], object]) -> None:
        """Open the list of keys, act, and close it."""
        dialog = self.page.get_by_role("dialog")
        self.page.keyboard.press("?")
        expect(dialog).to_be_visible()
        act()
        self.close_dialog()

    def close_dialog(self) -> None:
        """By Escape, and wait until the page takes keys for the card again."""
        self.page.keyboard.press("Escape")
        expect(self.page.locator("dialog")).to_have_count(0)

    def lose_connection(self) -> None:
        """Cut it, and wait until the page was told: one that is left before gives its cards back."""
        self.page.context.set_offline(True)
        self.page.wait_for_function("() => !navigator.onLine")

    def all_saved(self) -> None:
        expect(self.saved).to_have_text("All saved")


def open_kept(context: BrowserContext, slug: str = "matching") -> Bench:
    """A labeller's page that can be opened again without a connection."""
    bench = Bench(context.new_page()).open(slug)
    wait_until(lambda: bench.page.evaluate(KEPT), what="the page is kept")
    return bench


def crash(page: Page) -> None:
    """End the page's process, as the system does with a tab that takes too much memory."""
    with pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")
    page.close()


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
