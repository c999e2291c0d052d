"""Answers with parts: one answer put together from all, and how sure it is that it is right.

What the crowd is asked about such an item is a question of two classes, `schemas.base.OUTCOMES`: everything that weighs
classes (stopping, prices, experts) goes on to see two. The answers of an item that say the same form a group; group 0
says what the merged answer says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling import canonical
from labelling.projects.models import SchemaVersion
from labelling.schemas import Kind, SchemaError, kind_of
from labelling.schemas.base import Answer, Definition
from labelling.stats.truth import open_answers

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Merged:
    """answer: canonical JSON, empty without any answers. groups: of each given answer, in the order given."""

    answer: str
    groups: list[int]


def merge(schema: SchemaVersion, texts: Sequence[str], weights: Sequence[float]) -> Merged:
    """Put an item's answers together. texts: canonical JSON; weights: at least 0, how much each counts. The same in
    whatever order they come; where nobody counts anything, all count alike.

    Answers under an earlier schema, which this one would refuse, have no part in what results, unless all are such."""
    if not texts:
        return Merged("", [])
    kind, definition = kind_of(schema.kind), schema.definition
    assert kind.merging is not None
    order = sorted(range(len(texts)), key=lambda at: (texts[at], weights[at]))
    answers = [canonical.loads(texts[at]) for at in order]
    taken = [at for at, answer in enumerate(answers) if _fits(kind, definition, answer)] or range(len(answers))
    counted = [weights[order[at]] for at in taken]
    merged = kind.merging.merge(
        definition, [answers[at] for at in taken], counted if any(counted) else [1.0] * len(counted)
    )
    groups = [0] * len(texts)
    for at, group in zip(order, _grouped(kind, definition, merged, answers), strict=True):
        groups[at] = group
    return Merged(canonical.dumps(merged), groups)


def _fits(kind: Kind, definition: Definition, answer: Answer) -> bool:
    try:
        return kind.check_answer(definition, answer, None) == answer
    except SchemaError:
        return False


def _grouped(kind: Kind, definition: Definition, merged: Answer, answers: Sequence[Answer]) -> list[int]:
    """The group of each answer: the first whose first answer says the same, the merged one's before all."""
    heads, found = [merged], []
    for answer in answers:
        group = next((at for at, head in enumerate(heads) if kind.same(definition, head, answer)), len(heads))
        if group == len(heads):
            heads.append(answer)
        found.append(group)
    return found


def believe(
    schema: SchemaVersion, given: Sequence[tuple[int, str]], accuracy: Mapping[int, float], stranger: float
) -> tuple[Merged, Floats]:
    """An item's merged answer, and the probability (2,) that it is right and wrong.

    given: (labeller id, canonical JSON). accuracy: {labeller id: 0 to 1}; stranger: of those who are not in it.
    """
    known = np.array([accuracy.get(labeller, stranger) for labeller, _ in given])
    merged = merge(schema, [text for _, text in given], open_answers.log_odds(known).tolist())
    items, groups = np.zeros(len(given), dtype=np.int64), np.array(merged.groups, dtype=np.int64)
    first, _ = open_answers.believe(items, groups, known, n_items=1)
    return merged, as_outcomes(first)[0]


def as_outcomes(right: Floats) -> Floats:
    """(n, 2): right and wrong. An answer that is likelier wrong than right is as unsettled as can be: that it is wrong
    settles nothing, since the right one is not known."""
    at_least_half = np.maximum(right, 0.5)
    return np.stack([at_least_half, 1 - at_least_half], axis=-1)


def confusion_of(accuracy: Floats) -> Floats:
    """Accuracies (n,) as confusion matrices (n, 2, 2) over the outcomes."""
    wrong = 1 - accuracy
    return np.stack([np.stack([accuracy, wrong], axis=-1), np.stack([wrong, accuracy], axis=-1)], axis=-2)


def accuracy_of(confusion: bytes | memoryview) -> float:
    """The accuracy behind a stored confusion matrix over the outcomes."""
    return float(np.frombuffer(confusion)[0])
