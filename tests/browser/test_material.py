"""What is labelled, as it is shown: Markdown, HTML, images, scripts of both directions."""

import socket
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from tests.browser.bench import Bench
from tests.browser.looks import look
from tests.browser.rest import wait_until
from tests.browser.showing import data_url, given, pages_of, png, show

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE_MARKDOWN = """# Results

<script>window.harmed = 1</script> <img src=x onerror="window.harmed = 2">

[one](javascript:window.harmed=3) [two](data:text/html,x) [three](https://example.org/three) <b onclick=x>bold</b>

![seen](https://tracker.test/seen.png)

| a table | with | many | columns | that | is | too | wide | for | a | phone |
|---------|------|------|---------|------|----|-----|------|-----|---|-------|
| 1       | 2    | 3    | 4       | 5    | 6  | 7   | 8    | 9   | 0 | 1     |

مرحبا بالعالم and English
"""
HOSTILE_HTML = """<h1>Mail</h1><script>parent.harmed = 1</script><img src="https://tracker.test/seen.png">
<p onclick="parent.harmed = 2">Hello</p><meta http-equiv="refresh" content="0;url=https://tracker.test/gone">
<link rel="stylesheet" href="https://tracker.test/a.css"><iframe src="https://tracker.test/in"></iframe>
<div><template shadowrootmode="open"><iframe src="https://tracker.test/shadow"></iframe></template></div>
<iframe srcdoc="<iframe src='https://tracker.test/deep'></iframe>"></iframe>
<form action="https://tracker.test/form"><button>Send</button></form>"""
HARMED = "window.harmed ?? null"
PICTURES = "https://pictures.test/**"
TRACKER = "https://tracker.test"


@pytest.fixture
def tracker():
    """Stands at TRACKER's place: who knocks waits at its door. The browser's own word is not to be had: it tells of
    requests that a policy stopped, and not of each that a frame of its own process sends."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        yield door


def seen_by(tracker, text):
    """The text, with the address at which that tracker stands."""
    return text.replace(TRACKER, f"https://127.0.0.1:{tracker.getsockname()[1]}")


def nobody_came(tracker):
    with suppress(BlockingIOError):
        return tracker.accept() is None
    return True


def test_markdown_is_drawn_and_nothing_in_it_runs_or_is_fetched(db, person, tracker):
    hostile = seen_by(tracker, HOSTILE_MARKDOWN)
    lara = show({"kind": "text", "fields": ["text"], "format": "markdown"}, [{"text": hostile}] * 30)
    for size, page in pages_of(person, lara.user):
        bench = Bench(page).open("shown")
        shown = bench.card.locator(".material")
        expect(shown.get_by_role("heading", name="Results")).to_be_visible()
        # The project has no guideline: nothing offers one.
        expect(page.get_by_role("button", name="Guideline")).to_have_count(0)
        expect(page.get_by_role("complementary", name="Guideline")).to_have_count(0)
        assert shown.locator("a").evaluate_all("links => links.map((link) => link.href)") == [
            "https://example.org/three", seen_by(tracker, f"{TRACKER}/seen.png"),
        ]  # fmt: skip
        assert shown.locator("img, script, b").count() == 0
        expect(shown).to_contain_text("<script>window.harmed = 1</script>")
        assert page.evaluate(HARMED) is None
        assert nobody_came(tracker)
        look(page, f"shown-markdown-{size}")


def test_html_stands_in_a_frame_where_nothing_runs_and_leaves_the_keys_to_the_page(
    db, person, tracker, expected_failures
):
    expected_failures += ["sandboxed", "Content Security Policy", "Blocked", "script-src"]
    lara = show({"kind": "text", "fields": ["mail"], "format": "html"}, [{"mail": seen_by(tracker, HOSTILE_HTML)}] * 30)
    page = person(lara.user).new_page()
    bench = Bench(page).open("shown")
    frame = page.frame_locator(".material__frame")
    expect(frame.get_by_role("heading", name="Mail")).to_be_visible()
    assert page.locator(".material__frame").get_attribute("sandbox") == ""
    frame.get_by_text("Hello").click()
    page.wait_for_function("() => document.activeElement === document.body")
    with bench.next_card():
        page.keyboard.press("1")
    bench.all_saved()
    assert given() == ["yes"]
    assert page.evaluate(HARMED) is None
    assert nobody_came(tracker)
    look(page, "shown-html-wide")


def transform(page):
    """(scale, x, y) of the image on the card."""
    matrix = page.locator(".picture__stage img").evaluate("(image) => new DOMMatrix(getComputedStyle(image).transform)")
    return round(matrix["a"], 2), round(matrix["e"]), round(matrix["f"])


READ_ALOUD = """
- region "Item":
  - heading "Is it good?" [level=1]
  - group "Image, to be zoomed and moved":
    - img "A blue flag"
  - group "Zoom":
    - button "Smaller" [disabled]
    - button "Whole image" [disabled]
    - button "Larger"
  - group "Answers":
    - button "Yes"
    - button "No"
  - button "Undo" [disabled]
  - button "Skip"
  - button "Can't decide"
"""


def test_an_image_is_zoomed_and_moved_by_keys_wheel_buttons_and_fingers(db, person):
    photo = {"url": data_url(png(800, 500)), "width": 800, "height": 500, "alt": "A blue flag"}
    lara = show({"kind": "image", "fields": ["photo"]}, [{"photo": photo}] * 30)
    for size, page in pages_of(person, lara.user):
        bench = Bench(page).open("shown")
        expect(page.get_by_alt_text("A blue flag")).to_be_visible()
        expect(bench.card).to_match_aria_snapshot(READ_ALOUD)
        if size == "wide":
            look_by_keys_and_mouse(page)
        else:
            look_by_touch(page)
        look(page, f"shown-image-{size}")
        with bench.next_card():
            bench.card.get_by_role("button", name="No", exact=True).click()
        whole(page, "the next image is shown as a whole")
        bench.all_saved()
    assert given() == ["no", "no"]


def whole(page, what):
    wait_until(lambda: transform(page) == (1, 0, 0), what=what)


def look_by_keys_and_mouse(page):
    page.keyboard.press("+")
    wait_until(lambda: transform(page) == (1.5, 0, 0), what="the plus key zooms")
    page.keyboard.press("ArrowRight")
    wait_until(lambda: transform(page)[1] < 0, what="an arrow moves")
    page.keyboard.press("0")
    whole(page, "nought shows the whole image")
    page.get_by_role("button", name="Larger").click()
    wait_until(lambda: transform(page) == (1.5, 0, 0), what="the button zooms")
    page.get_by_role("button", name="Whole image").click()
    page.locator(".picture__stage").hover(position={"x": 10, "y": 10})
    page.mouse.wheel(0, -400)
    wait_until(lambda: transform(page)[0] > 2, what="the wheel zooms")
    wait_until(lambda: min(transform(page)[1:]) > 0, what="what is under the pointer stays there")
    _, x, _ = transform(page)
    page.mouse.down()
    page.mouse.move(-50, 10, steps=3)
    page.mouse.up()
    wait_until(lambda: transform(page)[1] < x, what="the mouse moves it")


# How fingers are read is settled with the frame after a change.
TWO_FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def look_by_touch(page):
    buttons = page.locator(".picture__tools button")
    assert all(button.bounding_box()["height"] >= 44 <= button.bounding_box()["width"] for button in buttons.all())
    box = page.locator(".picture__stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": x + dx, "y": y, "id": number} for number, dx in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20, 20)
    for spread in (30, 40, 50, 60):
        touch("touchMove", -spread, spread)
    touch("touchEnd")
    wait_until(lambda: transform(page)[0] == 3, what="two fingers zoom")
    page.evaluate(TWO_FRAMES)
    touch("touchStart", 0)
    for dx in (20, 40, 60):
        touch("touchMove", dx)
    touch("touchEnd")
    wait_until(lambda: transform(page)[1] > 20, what="one finger moves")


def test_an_image_that_comes_late_moves_nothing_and_the_next_ones_are_fetched_ahead(db, person):
    sized = [{"photo": {"url": f"https://pictures.test/{n}.png", "width": 800, "height": 500}} for n in range(6)]
    bare = [{"photo": f"https://pictures.test/bare-{n}.png"} for n in range(6)]
    lara = show({"kind": "image", "fields": ["photo"]}, sized + bare)
    page = person(lara.user).new_page()
    held, asked, there = [], [], set()

    def gate(route):
        asked.append(route.request.url)
        if len(asked) == 1:
            held.append(route)
        else:
            route.fulfill(body=png(800, 500), content_type="image/png")

    page.route(PICTURES, gate)
    page.on("requestfinished", lambda request: there.add(request.url))
    bench = Bench(page).open("shown")
    expect(page.locator(".picture__stage")).to_have_attribute("aria-busy", "true")
    dock = bench.card.locator(".bench__dock")
    before = dock.bounding_box()
    held[0].fulfill(body=png(800, 500), content_type="image/png")
    expect(page.locator(".picture__stage")).to_have_attribute("aria-busy", "false")
    assert dock.bounding_box() == before
    wait_until(lambda: len(there.intersection(asked)) >= 8, page=page, what="images of the next cards are fetched")
    fetched = len(asked)
    for _ in range(2):
        with bench.next_card():
            page.keyboard.press("1")
        expect(page.locator(".picture__stage")).to_have_attribute("aria-busy", "false")
        assert page.locator(".picture__stage img").evaluate("(image) => image.complete && image.naturalWidth") == 800
    assert len(set(asked)) == len(asked) >= fetched, "none is fetched twice"
    bench.all_saved()


def test_a_broken_image_says_what_to_do_and_can_be_tried_again(db, person, expected_failures):
    expected_failures.append("ERR_FAILED")
    lara = show({"kind": "image", "fields": ["photo"]}, [{"photo": "https://pictures.test/one.png"}])
    page = person(lara.user, "360").new_page()
    working = []
    page.route(
        PICTURES,
        lambda route: route.fulfill(body=png(80, 50), content_type="image/png") if working else route.abort(),
    )
    bench = Bench(page).open("shown")
    expect(bench.card).to_contain_text("This image can't be loaded.")
    expect(bench.card).to_contain_text("choose “Can't decide” and “It is broken or can't be read”")
    look(page, "shown-image-broken-360")
    working.append(True)
    bench.card.get_by_role("button", name="Try again").tap()
    expect(bench.card.get_by_alt_text("Photo")).to_be_visible()


LINES = """(text) => {
  const node = text.firstChild;
  const ends = text.getBoundingClientRect();
  let at = 0;
  return node.data.split("\\n").map((line) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, (at += line.length + 1) - 1);
    const box = range.getBoundingClientRect();
    return box.left - ends.left < ends.right - box.right ? "left" : "right";
  });
}"""


def test_each_line_of_a_text_runs_in_its_own_direction(db, person):
    text = "English comes first.\nשורה בעברית עם English.\nالسطر الثالث 123.\nEnglish ends."
    lara = show({"kind": "text", "fields": ["text"]}, [{"text": text}])
    bench = Bench(person(lara.user).new_page()).open("shown")
    sides = bench.card.locator(".material__text").evaluate(LINES)
    assert sides == ["left", "right", "right", "left"]
