"""As many labels for an item as it is worth: batches of labels and refits, the most valuable items first."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats import truth
from labelling.stats.coded import Floats, Ints
from labelling.stats.lookahead import Expert, Losses, places
from labelling.stats.refusing import refused
from labelling.stats.simulation.crowd import Crowd
from labelling.stats.steering import steer
from labelling.stats.truth import Truth

Bools = npt.NDArray[np.bool_]

# Items are begun in parts, with a fit after each: two labels first, since a labeller is known only by others; then one.
FIRST_LABELS = (2, 1, 1)
# At most this share of the items gets a label a round; an item at most so many labels.
ROUND, LEAST_ROUND, MOST_ROUNDS = 0.1, 10, 150
MAXIMUM = 9
# What is believed of an escalated item's labels when an expert contradicts them.
LEAST_BELIEF = 1e-6


@dataclass(frozen=True, slots=True)
class Outcome:
    """bought: bool (n_labels,) of the shuffled crowd. escalated: items, the greatest expected loss first. answer:
    float (n_items, k), the final one. posterior: float (n_items, k), what was believed when the last label was in."""

    bought: Bools
    escalated: Ints
    answer: Floats
    posterior: Floats
    labels: int
    cost: float


class Run:
    """One seed of one budget. stream: the crowd's labels in the order in which each item gets them. gold: int
    (n_items,), -1 unknown. budget: labels in all, experts and gold at the expert's price. Sees no other truth."""

    def __init__(self, stream: Crowd, gold: Ints, budget: float, expert: Expert, seed: int) -> None:
        self.stream, self.gold, self.expert = stream, gold, expert
        self.budget = budget - expert.price * int((gold >= 0).sum())
        self.bought = np.zeros(len(stream.items), dtype=bool)
        self.refused = np.zeros(stream.n_workers, dtype=bool)
        self._begin(np.random.default_rng([seed, 2]))

    def play(self) -> None:
        for _ in range(MOST_ROUNDS):
            losses = self.assess()
            wanted = np.flatnonzero(losses.gain > 0)
            best = wanted[np.argsort(-losses.gain[wanted], kind="stable")]
            most = max(int(ROUND * self.stream.n_items), LEAST_ROUND)
            if not self._buy(best[:most]):
                break
            self._refit()

    def play_until(self, confidence: float) -> Floats:
        """Labels for every item until its likeliest class reaches this, or it gets no more; what was believed of each
        then: float (n_items, k)."""
        ended = np.zeros(self.stream.n_items, dtype=bool)
        believed = self.fit.posterior.copy()
        for _ in range(MAXIMUM):
            believed[~ended] = self.fit.posterior[~ended]
            had = np.bincount(self.stream.items[self.bought], minlength=self.stream.n_items)
            ended |= (believed.max(axis=1) >= confidence) | (had >= MAXIMUM)
            if not self._buy(np.flatnonzero(~ended)):
                break
            self._refit()
        return believed

    @property
    def spent(self) -> int:
        return int(self.bought.sum())

    @property
    def given(self) -> Ints:
        """How many labels each worker has given: int (n_workers,)."""
        return np.bincount(self.stream.workers[self.bought], minlength=self.stream.n_workers)

    @property
    def on_offer(self) -> Bools:
        """Labels that can still be bought: bool (n_labels,)."""
        return ~self.bought & ~self.refused[self.stream.workers]

    def assess(self) -> Losses:
        crowd = self.stream
        had = np.bincount(crowd.items[self.bought], minlength=crowd.n_items)
        on_offer = np.bincount(crowd.items[self.on_offer], minlength=crowd.n_items)
        left = np.minimum(on_offer, np.maximum(MAXIMUM - had, 0))
        course = steer(
            self.fit, self.fit.posterior, had=had, left=left, given=self.given, refused=self.refused,
            budget=self.budget - self.spent, expert=self.expert,
        )  # fmt: skip
        return course.tables.losses(places(self.fit.posterior, had, left))

    def escalate(self) -> Ints:
        """The items with the greatest expected loss, as many as the rest of the budget pays for."""
        loss = 1 - self.fit.posterior.max(axis=1) - (1 - self.expert.accuracy)
        loss[self.gold >= 0] = 0.0
        affordable = max(int((self.budget - self.spent) / self.expert.price + 1e-9), 0)
        worst = np.argsort(-loss, kind="stable")[:affordable]
        return np.asarray(worst[loss[worst] > 0], dtype=np.intp)

    def _begin(self, rng: np.random.Generator) -> None:
        for part, first in zip(
            np.array_split(rng.permutation(self.stream.n_items), len(FIRST_LABELS)), FIRST_LABELS, strict=True
        ):
            for _ in range(first):
                self._buy(part)
            self._refit()

    def _buy(self, items: Ints) -> int:
        """The next label of each of these items, of those that have one, while the money lasts; how many."""
        wanted = np.zeros(self.stream.n_items, dtype=bool)
        wanted[items] = True
        at = np.flatnonzero(self.on_offer & wanted[self.stream.items])
        _, first = np.unique(self.stream.items[at], return_index=True)
        room = int(min(max(self.budget - self.spent, 0), self.stream.n_items))
        if len(first) > room:
            place = np.full(self.stream.n_items, len(items))
            place[items] = np.arange(len(items))
            first = first[np.argsort(place[self.stream.items[at[first]]], kind="stable")[:room]]
        self.bought[at[first]] = True
        return len(first)

    def _refit(self) -> None:
        self.fit = infer(self.stream, self.bought, self.gold)
        self.refused = refused(self.fit.confusion, self.fit.prior, self.given)


def infer(stream: Crowd, bought: Bools, gold: Ints) -> Truth:
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
    run = Run(stream, gold, cost * crowd.n_items, expert, seed)
    run.play()
    escalated = run.escalate()
    answer = _answer(run, escalated, np.random.default_rng([seed, 3]))
    paid = len(escalated) + int((gold >= 0).sum())
    total = (run.spent + expert.price * paid) / crowd.n_items
    return Outcome(run.bought, escalated, answer, run.fit.posterior, run.spent, total)


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
    likely = np.full((len(asked), k), (1 - expert.accuracy) / (k - 1))
    likely[np.arange(len(asked)), said] = expert.accuracy
    weighed = np.maximum(run.fit.posterior[asked], LEAST_BELIEF) * likely
    answer[asked] = weighed / weighed.sum(axis=1, keepdims=True)
    return answer
