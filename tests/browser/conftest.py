"""People in front of the pages: contexts that are signed in, and a watch on what the browser complains about.

What needs the settings is imported when a test runs: this file is read before they are there.
"""

import re
from importlib import import_module

import pytest
from playwright.sync_api import expect

SIZES = {"wide": {"width": 1280, "height": 800}, "360": {"width": 360, "height": 740}}
SCHEMES = ("light", "dark")
NO_WORKER = "Service Worker registration blocked by Playwright"
# How long anything may take, in seconds: a busy machine is no failure, and what is there at once costs no wait.
PATIENCE = 60
expect.set_options(timeout=PATIENCE * 1000)
# A page asks whether a card is still its own, and gives cards back as it goes: that one is not is an answer.
NOT_OURS = re.compile(r"/api/v1/leases/[^/]+/(heartbeat|release)$")


@pytest.fixture
def complaints():
    """What the browser's console said as a warning or an error, and what scripts threw. Empty at the end."""
    found: list[str] = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def expected_failures():
    """Patterns of complaints that a test causes on purpose: a line cut, a request refused."""
    return []


@pytest.fixture
def note(complaints, expected_failures):
    """What to do with a line that the console said, and where it came from."""

    def note(text: str, where: str = "") -> None:
        if "status of 410" in text and NOT_OURS.search(where):
            return
        if not any(re.search(pattern, text) for pattern in [*expected_failures, NO_WORKER]):
            complaints.append(text)

    return note


@pytest.fixture
def watch(note):
    """watch(context): note what its pages complain about until the test ends."""

    watched = []

    def hear(said) -> None:
        if said.type in {"warning", "error"}:
            note(f"{said.type}: {said.text}", said.location["url"])

    def thrown(error) -> None:
        note(f"thrown: {error.error}")

    def begin(context) -> None:
        context.on("console", hear)
        context.on("weberror", thrown)
        watched.append(context)

    yield begin
    for context in watched:
        context.remove_listener("console", hear)
        context.remove_listener("weberror", thrown)


def kind_of_window(size: str) -> dict:
    small = size == "360"
    return {"viewport": SIZES[size], "has_touch": small, "is_mobile": small}


@pytest.fixture
def person(new_context, live_server, watch, expected_failures):
    """person(user, size="wide", scheme="light"): a context of its own, signed in as that user (None: nobody).

    works_offline: whether its pages get the worker that opens them without a connection. url: of another server.
    """

    contexts = []

    def enter(user, size="wide", scheme="light", works_offline=False, url=None, language="en-US"):
        address = url or live_server.url
        context = new_context(
            base_url=address, color_scheme=scheme, service_workers="allow" if works_offline else "block",
            locale=language, **kind_of_window(size),
        )  # fmt: skip
        context.set_default_timeout(PATIENCE * 1000)
        watch(context)
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, address)])
        return context

    yield enter
    expected_failures.append("")
    for context in contexts:
        context.set_offline(True)  # What a page sends when it is closed would reach the database of the next test.


@pytest.fixture(scope="module")
def windows():
    """{size: a page}, those that `window` opened so far."""
    opened = {}
    yield opened
    for page in opened.values():
        page.context.close()


@pytest.fixture
def window(windows, browser, live_server, watch, expected_failures):
    """window(user, size="wide"): a page signed in as that user (None: nobody), for tests that only look.

    The tests of a file look through the same two, one after another: opening one takes most of a second of CPU, and
    the first page in it as much again.
    """

    used = []

    def look_through(user, size="wide"):
        if size not in windows:
            windows[size] = browser.new_context(
                base_url=live_server.url, service_workers="block", locale="en-US", **kind_of_window(size)
            ).new_page()
        page = windows[size]
        page.context.set_default_timeout(PATIENCE * 1000)
        page.context.set_offline(False)
        watch(page.context)
        used.append(page)
        if user is not None:
            page.context.add_cookies([session_cookie(user, live_server.url)])
        return page

    yield look_through
    expected_failures.append("")
    for page in used:
        forget(page, live_server.url)


def forget(page, url):
    """Leave without a word, which would reach the database of the next test, and without anything that was stored."""
    page.evaluate("sessionStorage.clear()")
    page.context.set_offline(True)
    page.goto("about:blank")
    page.context.clear_cookies()
    tools = page.context.new_cdp_session(page)
    tools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage,indexeddb,cache_storage"})
    tools.detach()


def session_cookie(user, url):
    client = import_module("django.test").Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


@pytest.fixture
def town(live_server, settings, tmp_path):
    """The project of `tests.browser.town`, with owner olga, expert eva and labeller lara."""
    settings.DATA_DIR = tmp_path
    return import_module("tests.browser.town").bring_town()
