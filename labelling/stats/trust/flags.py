"""Flags: which workers' labels speak against them, with the evidence, a picture of it and a sentence about it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.trust import copying, sequential, skill
from labelling.stats.trust.others import Others, look
from labelling.stats.trust.pairs import shared

ALPHA = 0.01
# The share of alpha that copying may use; the other kinds share the rest.
ALPHA_COPYING = 0.15
LEAST_SHARED = 10
# If more than this share of labellers were flagged, the fit may have taken the side of those who are wrong: then only
# answers to gold count against anybody.
MOST_FLAGGED = 0.5
POINTS = 200


@dataclass(frozen=True, slots=True)
class Flag:
    """What speaks against one worker.

    kind: random, prior, constant, adversarial, went_bad or copying. log_evidence: natural log of the e-value, the
    greatest there was. enough: the log-evidence from which a worker is flagged. at: labels the worker had given when
    it was first reached. since: the label, counted from 0, from which it most likely holds. figures: numbers for
    `words` and for a plot: JSON as it is.
    """

    worker: int
    kind: str
    log_evidence: float
    enough: float
    at: int
    since: int
    figures: dict[str, Any] = field(default_factory=dict)


def review(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    alpha: float = ALPHA,
) -> list[Flag]:
    """Workers whose labels speak against them, at most one flag each, by worker.

    items, workers, labels: int (n_labels,), coded from 0, in the order given. gold: int (n_items,), -1 unknown. alpha:
    at most this share of the crowd's honest workers is ever flagged, over all kinds and however often this is called
    on a growing history. Raises ValueError that names the array and the position.
    """
    return of(look(items, workers, labels, n_classes, gold), alpha=alpha)


def of(others: Others, *, alpha: float = ALPHA) -> list[Flag]:
    """The same of labels that are fitted already."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    if not len(others.labels):
        return []
    by_answers = _by_answers(others, alpha * (1 - ALPHA_COPYING))
    if len(by_answers) > MOST_FLAGGED * len(np.unique(others.workers)):
        by_answers = _by_gold(others, alpha * (1 - ALPHA_COPYING))
    found = {one.worker: one for one in by_answers}
    for one in _by_copying(others, alpha * ALPHA_COPYING):
        if one.worker not in found or one.at < found[one.worker].at:
            found[one.worker] = one
    return [found[worker] for worker in sorted(found)]


def _by_answers(others: Others, alpha: float) -> list[Flag]:
    by_turn = sequential.turns(others.workers, others.n_workers)
    said = sequential.claims(by_turn, others.workers, others.labels, others.mix)
    backed, voted = others.backed(), others.voted()
    honest, each = _against_honest(others, by_turn, said, backed)
    # A fit can be led astray by many spammers who answer alike; then the plain votes still speak for the honest.
    by_votes = sequential.whole(_against_honest(others, by_turn, said, voted)[1])
    enough, backed = math.log(1 / alpha), backed[by_turn.order]
    whole = np.minimum(sequential.whole(each), by_votes + enough)
    who = others.workers[by_turn.order]
    bad = np.unique(who[whole >= enough])
    usual = float(backed[~np.isin(who, bad)].mean()) if len(bad) < others.n_workers else None
    flags = []
    for worker in bad:
        turns = np.flatnonzero(who == worker)
        path = whole[turns]
        most = int(path.argmax())
        given = np.bincount(others.labels[by_turn.order[turns[: most + 1]]])
        kind = sequential.kind(each[:, turns[most]], given.max() / (most + 1))
        since = sequential.changed_at(said, honest, turns[: most + 1]) if kind == "went_bad" else 0
        figures = _figures(others, by_turn.order[turns], backed[turns], since) | {
            "path": thinned(np.arange(1, len(path) + 1), path), "usual": usual,
        }  # fmt: skip
        at = int(np.argmax(path >= enough)) + 1
        flags.append(Flag(int(worker), kind, float(path.max()), enough, at, since, figures))
    return flags


def _by_gold(others: Others, alpha: float) -> list[Flag]:
    """The same from answers to gold alone; `at` and `since` count all labels of the worker, figures those to gold."""
    known = np.flatnonzero(others.gold[others.items] >= 0)
    if not len(known):
        return []
    items, workers, labels = others.items[known], others.workers[known], others.labels[known]
    result = []
    for flag in _by_answers(look(items, workers, labels, others.n_classes, others.gold), alpha):
        mine = np.flatnonzero(others.workers == flag.worker)
        place = np.searchsorted(mine, known[workers == flag.worker])
        at, since = int(place[flag.at - 1]) + 1, int(place[flag.since]) if flag.since else 0
        result.append(replace(flag, at=at, since=since))
    return result


def _against_honest(
    others: Others, by_turn: sequential.Turns, said: sequential.Claims, backed: Floats
) -> tuple[Floats, Floats]:
    """Log-chances of labels under the null hypothesis, and log-evidence of all claims, by turn. backed: (n_labels,)."""
    frequency, _ = skill.distribution(skill.likelihoods(others, backed))
    skills, backed = skill.honest(frequency, others.n_workers), backed[by_turn.order]
    honest = sequential.honestly(by_turn, backed, said.guessed, skills)
    return honest, sequential.evidence(by_turn, backed, said, honest, others.n_classes)


def _figures(others: Others, labels: Ints, backed: Floats, since: int) -> dict[str, Any]:
    """labels: positions of one worker's labels, in the order given. backed: how likely the others make each."""
    given, likely = others.labels[labels], others.likely(labels)
    mix = np.bincount(given[since:], minlength=others.n_classes) / max(len(given) - since, 1)
    return {
        "n": len(given) - since, "n_before": since, "agreed": float(backed[since:].mean()),
        "chance": float((likely[since:] @ mix).mean()), "commonest": int(mix.argmax()),
        "commonest_share": float(mix.max()), "agreed_before": float(backed[:since].mean()) if since else None,
        "n_gold": int((others.gold[others.items[labels]] >= 0).sum()),
    }  # fmt: skip


def _by_copying(others: Others, alpha: float) -> list[Flag]:
    enough = math.log(1 / alpha)
    shift = math.log(max(others.n_workers - 1, 1))
    flags = []
    for one in copying.copiers(others, shared(others, least=LEAST_SHARED), enough=enough):
        mine = np.flatnonzero(others.workers == one.worker)
        figures = {
            "partner": one.partner, "n": one.n, "agreed": one.agreed, "chance": one.expected,
            "path": thinned(np.arange(1, one.n + 1), one.path - shift),
        }  # fmt: skip
        at = int(np.searchsorted(mine, one.at)) + 1
        flags.append(Flag(one.worker, "copying", one.log_evidence - shift, enough, at, 0, figures))
    return flags


def thinned(n: Ints, path: Floats, points: int = POINTS) -> list[list[float]]:
    """[labels, log-evidence] at no more than so many points, the last one and the highest among them."""
    spread = np.linspace(0, len(path) - 1, min(len(path), points - 1)).astype(np.intp)
    at = np.unique(np.append(spread, path.argmax()))
    return [[int(n[one]), round(float(path[one]), 3)] for one in at]


def words(flag: Flag, *, classes: Sequence[str] | None = None, names: Sequence[str] | None = None) -> str:
    """The evidence in one or two plain sentences. classes, names: of answers and workers, by number if not given."""
    told = _words(flag.kind, flag.figures, classes, names)
    return f"{told} {_odds(flag)}"


def _words(kind: str, figures: dict[str, Any], classes: Sequence[str] | None, names: Sequence[str] | None) -> str:
    n, agreed, chance = figures["n"], _percent(figures["agreed"]), _percent(figures["chance"])
    if kind == "copying":
        partner = names[figures["partner"]] if names else f"labeller {figures['partner']}"
        return (f"On {n} items that {partner} had labelled before, {agreed} of the answers are the same; skill and the "
                f"items explain {chance}.")  # fmt: skip
    if kind == "went_bad":
        before = _percent(figures["agreed_before"])
        return (f"Of the first {figures['n_before']} answers {before} agree with what others make likely, of the {n} "
                f"since then {agreed}; guessing gives {chance}.")  # fmt: skip
    if kind == "constant":
        answer = classes[figures["commonest"]] if classes else str(figures["commonest"])
        return (f"{_percent(figures['commonest_share'])} of {n} answers are “{answer}”, whatever the item; "
                f"{agreed} agree with what others make likely, where guessing gives {chance}.")  # fmt: skip
    if kind == "adversarial":
        return (f"Of {n} answers {agreed} agree with what others make likely: fewer than the {chance} that "
                "guessing gives.")  # fmt: skip
    as_if = "in the proportions of all answers" if kind == "prior" else "at random"
    usual = "" if figures["usual"] is None else f", other labellers here reach {_percent(figures['usual'])}"
    return (f"Of {n} answers {agreed} agree with what others make likely, as if given {as_if}: guessing gives "
            f"{chance}{usual}.")  # fmt: skip


def _odds(flag: Flag) -> str:
    times = math.exp(min(flag.log_evidence, 700.0))
    told = f"{times:,.0f}" if times < 1e6 else "over a million"
    return f"At its clearest, that was {told} times likelier than from an honest labeller of this project."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
