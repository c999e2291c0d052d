"""Simulated labellers and a simulated expert for the sample project. Nobody here is a person, and every name says so.

An answer is a pure function of the seed, the labeller's name and the pair's id, so the order of calls never matters.
Mistakes of different labellers are independent of each other given the pair's difficulty; real people's are less so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from experts.sample.data import CLASSES

# As the product stores them: labelling.assignment.models.
REASONS = ("unclear", "missing_information", "no_answer_fits", "broken")


@dataclass(frozen=True)
class Kind:
    """How one kind of labeller behaves. All shares are 0 to 1.

    `right`: chance of the right answer when one is given, by the pair's difficulty; `always`: the answer given
    whatever the pair says; `abstains`: chance of no answer on a hard pair (on others it is nil).
    """

    right: dict[str, float]
    always: str | None = None
    abstains: float = 0.0


KINDS = {
    "careful": Kind(right={"easy": 0.95, "medium": 0.88, "hard": 0.75}, abstains=0.08),
    "sloppy": Kind(right={"easy": 0.80, "medium": 0.73, "hard": 0.65}, abstains=0.04),
    "random": Kind(right={"easy": 0.5, "medium": 0.5, "hard": 0.5}),
    "constant": Kind(right={}, always="match"),
    "expert": Kind(right={"easy": 0.97, "medium": 0.97, "hard": 0.97}),
}


@dataclass(frozen=True)
class SimulatedLabeller:
    """One simulated person; `kind` is a key of KINDS."""

    kind: str
    number: int | None = None

    @property
    def name(self) -> str:
        return f"simulated {self.kind}" if self.number is None else f"simulated {self.kind} {self.number}"


@dataclass(frozen=True)
class Answer:
    """What one labeller did with one pair: either `answer` (one of CLASSES) or `abstention` (one of REASONS).

    `seconds`: time from reading to answering, lognormal around the text's reading time for every kind alike: an
    unreliable labeller should be found by the answers, not by a clock set for that purpose.
    """

    labeller: str
    pair_id: str
    answer: str | None
    abstention: str | None
    seconds: float


LABELLERS = (
    *(SimulatedLabeller("careful", number) for number in range(1, 7)),
    *(SimulatedLabeller("sloppy", number) for number in range(1, 4)),
    SimulatedLabeller("random", 1),
    SimulatedLabeller("constant", 1),
)
EXPERT = SimulatedLabeller("expert")


def answers(
    pairs: list[dict[str, Any]], *, seed: int, labellers: tuple[SimulatedLabeller, ...] = LABELLERS
) -> Iterator[Answer]:
    """Every labeller's answer to every pair, pair by pair."""
    for pair in pairs:
        for labeller in labellers:
            yield answer(labeller, pair, seed=seed)


def answer(labeller: SimulatedLabeller, pair: dict[str, Any], *, seed: int) -> Answer:
    """What `labeller` does with `pair`, a row as `data.load_pairs` gives it; the same for the same seed, always."""
    kind = KINDS[labeller.kind]
    rng = _rng(seed, labeller.name, pair["id"])
    abstains, errs, reason = rng.random(), rng.random(), REASONS[rng.choice(len(REASONS), p=(0.4, 0.4, 0.15, 0.05))]
    seconds = round(_reading_seconds(pair) * float(rng.lognormal(mean=0.0, sigma=0.45)), 1)
    if pair["difficulty"] == "hard" and abstains < kind.abstains:
        return Answer(labeller.name, pair["id"], None, reason, seconds)
    return Answer(labeller.name, pair["id"], _choice(kind, pair, errs), None, seconds)


def _choice(kind: Kind, pair: dict[str, Any], draw: float) -> str:
    if kind.always is not None:
        return kind.always
    right = draw < kind.right[pair["difficulty"]]
    return next(name for name in CLASSES if (name == pair["truth"]) == right)


def _reading_seconds(pair: dict[str, Any]) -> float:
    """Median seconds for a pair: two to decide, and twenty characters read a second."""
    return 2 + (len(pair["request"]) + len(pair["offer"])) / 20


def _rng(seed: int, *names: str) -> np.random.Generator:
    digest = sha256("\x1f".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16]))
