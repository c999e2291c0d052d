"""Readings of agreement, derived anew with each fit: the same labels give the same numbers.

The overall readings of every fit stay, for agreement over time; those of single classes, slices and guideline
versions, and the matrix of labellers, are of the newest fit alone, so that what is kept doesn't grow with them.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import transaction

from labelling import canonical
from labelling.consensus.models import Fit
from labelling.consensus.queries import Counted, counted_arrays
from labelling.projects.models import Member, Project
from labelling.reliability import queries
from labelling.reliability.models import AgreementMatrix, AgreementReading
from labelling.schemas import kind_of
from labelling.schemas.base import Classes, Level
from labelling.stats import agreement
from labelling.stats.interval import Interval

Bools = npt.NDArray[np.bool_]

RESAMPLES, FACET_RESAMPLES, LEAST_RESAMPLES = 500, 200, 100
# Labels drawn again for one interval, in all resamples together: bounds the work of a large project.
MOST_DRAWN = 20_000_000
MOST_SLICES = 50
MOST_LABELLERS = 40
# With two classes, alpha of either is alpha of all.
CLASSES_TO_TELL_APART = 3


@dataclass(frozen=True)
class Part:
    """The labels of one reading. chosen: bool (n_labels,)."""

    scope: str
    facet: str
    name: str
    chosen: Bools


def refresh_agreement(
    *, project: Project, fit: Fit, now: datetime, counted: Counted | None = None
) -> list[AgreementReading]:
    """Store how far the labellers agree, over yardstick items and over all, also by class, slice, guideline version
    and pair of labellers; harmless to repeat. For background work; counted: what the fit was made of."""
    counted = counted or counted_arrays(project)
    seed = seed_of(project.seed, fit.number)
    readings = [reading for part in _parts(counted) for reading in _readings(part, counted, seed)]
    for reading in readings:
        reading.project, reading.fit, reading.seed, reading.at = project, fit, seed, now
    with transaction.atomic():
        AgreementReading.objects.bulk_create(readings, ignore_conflicts=True, batch_size=500)
        AgreementMatrix.objects.bulk_create([_matrix(project, fit, counted)], ignore_conflicts=True)
        older = AgreementReading.objects.filter(project=project, fit__number__lt=fit.number)
        older.exclude(facet=queries.OVERALL).delete()
        AgreementMatrix.objects.filter(project=project, fit__number__lt=fit.number).delete()
    return list(AgreementReading.objects.filter(fit=fit).order_by("scope", "facet", "name"))


def _parts(counted: Counted) -> Iterator[Part]:
    """The overall part of each scope, then its slices and guideline versions where there are several."""
    everything = np.ones(counted.items.size, dtype=bool)
    on_yardstick = counted.yardstick[counted.items] if counted.items.size else everything
    for scope, chosen in ((queries.YARDSTICK, on_yardstick), (queries.ALL, everything)):
        yield Part(scope, queries.OVERALL, "", chosen)
        for facet, name, of_facet in _facets(counted):
            yield Part(scope, facet, name, chosen & of_facet)


def _facets(counted: Counted) -> Iterator[tuple[str, str, Bools]]:
    """(facet, name, bool (n_labels,)): the slices with most labels, what they leave out, and guideline versions."""
    names, code = np.unique(np.array(counted.slices, dtype=object).astype(str), return_inverse=True)
    of_label = code[counted.items] if counted.items.size else np.zeros(0, dtype=np.intp)
    largest = np.argsort(-np.bincount(of_label, minlength=len(names)), kind="stable")
    if len(names) > 1:
        for at in largest[:MOST_SLICES]:
            yield queries.SLICE, str(names[at]), of_label == at
    if rest := len(largest[MOST_SLICES:]):
        yield queries.OTHER, str(rest), np.isin(of_label, largest[MOST_SLICES:])
    guidelines = np.unique(counted.guidelines)
    for number in guidelines if len(guidelines) > 1 else ():
        yield queries.GUIDELINE, str(number), counted.guidelines == number


def _readings(part: Part, counted: Counted, seed: int) -> Iterator[AgreementReading]:
    """The reading of a part, and of an overall one those of its classes, from the same resamples."""
    given = (counted.items[part.chosen], counted.workers[part.chosen], counted.labels[part.chosen])
    if counted.texts:
        yield _reading_of_parts(part, counted, seed)
        return
    k = max(len(counted.classes), 1)
    overall = part.facet == queries.OVERALL
    most = RESAMPLES if overall else FACET_RESAMPLES
    resamples = min(most, max(MOST_DRAWN // max(len(given[0]), 1), LEAST_RESAMPLES))
    alpha, by_class = agreement.bootstrap_classes(*given, k, seed=seed, resamples=resamples)
    if (level := _level(counted)) != "nominal":
        alpha = agreement.bootstrap(*given, seed=seed, resamples=min(resamples, FACET_RESAMPLES), measurement=level)
    yield AgreementReading(
        scope=part.scope, facet=part.facet, name=part.name, **_limits(alpha),
        percent=_number(agreement.percent(*given)), fleiss=_number(agreement.fleiss_kappa(*given)),
        ac1=_number(agreement.gwet_ac1(*given, k).value) if k > 1 else None,
        n_items=len(np.unique(given[0])), n_labels=len(given[0]),
    )  # fmt: skip
    if overall and k >= CLASSES_TO_TELL_APART:
        percent = agreement.percent_by_class(*given, k)
        for at, name in enumerate(counted.classes):
            chose = given[2] == at
            yield AgreementReading(
                scope=part.scope, facet=queries.CLASS, name=name, **_limits(by_class[at]),
                percent=_number(float(percent[at])), n_items=len(np.unique(given[0][chose])), n_labels=int(chose.sum()),
            )  # fmt: skip


def _level(counted: Counted) -> Level:
    """How far apart two classes are: of a scale, its ranks count."""
    answers = None if counted.schema is None else kind_of(counted.schema.kind).answers
    return answers.level if isinstance(answers, Classes) else "nominal"


def _reading_of_parts(part: Part, counted: Counted, seed: int) -> AgreementReading:
    """Alpha of answers that have parts, from how alike two of them are; percent is of pairs that say the same."""
    chosen = np.flatnonzero(part.chosen)
    items, givers = counted.items[chosen], counted.workers[chosen]
    likeness = _likeness(counted, chosen)
    alpha = agreement.alpha_by_distance(items, givers, lambda i, j: 1 - likeness(i, j), seed=seed)
    return AgreementReading(
        scope=part.scope, facet=part.facet, name=part.name, **_limits(alpha),
        percent=_number(agreement.percent(items, givers, counted.groups[chosen])), n_items=len(np.unique(items)),
        n_labels=len(items),
    )  # fmt: skip


def _likeness(counted: Counted, chosen: npt.NDArray[np.intp]) -> Callable[[int, int], float]:
    """How alike the chosen labels at two positions are, 0 to 1; measured once for any two texts."""
    assert counted.schema is not None
    kind, definition = kind_of(counted.schema.kind), counted.schema.definition
    merging = kind.merging
    assert merging is not None
    texts = [counted.texts[at] for at in chosen]
    known: dict[tuple[str, str], float] = {}
    read = {text: canonical.loads(text) for text in set(texts)}

    def likeness(i: int, j: int) -> float:
        pair = (min(texts[i], texts[j]), max(texts[i], texts[j]))
        if pair not in known:
            known[pair] = 1.0 if pair[0] == pair[1] else merging.likeness(definition, read[pair[0]], read[pair[1]])
        return known[pair]

    return likeness


def _matrix(project: Project, fit: Fit, counted: Counted) -> AgreementMatrix:
    said = counted.groups if counted.texts else counted.labels
    k = max(len(counted.classes), 1 + int(said.max(initial=0)))
    found = agreement.pairwise(counted.items, counted.workers, said, k, most=MOST_LABELLERS)
    ids = [counted.labeller_ids[at] for at in found.workers]
    names = dict(Member.objects.filter(pk__in=ids).values_list("pk", "public_id"))
    # What chance gives is unknown where answers have parts.
    kappa = np.full_like(found.kappa, np.nan) if counted.texts else found.kappa
    cells = [
        [
            i,
            j,
            int(found.shared[i, j]),
            _number(found.percent[i, j]),
            _number(kappa[i, j]),
        ]
        for i in range(len(ids))
        for j in range(i)
        if found.shared[i, j]
    ]
    return AgreementMatrix(
        fit=fit, project=project, labellers=[names[pk] for pk in ids], cells=cells,
        n_left_out=len(counted.labeller_ids) - len(ids),
    )  # fmt: skip


def _limits(interval: Interval) -> dict[str, float | None]:
    return {"alpha": _number(interval.value), "low": _number(interval.low), "high": _number(interval.high)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def seed_of(project_seed: int, number: int) -> int:
    """The seed of a fit's resampling, 0 to 2**63 - 1: follows from the project's seed and the fit's number."""
    digest = hashlib.blake2b(f"agreement\x1f{project_seed}\x1f{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
