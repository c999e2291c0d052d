"""Making a fit: a cold-start function of a project's counted labels, with the model of truth that known truths speak
for, the correction of its posteriors and the price of a label, which are functions of what was seen so far."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from labelling.consensus import evidence, history, model_vote, parts
from labelling.consensus.choosing import Choice, choose
from labelling.consensus.evidence import Known
from labelling.consensus.judging import pooled_confusion
from labelling.consensus.models import Calibration, Fit, FitRow
from labelling.consensus.queries import Counted
from labelling.consensus.steering import course_of
from labelling.consensus.weighing import is_steered
from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.schemas import kind_of
from labelling.stats import calibration, price, promises, stops, truth
from labelling.stats.calibration import IDENTITY, Calibrator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Corrected:
    """A correction, and what it was made from: the calibrating runs, and the uncorrected posteriors (n_runs, k) at
    which they stop under it."""

    calibrator: Calibrator
    known: Known
    posterior: Floats


def fit_project(*, project: Project, counted: Counted, now: datetime) -> Fit:
    """Estimate every labeller's confusion matrix and store it as the project's next fit, with its calibration."""
    policy, k = project.policy_in_force, len(counted.classes)
    known = evidence.known_runs(project, counted.labeller_ids)
    last = Fit.objects.filter(project=project, schema=project.schema_in_force).order_by("-number").first()
    if parts_of(project):
        choice = parts.choice(counted, project.schema_in_force)
    else:
        choice = choose(wanted=policy.truth_model, before=last.method if last else None, known=known, counted=counted)
    estimate = choice.estimate
    pooled = estimate.pooled if counted.labels.size else pooled_confusion(None, k)
    next_price = _next_price(project, policy, last, pooled)
    ends = _ends(policy, next_price, pooled)
    corrected = _correct(known.part(~known.chooses) if choice.n_items else known, estimate, pooled, ends)
    believes = corrected.calibrator.apply(estimate.posterior)
    course = course_of(project=project, counted=counted, estimate=estimate, posterior=believes)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        newest = Fit.objects.filter(project=project).order_by("-number").first()
        fit = Fit.objects.create(
            project=project, number=1 + (newest.number if newest else 0), schema=project.schema_in_force,
            method=choice.method, n_labels=counted.labels.size, up_to=counted.up_to, prior=estimate.prior.tobytes(),
            pooled=pooled.tobytes(), guessing=estimate.guessing, damping=estimate.damping, created_at=now,
            worth=None if course is None else course.worth, kinds=None if course is None else course.kinds.tobytes(),
            price=next_price, temperature=corrected.calibrator.temperature,
            isotonic=_bytes(corrected.calibrator.bends), n_calibration=len(corrected.known.truth),
        )  # fmt: skip
        FitRow.objects.bulk_create(
            [
                FitRow(fit=fit, labeller_id=labeller, confusion=confusion.tobytes())
                for labeller, confusion in zip(counted.labeller_ids, estimate.confusion, strict=True)
            ],
            batch_size=500,
        )
        _record(fit, policy, choice, corrected, counted, ends, now)
    return fit


def parts_of(project: Project) -> bool:
    """Whether answers have parts, that are put together."""
    return kind_of(project.schema_in_force.kind).merging is not None


def under(*, project: Project, fit: Fit, counted: Counted) -> Counted:
    """The counted labels as a fit sees them: answers that have parts, put together as it weighs them."""
    return parts.under(fit, counted, project.schema_in_force) if parts_of(project) else counted


def believed(*, fit: Fit, counted: Counted) -> Floats:
    """The calibrated posterior (n_items, k) of every item with counted labels, under a fit that is stored; of answers
    with parts, as `under` put them together."""
    if counted.texts:
        return parts.believed(fit, counted)
    k = len(counted.classes)
    rows = dict(FitRow.objects.filter(fit=fit).values_list("labeller_id", "confusion"))
    place = {labeller: at for at, labeller in enumerate(rows)}
    confusion = np.array([np.frombuffer(bytes(row)).reshape(k, k) for row in rows.values()]).reshape(-1, k, k)
    workers = np.array([place.get(labeller, -1) for labeller in counted.labeller_ids], dtype=np.int64)
    posterior = truth.posteriors(
        counted.items, counted.labels, workers[counted.workers] if workers.size else counted.workers, confusion,
        np.frombuffer(bytes(fit.prior)), pooled=pooled_confusion(fit, k), guessing=fit.guessing, damping=fit.damping,
        n_items=len(counted.item_ids),
    )  # fmt: skip
    return Calibrator.stored(fit.temperature, fit.isotonic).apply(posterior)


def _ends(policy: PolicyVersion, label_price: float, pooled: Floats) -> stops.Ends:
    """When labelling of an item that may stop early ends, by the policy. Where a wanted cost steers, neither
    confidence nor price says so: then runs count to their last label, where labelling did end."""
    to_the_end = policy.mode == Mode.FIXED or is_steered(policy)
    minimum = policy.maximum_labels if to_the_end else policy.minimum_labels
    return stops.ending(
        minimum=minimum, maximum=policy.maximum_labels, stop_confidence=policy.stop_confidence, price=label_price,
        confusion=pooled,
    )  # fmt: skip


def _correct(known: Known, estimate: truth.Truth, pooled: Floats, ends: stops.Ends) -> Corrected:
    steps = _steps(known.runs, estimate, pooled)
    made, at = stops.calibrated_stops(known.runs, steps, ends, known.truth, known.weight, known.item)
    return Corrected(made, known, steps[at])


def _steps(runs: stops.Runs, estimate: truth.Truth, pooled: Floats) -> Floats:
    return stops.step_by_step(
        runs, estimate.confusion, estimate.prior, pooled, guessing=estimate.guessing, damping=estimate.damping
    )


def _record(
    fit: Fit, policy: PolicyVersion, choice: Choice, corrected: Corrected, counted: Counted, ends: stops.Ends,
    now: datetime,
) -> Calibration:  # fmt: skip
    known, before = corrected.known, corrected.posterior
    others = calibration.cross_corrected(before, known.truth, known.weight, known.item)
    after = before if corrected.calibrator is IDENTITY else others
    n_promised, n_kept = evidence.kept_promises(fit.project, policy.stop_confidence)
    n_yardstick, n_same = (0, 0) if counted.texts else _yardstick(choice.estimate, counted, ends, corrected.calibrator)
    voted: tuple[int | None, int | None] = (None, None)
    if policy.model_votes and not counted.texts:
        voted = model_vote.flips(project=fit.project, estimate=choice.estimate, counted=counted)
    return Calibration.objects.create(
        project=fit.project, fit=fit, at=now, promised=policy.stop_confidence, n_promised=n_promised, n_kept=n_kept,
        n_chosen=choice.n_items, n_calibrated=known.n_items, by_source=known.items_by_source(),
        candidates=choice.losses, reason=choice.reason, n_yardstick=n_yardstick, n_yardstick_same=n_same,
        n_voted=voted[0], n_flipped=voted[1],
        **_measured(after, known, ""), **_measured(before, known, "_before"),
    )  # fmt: skip


def _measured(posterior: Floats, known: Known, suffix: str) -> dict[str, Any]:
    if not len(posterior):
        return {}
    losses = promises.log_losses(posterior, known.truth)
    return {
        f"bins{suffix}": [asdict(one) for one in promises.reliability(posterior, known.truth, known.weight)],
        f"error{suffix}": promises.expected_error(posterior, known.truth, weight=known.weight),
        f"log_loss{suffix}": float(np.average(losses, weights=known.weight)),
    }


def _yardstick(estimate: truth.Truth, counted: Counted, ends: stops.Ends, corrected: Calibrator) -> tuple[int, int]:
    """Of how many yardstick items labelling would have stopped before the last label, and how many of these would
    have got the answer that all labels give."""
    runs = evidence.yardstick_runs(counted)
    if not len(runs):
        return 0, 0
    steps = _steps(runs, estimate, estimate.pooled)
    at, last = stops.stops_of(runs, steps, ends, corrected), stops.last_of(runs)
    early = at < last
    same = steps[at].argmax(axis=1) == steps[last].argmax(axis=1)
    return int(early.sum()), int((same & early).sum())


def _bytes(bends: Floats | None) -> bytes | None:
    return None if bends is None else np.ascontiguousarray(bends).tobytes()


def _next_price(project: Project, policy: PolicyVersion, last: Fit | None, pooled: Floats) -> float:
    """The last fit's price, moved by what items took that were judged under it."""
    if policy.labels_per_item is None or policy.mode == Mode.FIXED:
        return 0.0
    spent, settled = policy.labels_per_item, 0
    if last is not None:
        tally = history.tally_of(project, policy, fit=last)
        settled = int(tally.ended[policy.initial_labels :].sum())
        if settled:
            spent = price.labels_an_item(tally.judged, tally.ended, policy.initial_labels)
    return price.adjust(
        last.price if last else 0.0, spent=spent, settled=settled, wanted=policy.labels_per_item,
        limits=price.limits(pooled, policy.stop_confidence),
    )  # fmt: skip
