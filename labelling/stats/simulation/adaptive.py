"""As many labels for an item as it is worth: batches of labels and refits, the most valuable items first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats import truth
from labelling.stats.coded import Floats, Ints
from labelling.stats.lookahead import Expert, Lookahead, Losses, accuracy, kinds
from labelling.stats.simulation.crowd import Crowd
from labelling.stats.truth import Truth

FIRST_LABELS = 2
# Items are begun in so many parts, with a refit after each; then at most this share of the items gets a label a round.
PARTS = 3
ROUND = 0.1
MAXIMUM = 9
MOST_ROUNDS = 100

Model = Callable[..., Truth]


@dataclass(frozen=True, slots=True)
class Outcome:
    """bought: bool (n_labels,) of the shuffled crowd. escalated: items, the greatest expected loss first. answer:
    float (n_items, k), the final one. posterior: float (n_items, k), what was believed when the items ended."""

    bought: npt.NDArray[np.bool_]
    escalated: Ints
    answer: Floats
    posterior: Floats
    labels: int
    cost: float


@dataclass
class Run:
    """One seed of one budget. `stream`: the crowd's labels in the order in which each item gets them."""

    stream: Crowd
    gold: Ints
    budget: float
    expert: Expert
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.bought = np.zeros(len(self.stream.items), dtype=bool)
        self.budget -= self.expert.price * int((self.gold >= 0).sum())
        self.fit: Truth

    def play(self) -> None:
        for part in np.array_split(self.rng.permutation(self.stream.n_items), PARTS):
            for _ in range(FIRST_LABELS):
                self._buy(part)
            self._refit()
        for _ in range(MOST_ROUNDS):
            losses = self.assess()
            wanted = np.flatnonzero(losses.gain > 0)
            room = min(max(int(ROUND * self.stream.n_items), 10), int(self.budget - self.spent))
            best = wanted[np.argsort(-losses.gain[wanted], kind="stable")[:room]]
            if room < 1 or not best.size:
                break
            self._buy(best)
            self._refit()

    @property
    def spent(self) -> int:
        return int(self.bought.sum())

    def assess(self) -> Losses:
        had = np.bincount(self.stream.items[self.bought], minlength=self.stream.n_items)
        to_come = ~self.bought
        left = np.minimum(np.bincount(self.stream.items[to_come], minlength=self.stream.n_items), MAXIMUM - had)
        supply = np.bincount(self.stream.workers[to_come], minlength=self.stream.n_workers).astype(np.float64)
        k = self.stream.n_classes
        right, share = kinds(accuracy(self.fit.confusion, self.fit.prior), supply, k)
        ahead = Lookahead(k, right, share, self.expert)
        places = ahead.places(self.fit.posterior)
        return ahead.losses(places, left, ahead.worth(places, left, self.budget - self.spent))

    def escalate(self) -> Ints:
        """The items with the greatest expected loss, as many as the rest of the budget pays for."""
        loss = 1 - self.fit.posterior.max(axis=1) - (1 - self.expert.accuracy)
        loss[self.gold >= 0] = 0.0
        affordable = max(int((self.budget - self.spent) / self.expert.price + 1e-9), 0)
        worst = np.argsort(-loss, kind="stable")[:affordable].astype(np.intp)
        return np.asarray(worst[loss[worst] > 0], dtype=np.intp)

    def _buy(self, items: Ints) -> None:
        """The next label of each of these items, if it has one."""
        wanted = np.zeros(self.stream.n_items, dtype=bool)
        wanted[items] = True
        at = np.flatnonzero(~self.bought & wanted[self.stream.items])
        _, first = np.unique(self.stream.items[at], return_index=True)
        self.bought[at[first]] = True

    def _refit(self) -> None:
        self.fit = infer(self.stream, self.bought, self.gold)


def infer(stream: Crowd, bought: npt.NDArray[np.bool_], gold: Ints) -> Truth:
    at = np.flatnonzero(bought)
    return truth.infer(
        stream.items[at], stream.workers[at], stream.labels[at], stream.n_classes, gold,
        n_items=stream.n_items, n_workers=stream.n_workers,
    )  # fmt: skip


def adaptive(crowd: Crowd, gold: Ints, seed: int, cost: float, expert: Expert) -> Outcome:
    """Spend `cost` labels an item, experts and gold at the expert's price included.

    gold: int (n_items,), -1 unknown. What is bought and escalated depends on the labels and the gold alone; the
    experts' answers enter with the last fit.
    """
    stream, _ = crowd.shuffled(seed)
    run = Run(stream, gold, cost * crowd.n_items, expert, np.random.default_rng([seed, 2]))
    run.play()
    escalated = run.escalate()
    answer = _answer(run, escalated, np.random.default_rng([seed, 3]))
    paid = len(escalated) + int((gold >= 0).sum())
    return Outcome(
        run.bought, escalated, answer, run.fit.posterior, run.spent,
        (run.spent + expert.price * paid) / crowd.n_items,
    )  # fmt: skip


def _answer(run: Run, escalated: Ints, rng: np.random.Generator) -> Floats:
    """The last fit, which knows what the experts said."""
    k, expert = run.stream.n_classes, run.expert
    real = run.stream.truth[escalated]
    fails = rng.random(len(escalated)) >= expert.accuracy
    said = np.where(fails, (real + rng.integers(1, k, len(escalated))) % k, real)[real >= 0]
    asked = escalated[real >= 0]
    known = run.gold.copy()
    known[asked] = said
    answer = infer(run.stream, run.bought, known).posterior
    likely = np.full((len(asked), k), (1 - expert.accuracy) / max(k - 1, 1))
    likely[np.arange(len(asked)), said] = expert.accuracy
    weighed = np.maximum(run.fit.posterior[asked], 1e-6) * likely
    answer[asked] = weighed / weighed.sum(axis=1, keepdims=True)
    return answer
