"""What could be sampled, and how unsure the model is of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from labelling import canonical
from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.ingest.queries import unpack
from labelling.projects.models import Project
from labelling.projects.queries import class_moves
from labelling.sampling.models import Item, NearLink, SamplingRound
from labelling.schemas import Kind
from labelling.stats import uncertainty

Floats = npt.NDArray[np.float64]
CHUNK = 8_000


def payload_for(kind: Kind, item_id: int) -> dict[str, Any] | None:
    """An item's payload, for kinds whose answers are checked against what was shown; None for others, or erased."""
    if not kind.reads_payload:
        return None
    text = Example.objects.filter(item=item_id).values_list("payload", flat=True).first()
    return None if text is None else canonical.loads(text)


class Candidate(NamedTuple):
    pk: int
    external_id: str
    group: str


@dataclass
class Candidates:
    """Examples without an item. p: float (n, k); scores: float (n,), at least 0, higher is more uncertain;
    most: the greatest score that the strategy can give, so that scores / most lies between 0 and 1."""

    examples: list[Candidate]
    p: Floats
    scores: Floats
    most: float = 1.0
    without_passes: int = field(default=0)


class _Predicted(NamedTuple):
    example: Candidate
    schema: int
    probabilities: bytes
    passes: bytes | None


def unsampled(project: Project) -> QuerySet[Example]:
    """The project's examples that are no item yet and weren't erased."""
    return Example.objects.filter(project=project, item=None, erased_at=None)


def candidates_without_model(project: Project) -> Candidates:
    """All of them, equally uncertain."""
    rows = unsampled(project).values_list("pk", "external_id", "group").iterator(CHUNK)
    examples = [Candidate(*row) for row in rows]
    return Candidates(examples, np.ones((len(examples), 1)), np.zeros(len(examples)))


def candidates_of(
    *, project: Project, model_version: ModelVersion, strategy: str, threshold: float | None
) -> Candidates:
    """Those of which the model version said probabilities (and for bald passes), scored by the strategy.

    Probabilities given under an older label schema are carried over by its recorded mappings. Reads 8,000 at a time.
    """
    moves = class_moves(project)
    n_classes = len(next(iter(moves.values())))
    found = Candidates([], np.zeros((0, n_classes)), np.zeros(0), most=_most(strategy, n_classes))
    chunks = []
    for chunk in _read(project, model_version):
        kept = [one for one in chunk if one.passes] if strategy == "bald" else chunk
        found.without_passes += len(chunk) - len(kept)
        if not kept:
            continue
        rows = [
            _carried(unpack(one.probabilities, len(moves[one.schema])), moves[one.schema], n_classes) for one in kept
        ]
        p = np.concatenate(rows)
        scores = _bald(kept, moves, n_classes) if strategy == "bald" else _SCORES[strategy](p, threshold)
        chunks.append((p, scores))
        found.examples += [one.example for one in kept]
    if chunks:
        found.p = np.concatenate([p for p, _ in chunks])
        found.scores = np.concatenate([scores for _, scores in chunks])
    return found


def rounds_of(project: Project) -> QuerySet[SamplingRound]:
    return SamplingRound.objects.filter(project=project).select_related("model_version").order_by("-number")


def items_of(sampling_round: SamplingRound) -> QuerySet[Item]:
    return Item.objects.filter(round=sampling_round).select_related("example").order_by("pk")


def near_of(item: Item) -> list[NearLink]:
    """The older items that it is like: first the one whose split it took, if there is one."""
    return list(NearLink.objects.filter(item=item).select_related("of__example").order_by("-inherits", "of"))


def n_following(item: Item) -> int:
    """How many items took its split because they are like it."""
    return NearLink.objects.filter(of=item, inherits=True).count()


def _read(project: Project, model_version: ModelVersion) -> Iterator[list[_Predicted]]:
    rows: Iterator[Any] = (
        Prediction.objects.filter(model_version=model_version, probabilities__isnull=False)
        .filter(example__project=project, example__item=None, example__erased_at=None)
        .values_list("example", "example__external_id", "example__group", "schema", "probabilities", "passes")
        .iterator(CHUNK)
    )
    while chunk := [_Predicted(Candidate(*row[:3]), *row[3:]) for row in islice(rows, CHUNK)]:
        yield chunk


def _carried(rows: npt.NDArray[np.float32], moves: list[int], n_classes: int) -> Floats:
    """The probabilities (n, classes then) over the classes of now (n, n_classes): merged classes add up."""
    carried = np.zeros((len(rows), n_classes))
    for then, now in enumerate(moves):
        carried[:, now] += rows[:, then]
    return carried


def _margin(p: Floats, threshold: float | None) -> Floats:
    # The policy cuts the first class's probability; `margin` cuts the last one's of two.
    of_two = threshold is not None and p.shape[1] == 2
    return uncertainty.margin(p[:, ::-1] if of_two else p, threshold)


_SCORES: dict[str, Callable[[Floats, float | None], Floats]] = {
    "margin": _margin,
    "least_confidence": lambda p, _: uncertainty.least_confidence(p),
    "entropy": lambda p, _: uncertainty.entropy(p),
    "uniform": lambda p, _: np.zeros(len(p)),
}


def _bald(chunk: list[_Predicted], moves: dict[int, list[int]], n_classes: int) -> Floats:
    """Models may have made different numbers of passes: score those of one number together."""
    passes: list[Any] = [
        _carried(unpack(one.passes or b"", len(moves[one.schema])), moves[one.schema], n_classes) for one in chunk
    ]
    scores = np.zeros(len(chunk))
    for number in {len(one) for one in passes}:
        at = [index for index, one in enumerate(passes) if len(one) == number]
        scores[at] = uncertainty.bald(np.stack([passes[index] for index in at]))
    return scores


def _most(strategy: str, n_classes: int) -> float:
    if strategy in ("entropy", "bald"):
        return float(np.log(n_classes))
    return 1 - 1 / n_classes if strategy == "least_confidence" else 1.0
