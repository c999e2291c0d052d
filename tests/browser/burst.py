"""Keys pressed faster than anybody reads, and what was on the screen when each went down."""

import json
import random
import time
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

from labelling.assignment.models import Label
from labelling.projects.models import Member

CHOICES = {"1": "match", "2": "no match"}
TOO_SOON_MS = 150
# The clock stands still while a key is handled: the page sees the time that is noted.
NOTE = """
window.noted = [];
const now = performance.now.bind(performance);
let still = null;
performance.now = () => still ?? now();
window.addEventListener("keydown", ({ key, repeat }) => {
  still = now();
  setTimeout(() => (still = null));
  const card = document.querySelector(".bench__card");
  const shown = performance.getEntriesByName("quorum:card").at(-1);
  window.noted.push({
    key, repeat, token: card?.dataset.token, text: card?.querySelector(".material__text").innerText,
    since: shown && shown.detail === card?.dataset.token ? performance.now() - shown.startTime - shown.duration : 0,
  });
}, true);
"""


@dataclass(frozen=True)
class Pressed:
    key: str
    repeat: bool
    token: str | None
    text: str | None
    since: float


def note_keys(context: BrowserContext) -> None:
    """Call it before the page is opened."""
    context.add_init_script(NOTE)


def press_for(page: Page, *, seconds: float, a_second: int = 10, seed: int = 7) -> None:
    """Keys at an even pace, chosen by chance; one in ten is held until it repeats."""
    chance, start = random.Random(seed), time.monotonic()
    for number in range(int(seconds * a_second)):
        key = chance.choice(list(CHOICES))
        page.keyboard.down(key)
        if number % 10 == 0:
            page.keyboard.down(key)
        page.keyboard.up(key)
        time.sleep(max(0.0, start + (number + 1) / a_second - time.monotonic()))


def check(page: Page, labeller: Member) -> int:
    """Every label is the first key that counted on its card, and every such key became a label. Returns how many."""
    counted: dict[str, Pressed] = {}
    for noted in page.evaluate("window.noted"):
        pressed = Pressed(**noted)
        # A key after the one that counted may still find the old card there: it was meant for it, and comes too late.
        if pressed.token is None or pressed.token in counted or pressed.repeat or pressed.since < TOO_SOON_MS:
            continue
        counted[pressed.token] = pressed
    labels = list(Label.objects.filter(labeller=labeller).select_related("item__example"))
    for label in labels:
        shown, choice = json.loads(label.item.example.payload)["request"], json.loads(label.answer)["choice"]
        meant = counted[label.token]
        assert (meant.text, CHOICES[meant.key]) == (shown, choice)
    tokens = [label.token for label in labels]
    assert len(set(tokens)) == len(tokens)
    assert set(tokens) == set(counted)
    return len(labels)
