"""What an item's labels say, and what follows for the item: computed from what is passed in, reading and writing
nothing, so that a label, its counters and the decision about them can be written together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import merging
from labelling.consensus.coding import class_coder
from labelling.consensus.models import Authority, Fit, Resolution, StoppingDecision
from labelling.consensus.states import STATE_OF, Event, Situation, after
from labelling.consensus.weighing import is_steered, losses_of
from labelling.projects.models import Mode, PolicyVersion, SchemaVersion
from labelling.projects.queries import in_words_of
from labelling.sampling.chance import first_target
from labelling.sampling.models import Item, Purpose, State
from labelling.schemas import kind_of
from labelling.stats import stopping, truth
from labelling.stats.calibration import Calibrator
from labelling.stats.lookahead import Losses

Floats = npt.NDArray[np.float64]

EVENT_OF = {"stop": Event.CROWD_SETTLES, "more": Event.CROWD_NEEDS_MORE, "contest": Event.CROWD_CONTESTS}
CROWD_EVENTS = set(EVENT_OF.values()) | {Event.LABELS_LOST}
# What is believed of a labeller before anything is known: the mean of the accuracy prior Beta(4, 1).
ASSUMED_ACCURACY = 0.8
# Answers of an item whose policy wants a cost, while no fit says what they are worth.
BLIND_LABELS = 2


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an item's labels say under a fit and a policy.

    posterior: float (k,), calibrated; confidence: its greatest. answer: the likeliest class as canonical JSON.
    information: bits that one more label is expected to give; price: bits it had to be worth. value: what the next
    label is worth, 0 to 1.
    """

    verdict: stopping.Decision
    posterior: Floats
    confidence: float
    answer: str
    information: float
    price: float
    value: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from an assessment. item: columns that change, with their new values. closes: why the standing
    resolution ends, empty if it stays. settles: the crowd's answer becomes the item's resolution."""

    item: dict[str, Any] = field(default_factory=dict)
    closes: str = ""
    settles: bool = False


def is_due(item: Item, policy: PolicyVersion) -> bool:
    """Whether the crowd's labels must be judged now: all that were asked for are in, or enough people gave up."""
    gave_up = not runs_to_maximum(item, policy) and item.n_abstained >= policy.abstentions_to_contest
    return item.n_done >= item.target or gave_up


def runs_to_maximum(item: Item, policy: PolicyVersion) -> bool:
    """Whether an item gets all labels the policy allows, whatever the first ones say."""
    return item.is_yardstick or policy.mode == Mode.FIXED


def assess(
    *, item: Item, given: Sequence[tuple[int, str]], fit: Fit | None, rows: Mapping[int, bytes | memoryview],
    policy: PolicyVersion, schema: SchemaVersion, final: bool = False,
) -> Assessment:  # fmt: skip
    """Judge an item. Of `item` only the counters and is_yardstick are read.

    given: (labeller id, canonical JSON) of each answer that counts, in any order. rows: {labeller id: FitRow.confusion}
    of `fit`; who is missing has the pooled matrix. final: no more labels are to be had.
    """
    said = say(given, schema, fit, rows)
    posterior = said.posterior
    information = float(stopping.information(posterior[None], pooled_confusion(fit, len(posterior)))[0])
    unpriced = policy.labels_per_item is None or runs_to_maximum(item, policy)
    price = 0.0 if fit is None or unpriced else fit.price
    left = 0 if final else max(policy.maximum_labels - item.n_done, 0)
    losses = losses_of(
        fit=fit, policy=policy, posterior=posterior[None], had=np.array([said.n_answers]), left=np.array([left])
    )
    judged = verdict(
        item, posterior, policy, final=final, information=information, price=price,
        cheapest=None if losses is None else losses.decision(),
    )  # fmt: skip
    return Assessment(
        verdict=judged, posterior=posterior, confidence=float(posterior.max()), answer=said.answer,
        information=information, price=price,
        value=float(worths(fit, policy, posterior[None], np.array([information]), losses)[0]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What labels say of an item. answer: the likeliest, as canonical JSON; posterior: float (k,), calibrated;
    n_answers: how many of the given ones the schema knows."""

    answer: str
    posterior: Floats
    n_answers: int


def say(
    given: Sequence[tuple[int, str]], schema: SchemaVersion, fit: Fit | None, rows: Mapping[int, bytes | memoryview]
) -> Said:
    """What the answers (labeller id, canonical JSON) of an item say; the same in whatever order they come."""
    kind = kind_of(schema.kind)
    n_classes = len(kind.classes(schema.definition))
    if kind.merging:
        read = in_words_of(schema)
        given = [(labeller, read(text)) for labeller, text in given]
        accuracy = {labeller: merging.accuracy_of(row) for labeller, row in rows.items()}
        stranger = float(pooled_confusion(fit, n_classes)[0, 0])
        merged, posterior = merging.believe(schema, given, accuracy, stranger)
        return Said(merged.answer, posterior, len(given))
    coder = class_coder(schema)
    coded = [(labeller, coder[text]) for labeller, text in given if text in coder]
    posterior = believe(coded, n_classes, fit, rows)
    return Said(answer_of(schema, int(posterior.argmax())), posterior, len(coded))


def worths(
    fit: Fit | None, policy: PolicyVersion, posterior: Floats, information: Floats, losses: Losses | None
) -> Floats:
    """What the next label of each item is worth, (n,), 0 to 1: what it saves of what a right answer is worth, or where
    nothing steers its information as a share of what an item can hold.

    posterior: float (n, k); information: float (n,), bits. losses: of the same items.
    """
    if losses is None or fit is None or not fit.worth:
        return stopping.worth(information, posterior.shape[1])
    return np.clip(losses.gain / fit.worth, 0.0, 1.0)


def believe(
    given: Sequence[tuple[int, int]], n_classes: int, fit: Fit | None, rows: Mapping[int, bytes | memoryview]
) -> Floats:
    """The calibrated posterior (k,) of one item; bit for bit the same in whatever order its labels come."""
    pooled = pooled_confusion(fit, n_classes)
    prior = np.full(n_classes, 1 / n_classes) if fit is None else np.frombuffer(fit.prior)
    seen = np.empty((len(given), n_classes))
    for at, (labeller, label) in enumerate(given):
        row = rows.get(labeller)
        seen[at] = (pooled if row is None else np.frombuffer(row).reshape(n_classes, n_classes))[:, label]
    if fit is None:
        return truth.weigh(seen, prior)
    posterior = truth.weigh(seen, prior, guessing=fit.guessing, damping=fit.damping)
    return Calibrator.stored(fit.temperature, fit.isotonic).apply(posterior[None])[0]


def pooled_confusion(fit: Fit | None, n_classes: int) -> Floats:
    """The confusion (k, k) of a labeller nothing is known of: a fit's pooled one, or what is assumed before any."""
    if fit is not None:
        return np.frombuffer(fit.pooled).reshape(n_classes, n_classes)
    wrong = (1 - ASSUMED_ACCURACY) / (n_classes - 1)
    return np.full((n_classes, n_classes), wrong) + np.eye(n_classes) * (ASSUMED_ACCURACY - wrong)


def verdict(
    item: Item, posterior: Floats, policy: PolicyVersion, *, final: bool = False, information: float | None = None,
    price: float = 0.0, cheapest: stopping.Decision | None = None,
) -> stopping.Decision:  # fmt: skip
    """Stop, more or contest, by the policy; the same function for live work, replays and refits.

    cheapest: what the look-ahead of a policy with a wanted cost finds best. Until it has a fit to go by, an item gets
    two answers: one alone says nothing of who gave it. final: no more labels are to be had, so the ones there are are
    the maximum. An abstention takes a label's place at the maximum, but settles nothing: the minimum is of answers, and
    without any there is nothing to stop at.
    """
    maximum = item.n_done if final else policy.maximum_labels
    at_maximum = item.n_done >= maximum
    if at_maximum and item.n_done == item.n_abstained:
        return "contest"
    may_contest = at_maximum or not runs_to_maximum(item, policy)
    least = (
        max(policy.minimum_labels, BLIND_LABELS) if is_steered(policy) and cheapest is None else policy.minimum_labels
    )
    return stopping.decide(
        posterior, item.n_done, minimum=min(least + item.n_abstained, maximum), maximum=maximum,
        stop_confidence=policy.stop_confidence, contest_below=policy.contest_below,
        n_abstentions=item.n_abstained if may_contest else 0,
        abstentions_to_contest=policy.abstentions_to_contest if may_contest else None,
        mode="fixed" if policy.mode == Mode.FIXED else "adaptive", yardstick=item.is_yardstick,
        information=information, price=price, cheapest=cheapest,
    )  # fmt: skip


def follow(
    *, item: Item, standing: Resolution | None, assessment: Assessment, policy: PolicyVersion, now: datetime
) -> Effect:
    """What an assessment leads to. `standing`: the item's standing resolution; an open or contested item has none."""
    if item.purpose != Purpose.WORK:
        return Effect(_next_run(item, assessment, policy))
    if standing is not None and assessment.verdict == "stop" and _says_the_same(standing, assessment.answer):
        return Effect()
    event = EVENT_OF[assessment.verdict]
    reached, effect = transition(item=item, standing=standing, event=event, now=now)
    if reached is not Situation.OPEN or assessment.verdict != "more":
        return Effect(effect.item, effect.closes, settles=reached is Situation.SETTLED)
    wanted: dict[str, Any] = {"value": assessment.value}
    if item.n_done >= item.target:
        wanted["target"] = item.n_done + item.n_active + 1
    changed = {name: new for name, new in wanted.items() if getattr(item, name) != new}
    return Effect(effect.item | changed, effect.closes)


def _next_run(item: Item, assessment: Assessment, policy: PolicyVersion) -> dict[str, Any]:
    """A gold item never leaves its state: it is asked for one more label of this run, or the next run begins."""
    if assessment.verdict == "more":
        return {"target": item.n_done + 1} if item.n_done >= item.target else {}
    return {
        "pass_number": item.pass_number + 1, "n_done": 0, "n_abstained": 0,
        "target": first_target(policy, yardstick=False),
    }  # fmt: skip


def transition(*, item: Item, standing: Resolution | None, event: Event, now: datetime) -> tuple[Situation, Effect]:
    """The situation an event leads to and what must be written for it. Raises states.NotAllowed."""
    before = situation(item, standing)
    following = after(before, event)
    unchanged = following is before and following is not Situation.RULED and following is not Situation.DISCARDED
    stays = event in CROWD_EVENTS and before in (Situation.RULED, Situation.DISCARDED)
    if stays or (unchanged and following is not Situation.SETTLED):
        return before, Effect()
    state = STATE_OF[following]
    columns = {} if state == item.state else {"state": state, "state_at": now}
    return following, Effect(columns, closes="" if standing is None else event.value)


def situation(item: Item, standing: Resolution | None) -> Situation:
    """Where an item is, from its state and its standing resolution."""
    if item.state == State.RESOLVED:
        by_crowd = standing is not None and standing.authority == Authority.CROWD
        return Situation.SETTLED if by_crowd else Situation.RULED
    return {
        State.OPEN: Situation.OPEN, State.CONTESTED: Situation.CONTESTED, State.DISCARDED: Situation.DISCARDED,
    }[State(item.state)]  # fmt: skip


def answer_of(schema: SchemaVersion, index: int) -> str:
    """The canonical JSON of a class."""
    return canonical.dumps(kind_of(schema.kind).from_class(schema.definition, index))


def in_millionths(posterior: Floats, classes: Sequence[str]) -> dict[str, int]:
    """A posterior as it is stored: {class: probability in millionths}."""
    return {name: round(float(p) * canonical.MILLION) for name, p in zip(classes, posterior, strict=True)}


def decision_row(
    *, item: Item, assessment: Assessment, fit: Fit | None, policy: PolicyVersion, schema: SchemaVersion,
    after_label: Label | None, now: datetime,
) -> StoppingDecision:  # fmt: skip
    """The decision as a row that is not written yet; item: as it was judged, before its effect."""
    return StoppingDecision(
        item=item, pass_number=item.pass_number, after_label=after_label, n_labels=item.n_done,
        verdict=assessment.verdict, confidence=assessment.confidence,
        posterior=in_millionths(assessment.posterior, kind_of(schema.kind).classes(schema.definition)),
        information=assessment.information, price=assessment.price, fit=fit, policy=policy, at=now,
    )  # fmt: skip


def resolution_row(*, decision: StoppingDecision, answer: str) -> Resolution:
    """The crowd's answer as a row that is not written yet."""
    return Resolution(
        item=decision.item, pass_number=decision.pass_number, authority=Authority.CROWD, answer=answer,
        confidence=decision.confidence, posterior=decision.posterior, decision=decision, at=decision.at,
    )  # fmt: skip


def _says_the_same(standing: Resolution, answer: str) -> bool:
    return standing.authority == Authority.CROWD and standing.answer == answer
