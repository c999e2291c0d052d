"""Why an item got another label, was stopped or went to an expert, in words with the figures it was decided by."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelling.assignment.models import Label
from labelling.consensus.coding import class_coder
from labelling.consensus.models import FitRow, StoppingDecision
from labelling.projects.models import Mode, Project
from labelling.sampling.models import Item, Purpose


def said(decision: StoppingDecision, item: Item, *, parts: bool = False) -> str:
    """One sentence without its end: what was known, what it was held against, and what followed. parts: whether
    answers have parts, so that what stood is how sure it is that they add up to a right one."""
    best = max(decision.posterior, key=lambda name: decision.posterior[name], default="")
    policy = decision.policy
    figure = told_apart(decision.confidence, policy.stop_confidence, policy.contest_below)
    known = "that the answers add up to a right one" if parts else f"the best answer, {best},"
    stood = f"{known} stood at {figure}"
    why = _why_fixed(decision, item) if _runs_to_maximum(decision, item) else _why_adaptive(decision)
    return f"{_when(decision, item)} {stood}; {why}{_of_gold(decision, item)}"


def told_apart(value: float, *bounds: float) -> str:
    """A figure with two digits behind the point, or with as many as keep it on its side of the bounds as written."""
    texts = [f"{value:.{digits}f}" for digits in range(2, 7)]
    return next((text for text in texts if all(_side(float(text), b) == _side(value, b) for b in bounds)), texts[-1])


def _side(value: float, bound: float) -> int:
    written = round(bound, 2)
    return (value > written) - (value < written)


def basis(decision: StoppingDecision) -> str:
    """The fit it was decided by; the policy is named beside it."""
    return f"fit {decision.fit.number}" if decision.fit else "before the first fit"


def _when(decision: StoppingDecision, item: Item) -> str:
    run = f"In run {decision.pass_number}, after" if item.purpose != Purpose.WORK else "After"
    if decision.after_label_id is None:
        again = f"Fit {decision.fit.number} looked at it again: after" if decision.fit else "Judged again: after"
        return f"{again} {_labels(decision.n_labels)}"
    return f"{run} the {ordinal(decision.n_labels)} label"


def _runs_to_maximum(decision: StoppingDecision, item: Item) -> bool:
    return item.is_yardstick or decision.policy.mode == Mode.FIXED


def _why_fixed(decision: StoppingDecision, item: Item) -> str:
    policy, most = decision.policy, decision.policy.maximum_labels
    every = f"a yardstick item always gets {most}" if item.is_yardstick else f"the policy asks for {most} of every item"
    if decision.verdict == "more":
        return f"{every}, so {_next(decision)} was asked for"
    if decision.verdict == "stop":
        return f"it has the labels it gets ({every}) and {policy.contest_below:.2f} is enough, so it stands"
    if decision.confidence >= policy.contest_below:
        return "too many people could not decide, so an expert decides"
    return f"it has the labels it gets ({every}) and is below {policy.contest_below:.2f}, so an expert decides"


def _why_adaptive(decision: StoppingDecision) -> str:
    policy = decision.policy
    if decision.verdict == "more":
        return _why_more(decision)
    if decision.verdict == "stop" and decision.confidence >= policy.stop_confidence:
        return f"that reaches the {policy.stop_confidence:.2f} that is needed, so no more were asked for"
    if decision.verdict == "stop":
        enough = f"{policy.contest_below:.2f} is enough then, so it stands"
        return f"{_why_no_more(decision) or 'no more labels were to be had'}, and {enough}"
    why = _why_no_more(decision)
    if decision.confidence >= policy.contest_below or not why:
        return "too many people could not decide, so an expert decides"
    return f"{why}, and it is below {policy.contest_below:.2f}, so an expert decides"


def _why_more(decision: StoppingDecision) -> str:
    policy, bits, price = decision.policy, decision.information, decision.price
    sure = decision.confidence >= policy.stop_confidence
    if sure or decision.n_labels < policy.minimum_labels or _too_little(decision):
        return f"at least {policy.minimum_labels} answers are needed, so {_next(decision)} was asked for"
    needed = f"{policy.stop_confidence:.2f} is needed to stop"
    if bits is None:
        return f"{needed}, so {_next(decision)} was asked for"
    worth = f"another label was expected to give {told_apart(bits, price or 0)} bit"
    if price:
        worth += (
            f", no less than the price of {price:.2f}" if bits == price else f", more than the price of {price:.2f}"
        )
    return f"{needed}, and {worth}, so {_next(decision)} was asked for"


def _why_no_more(decision: StoppingDecision) -> str:
    """Why no more labels are bought, or nothing where that is not why it ended."""
    most = decision.policy.maximum_labels
    if decision.n_labels >= most:
        return f"{most} labels are the most"
    if _too_little(decision):
        bits, price = decision.information or 0, decision.price or 0
        return (
            f"another label was expected to give {told_apart(bits, price)} bit only, less than the price of {price:.2f}"
        )
    return ""


def _too_little(decision: StoppingDecision) -> bool:
    known = decision.information is not None and decision.price is not None
    return known and decision.information < decision.price  # type: ignore[operator]  # `known` says that both are numbers


def _of_gold(decision: StoppingDecision, item: Item) -> str:
    if item.purpose == Purpose.WORK or decision.verdict == "more":
        return ""
    return "; its answer is known, so this only says what the crowd would have done, and the next run begins"


def _next(decision: StoppingDecision) -> str:
    nth = ordinal(decision.n_labels + 1)
    return f"{'an' if nth.startswith(('8', '11th', '18th')) else 'a'} {nth}"


def _labels(n: int) -> str:
    return f"{n} label" if n == 1 else f"{n} labels"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{n}{'th' if n % 100 in (11, 12, 13) else endings.get(n % 10, 'th')}"


def weights(project: Project, labels: Sequence[Label], decisions: Sequence[StoppingDecision]) -> dict[int, str]:
    """{label id: how its giver was known in the fit that first judged it}, where a fit knew them. One statement."""
    judged = {label.pk: _judged_by(label, decisions) for label in labels if label.answer}
    fits = {pk: decision.fit for pk, decision in judged.items() if decision and decision.fit}
    schema = project.schema_in_force
    coder = class_coder(schema)
    rows = FitRow.objects.filter(
        fit__in={fit.pk for fit in fits.values() if fit.schema_id == schema.pk},
        labeller__in={label.labeller_id for label in labels},
    )  # fmt: skip
    known: dict[tuple[int, int], Any] = {(row.fit_id, row.labeller_id): row.confusion for row in rows}
    found = {}
    for label in labels:
        fit = fits.get(label.pk)
        confusion = known.get((fit.pk, label.labeller_id)) if fit else None
        if fit and confusion is not None and label.answer in coder:
            found[label.pk] = f"Fit {fit.number} expects it of them {_expected(confusion, coder[label.answer])}"
    return found


def _judged_by(label: Label, decisions: Sequence[StoppingDecision]) -> StoppingDecision | None:
    later = (one for one in decisions if one.pass_number == label.pass_number and one.at >= label.at)
    return next(later, None)


def _expected(confusion: bytes | memoryview, answer: int) -> str:
    values = np.frombuffer(confusion)
    k = round(values.size**0.5)
    given = values.reshape(k, k)[:, answer]
    others = (given.sum() - given[answer]) / max(k - 1, 1)
    return f"where it is right in {given[answer]:.0%} of cases, and else in {others:.0%}."
