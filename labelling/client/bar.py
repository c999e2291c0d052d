"""How far a download is: a line on a terminal, silence elsewhere, or a function of the caller's."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[int, int], object]

WIDTH = 28
SECONDS_BETWEEN = 0.1


class Bar:
    """Draws one line on a terminal. Call it with (bytes done, bytes in all)."""

    def __init__(self, title: str, to: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.title, self.to, self.clock = title, to, clock
        self.began, self.drawn = clock(), float("-inf")

    def __call__(self, done: int, total: int) -> None:
        now = self.clock()
        if done < total and now - self.drawn < SECONDS_BETWEEN:
            return
        self.drawn = now
        share = done / total if total else 1.0
        filled = int(share * WIDTH)
        speed = done / max(now - self.began, 0.001) / 1e6
        drawn = "█" * filled + "·" * (WIDTH - filled)
        line = f"{self.title} [{drawn}] {share:4.0%} {done / 1e6:,.1f} MB, {speed:,.1f} MB/s"
        self.to.write(f"\r{line}\x1b[K" + ("\n" if done >= total else ""))
        self.to.flush()


def chosen(progress: Progress | bool | None, title: str) -> Progress:
    """What to call: the caller's own function; a bar where standard error is a terminal or `progress` is True; nothing
    else."""
    if callable(progress):
        return progress
    if progress or (progress is None and sys.stderr.isatty()):
        return Bar(title, sys.stderr)
    return lambda done, total: None
