"""Evidence that a worker doesn't answer honestly, label by label: it may be looked at after every one.

Evidence is the natural log of an e-process: labels' chance under the claim over their chance under the crowd's honest
workers, a mixture over skills that may also change along the way. A worker drawn from those ever reaches log(1 / alpha)
with a chance of at most alpha, however often one looks (Ville 1939). Sources: Shafer 2021; Shin, Ramdas & Rinaldo 2022
(a mixture over when the change began); Herbster & Warmuth 1998 (skills that change).
"""

from dataclasses import dataclass

import numpy as np

from labelling.stats.coded import Floats, Ints
from labelling.stats.trust.skill import HONEST, LEAST_CHANCE, MIX_STRENGTH, chance

# What each claim weighs in the evidence as a whole: a mean of e-processes is one.
WEIGHTS = {"random": 0.3, "prior": 0.15, "constant": 0.2, "adversarial": 0.15, "went_bad": 0.2}
KINDS = tuple(WEIGHTS)
# The chance that an honest worker's skill is another one from the next label on.
RESTLESS = 0.005
# Who gives one answer only gives it with this chance.
CONSTANT = 0.95
MOSTLY, ILL_WILL = 0.75, 3.0
AGAINST = (-0.9, -0.7, -0.5, -0.3)
# Nobody goes bad before this many labels; the chance of the change falls off from there, most within some hundreds.
SETTLED, HORIZON = 20, 50.0
# No evidence counts for more than this: sums stay finite.
MOST = 1e250


@dataclass(frozen=True, slots=True)
class Turns:
    """Labels by turn: each worker's first label, then each one's second, and so on; workers with most labels first.

    order: (n_labels,), position of each in the arrays given. starts: (n_turns + 1,), where each turn begins; the first
    starts[t + 1] - starts[t] workers of `ranked` have a turn t. before: (n_labels,), labels the worker gave before it.
    lines: (n_labels,), places in this order, worker by worker.
    """

    order: Ints
    starts: Ints
    ranked: Ints
    before: Ints
    lines: Ints


def turns(workers: Ints, n_workers: int) -> Turns:
    n = np.bincount(workers, minlength=n_workers)
    ranked = np.argsort(-n, kind="stable")
    rank = np.empty(n_workers, dtype=np.intp)
    rank[ranked] = np.arange(n_workers)
    by_worker = np.argsort(workers, kind="stable")
    before = np.empty(len(workers), dtype=np.intp)
    before[by_worker] = np.arange(len(workers)) - (np.cumsum(n) - n)[workers[by_worker]]
    order = np.argsort(before * n_workers + rank[workers], kind="stable")
    active = np.bincount(before, minlength=int(n.max(initial=0)))
    lines = np.argsort(rank[workers[order]], kind="stable")
    return Turns(order, np.concatenate([[0], np.cumsum(active)]), ranked, before[order], lines)


@dataclass(frozen=True, slots=True)
class Claims:
    """Chance of each label, by turn, given the worker's labels before it. All float (n_labels,)."""

    random: Floats
    prior: Floats
    often: Floats
    same: Floats
    guessed: Floats


def claims(by_turn: Turns, workers: Ints, labels: Ints, mix: Floats) -> Claims:
    """Spammers' answers, and honest guesses, from the worker's own answers so far; labels in the order given."""
    k, n = len(mix), len(labels)
    said = np.argsort(workers * k + labels, kind="stable")
    cell = (workers * k + labels)[said]
    first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if n else np.zeros(0, dtype=np.intp)
    so_far = np.empty(n)
    so_far[said] = np.arange(n) - np.repeat(first, np.diff(np.r_[first, n]))
    by_worker = np.argsort(workers, kind="stable")
    last = np.full(n, -1)
    last[by_worker[1:]] = np.where(np.diff(workers[by_worker]) == 0, labels[by_worker[:-1]], -1)
    at, before = by_turn.order, by_turn.before
    answer, so_far, last = labels[at], so_far[at], last[at]
    repeated = np.where(answer == last, CONSTANT, (1 - CONSTANT) / max(k - 1, 1))
    return Claims(
        np.full(n, 1 / k), mix[answer], (so_far + 0.5) / (before + 0.5 * k), np.where(last < 0, 1 / k, repeated),
        (so_far + MIX_STRENGTH * mix[answer]) / (before + MIX_STRENGTH),
    )  # fmt: skip


def honestly(by_turn: Turns, backed: Floats, guessed: Floats, skills: Floats) -> Floats:
    """Log-chance of each label by turn if its worker is honest, given their labels before it.

    backed, guessed: by turn. skills: (len(HONEST),), how frequent each is.
    """
    belief = np.tile(skills, (len(by_turn.ranked), 1))
    result = np.empty(len(backed))
    for start, end in zip(by_turn.starts[:-1], by_turn.starts[1:], strict=True):
        now, active = slice(start, end), end - start
        guess = guessed[now, None]
        weighed = belief[:active] * (guess + HONEST * (backed[now, None] - guess))
        total = weighed.sum(axis=1)
        result[now] = total
        belief[:active] = weighed * ((1 - RESTLESS) / total)[:, None] + RESTLESS * skills
    return np.log(np.maximum(result, LEAST_CHANCE))


def evidence(by_turn: Turns, backed: Floats, said: Claims, honest: Floats, n_classes: int) -> Floats:
    """Log-evidence (len(KINDS), n_labels) of each claim after each label, by turn. honest: of `honestly`."""
    against = [_summed(by_turn, np.log(np.maximum(chance(one, backed, said.guessed, n_classes), LEAST_CHANCE)) - honest)
               for one in AGAINST]  # fmt: skip
    result = {
        "random": _summed(by_turn, np.log(said.random) - honest),
        "prior": _summed(by_turn, np.log(said.prior) - honest),
        "constant": _mean([_summed(by_turn, np.log(one) - honest) for one in (said.often, said.same)]),
        "adversarial": _mean(against),
        "went_bad": _changed(by_turn, [one / np.exp(honest) for one in (said.random, said.prior, said.same)]),
    }
    return np.stack([result[kind] for kind in KINDS])


def start_weights(n: int) -> Floats:
    """(n,): the chance that a worker goes bad right before each of their labels."""
    since = np.arange(n) - SETTLED + HORIZON
    return np.where(np.arange(n) >= SETTLED, HORIZON / (since * (since + 1)), 0.0)


def _changed(by_turn: Turns, ratios: list[Floats]) -> Floats:
    """Shiryaev's sum: over all starts of the change and all claims, the chances since; the rest has not changed yet."""
    n_turns = len(by_turn.starts) - 1
    weights = start_weights(n_turns)
    changed, result = np.zeros((len(ratios), len(by_turn.ranked))), np.empty(len(by_turn.order))
    ratio, unchanged = np.stack(ratios), 1 - np.cumsum(weights)
    for turn, (start, end) in enumerate(zip(by_turn.starts[:-1], by_turn.starts[1:], strict=True)):
        active = end - start
        grown = (changed[:, :active] + weights[turn] / len(ratios)) * ratio[:, start:end]
        changed[:, :active] = np.minimum(grown, MOST)
        result[start:end] = changed[:, :active].sum(axis=0) + max(unchanged[turn], 0.0)
    return np.log(np.maximum(result, LEAST_CHANCE))


def _summed(by_turn: Turns, steps: Floats) -> Floats:
    """Of each label's worker, the sum up to and with it."""
    lines, result = by_turn.lines, np.empty(len(steps))
    total = np.cumsum(steps[lines])
    first = np.flatnonzero(by_turn.before[lines] == 0)
    before = np.r_[0.0, total][first]
    result[lines] = total - np.repeat(before, np.diff(np.r_[first, len(steps)]))
    return result


def _mean(logs: list[Floats]) -> Floats:
    stacked = np.stack(logs)
    most = stacked.max(axis=0)
    result: Floats = most + np.log(np.exp(stacked - most).mean(axis=0))
    return result


def whole(each: Floats) -> Floats:
    """Log-evidence (n_labels,) that any of the claims holds, from (len(KINDS), n_labels)."""
    weighed = each + np.log(list(WEIGHTS.values()))[:, None]
    most = weighed.max(axis=0)
    result: Floats = most + np.log(np.exp(weighed - most).sum(axis=0))
    return result


def kind(each: Floats, commonest: float) -> str:
    """The claim that weighs most, of log-evidence (len(KINDS),) at one label. commonest: the greatest share an answer
    has among the worker's: under MOSTLY, their answers are uneven but not one and the same. Bad luck looks like ill
    will at first: that takes more.
    """
    weighed = each + np.log(list(WEIGHTS.values()))
    weighed[KINDS.index("adversarial")] -= ILL_WILL
    if commonest < MOSTLY:
        weighed[KINDS.index("constant")] = -np.inf
    return KINDS[int(weighed.argmax())]


def changed_at(said: Claims, honest: Floats, turns: Ints) -> int:
    """The label of one worker, counted from 0, from which they most likely answer badly. turns: where theirs are."""
    ratios = np.stack([np.log(one[turns]) - honest[turns] for one in (said.random, said.prior, said.same)])
    since = np.cumsum(ratios[:, ::-1], axis=1)[:, ::-1].max(axis=0)
    weights = start_weights(len(turns))
    with np.errstate(divide="ignore"):
        return int((since + np.log(weights)).argmax())
