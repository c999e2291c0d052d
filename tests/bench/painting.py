"""How long the next card takes: from the key's own time (Event.timeStamp) to when the browser says that what the card
shows was painted (Element Timing), in the browser's one clock."""

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page

# Notes every key and, for every card, when the last of what it shows was painted.
WATCH = """
window.bench = { key: 0, painted: new Map(), before: "" };
addEventListener("keydown", (event) => (bench.key = event.timeStamp), true);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const token = entry.element?.closest("[data-token]")?.dataset.token;
    if (token) bench.painted.set(token, Math.max(entry.renderTime, bench.painted.get(token) ?? 0));
  }
}).observe({ type: "element", buffered: true });
bench.until = async (found) => {
  for (const end = performance.now() + 20_000; performance.now() < end; await new Promise((go) => setTimeout(go, 15))) {
    const value = found();
    if (value) return value;
  }
  throw new Error("no card was painted in 20 s");
};
"""
# An answer within 150 ms of when the page itself took a card for painted is taken for one to the card before.
SETTLED = """(ms) => bench.until(() => {
  const token = document.querySelector(".bench__card")?.dataset.token;
  const noted = performance.getEntriesByName("quorum:card").at(-1);
  const since = noted && noted.startTime > bench.key ? performance.now() - noted.startTime - noted.duration : 0;
  bench.before = token;
  return bench.painted.has(token) && since > ms;
})"""
TOOK = """() => bench.until(() => {
  const token = document.querySelector(".bench__card")?.dataset.token;
  return token && token !== bench.before && bench.painted.has(token) && { ms: bench.painted.get(token) - bench.key };
})"""
PAUSE_MS = 220


@dataclass(frozen=True)
class Painted:
    """What a run of answers took, ms each."""

    ms: list[float]

    @property
    def p50(self) -> float:
        return median(self.ms)

    @property
    def p95(self) -> float:
        return float(np.percentile(self.ms, 95))


def answer(page: Page, n: int) -> Painted:
    """Give n answers, one key each, each once its card has been seen for a moment."""
    taken = []
    for number in range(n):
        page.evaluate(SETTLED, PAUSE_MS)
        page.keyboard.press("12"[number % 2])
        taken.append(page.evaluate(TOOK)["ms"])
    return Painted(taken)


def slow_cpu(page: Page, times: int) -> CDPSession:
    """Let the page compute that many times slower; keep what is returned for as long."""
    session: Any = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return session
