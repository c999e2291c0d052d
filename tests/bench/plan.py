"""How large a load run is. Sizes come from the environment, so that one question can be asked in a minute:

BENCH_ITEMS      items of the project under load: 100000
BENCH_SIZES      items of the projects compared for flatness: 10000,100000,1000000; empty: none
BENCH_LABELLERS  labellers at work at once: 1,8,32,64
BENCH_MODES      fixed,adaptive
BENCH_PAIRS      pairs a round; the bare view does three times as many: 300
BENCH_ROUNDS     rounds, at most: 5
BENCH_MINUTES    minutes after which a test begins no further round, once it has three: 4
BENCH_SHOW_SQL   1: print every statement of some pairs
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

ENOUGH_ROUNDS = 3


def numbers(name: str, default: str) -> list[int]:
    return [int(part) for part in os.environ.get(name, default).split(",") if part.strip()]


@dataclass(frozen=True)
class Sizes:
    items: int = field(default_factory=lambda: numbers("BENCH_ITEMS", "100000")[0])
    compared: list[int] = field(default_factory=lambda: numbers("BENCH_SIZES", "10000,100000,1000000"))
    labellers: list[int] = field(default_factory=lambda: numbers("BENCH_LABELLERS", "1,8,32,64"))
    modes: list[str] = field(default_factory=lambda: os.environ.get("BENCH_MODES", "fixed,adaptive").split(","))
    pairs: int = field(default_factory=lambda: numbers("BENCH_PAIRS", "300")[0])
    rounds: int = field(default_factory=lambda: numbers("BENCH_ROUNDS", "5")[0])
    minutes: int = field(default_factory=lambda: numbers("BENCH_MINUTES", "4")[0])

    def each_round(self) -> Iterator[int]:
        """Numbers of rounds: all of them, or three and as many more as there is time to begin."""
        started = time.monotonic()
        for number in range(self.rounds):
            if number >= ENOUGH_ROUNDS and time.monotonic() - started > 60 * self.minutes:
                return
            yield number
