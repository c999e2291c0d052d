"""Past labels in the order in which they were given, as a replay offers them: each is taken while its item asks for
one, and items are judged when all they asked for are in."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from labelling.stats import stopping, truth
from labelling.stats.coded import Floats
from labelling.stats.lookahead import Expert, Tables, places
from labelling.stats.simulation.crowd import Crowd
from labelling.stats.steering import steer
from labelling.stats.truth import Truth


@dataclass(frozen=True, slots=True)
class Rules:
    """Of a policy that stops early: labels an item, a wanted cost, and when an answer is enough. blind: the least
    labels of an item that is judged before a fit says what labels are worth. assumed: how often a labeller is right of
    whom nothing is known."""

    cost: float
    expert: Expert
    initial: int = 1
    minimum: int = 1
    maximum: int = 5
    blind: int = 2
    stop_confidence: float = 0.95
    contest_below: float = 0.8
    assumed: float = 0.8


@dataclass(frozen=True, slots=True)
class Decided:
    item: int
    n_labels: int
    verdict: stopping.Decision


class Offer:
    """Labels come one by one. decisions: in the order in which they were made."""

    def __init__(self, crowd: Crowd, rules: Rules) -> None:
        self.crowd, self.rules = crowd, rules
        self.taken: list[int] = []
        self.decisions: list[Decided] = []
        self.target = np.full(crowd.n_items, rules.initial)
        self.had = np.zeros(crowd.n_items, dtype=np.intp)
        self.state: list[stopping.Decision] = ["more"] * crowd.n_items
        self.answer = np.full(crowd.n_items, -1)
        self.fit: Truth | None = None
        self.tables: Tables | None = None
        # Who had given a label when the fit was made; of others only what it says of all is known.
        self.known = np.zeros(crowd.n_workers, dtype=bool)

    def play(self, refits: Collection[int]) -> None:
        """Offer every label. refits: after how many taken labels a fit is made."""
        for at, item in enumerate(self.crowd.items.tolist()):
            if self.state[item] != "more" or self.had[item] >= self.target[item]:
                continue
            self.taken.append(at)
            self.had[item] += 1
            if self.had[item] >= self.target[item]:
                self._judge(item)
            if len(self.taken) in refits:
                self.refit()

    def refit(self) -> None:
        """A fit of all taken labels; what was settled is judged again where it finds another answer likelier."""
        at = np.array(self.taken, dtype=np.intp)
        crowd, rules = self.crowd, self.rules
        self.fit = truth.infer(
            crowd.items[at], crowd.workers[at], crowd.labels[at], crowd.n_classes, n_items=crowd.n_items,
            n_workers=crowd.n_workers,
        )  # fmt: skip
        given = np.bincount(crowd.workers[at], minlength=crowd.n_workers)
        self.known = given > 0
        open_items = np.array([state == "more" for state in self.state])
        contested = sum(state == "contest" for state in self.state)
        had = self.had[open_items]
        course = steer(
            self.fit, self.fit.posterior[open_items], had=had, left=np.maximum(rules.maximum - had, 0),
            given=given, refused=np.zeros(crowd.n_workers, dtype=bool), expert=rules.expert,
            budget=rules.cost * crowd.n_items - len(at) - rules.expert.price * contested,
        )  # fmt: skip
        self.tables = course.tables
        likeliest = self.fit.posterior.argmax(axis=1)
        for item in range(crowd.n_items):
            if self.state[item] == "stop" and self.answer[item] != likeliest[item]:
                self._judge(item)

    def finish(self) -> None:
        """No more labels are to be had."""
        for item, state in enumerate(self.state):
            if state == "more":
                self._judge(item, final=True)

    def _judge(self, item: int, *, final: bool = False) -> None:
        rules, had = self.rules, int(self.had[item])
        posterior = self._believe(item)
        maximum = had if final else rules.maximum
        cheapest = None if self.tables is None else self._cheapest(posterior, had, maximum - had)
        least = rules.minimum if cheapest is not None else max(rules.minimum, rules.blind)
        verdict: stopping.Decision = "contest"
        if had:
            verdict = stopping.decide(
                posterior, had, minimum=min(least, maximum), maximum=maximum, stop_confidence=rules.stop_confidence,
                contest_below=rules.contest_below, cheapest=cheapest,
            )  # fmt: skip
        self.decisions.append(Decided(item, had, verdict))
        self.state[item], self.answer[item] = verdict, int(posterior.argmax())
        if verdict == "more":
            self.target[item] = max(int(self.target[item]), had + 1)

    def _cheapest(self, posterior: Floats, had: int, left: int) -> stopping.Decision:
        assert self.tables is not None
        return self.tables.losses(places(posterior[None], np.array([had]), np.array([left]))).decision()

    def _believe(self, item: int) -> Floats:
        """The posterior of one item from its labels so far and the newest fit."""
        k, at = self.crowd.n_classes, np.array(self.taken, dtype=np.intp)
        own = at[self.crowd.items[at] == item]
        labels, workers = self.crowd.labels[own], self.crowd.workers[own]
        if self.fit is None:
            wrong = (1 - self.rules.assumed) / (k - 1)
            assumed = np.full((k, k), wrong) + np.eye(k) * (self.rules.assumed - wrong)
            return truth.weigh(assumed[:, labels].T, np.full(k, 1 / k))
        seen = np.where(
            self.known[workers][:, None], self.fit.confusion[workers, :, labels], self.fit.pooled[:, labels].T
        )
        return truth.weigh(seen, self.fit.prior, guessing=self.fit.guessing, damping=self.fit.damping)
