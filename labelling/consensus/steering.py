"""What a right answer is worth in a project, so that its items cost what the policy wants. The arithmetic is
stats/steering.py, the same as in simulations."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labelling.consensus.models import Authority, Resolution
from labelling.consensus.queries import CHUNK, Counted
from labelling.consensus.weighing import expert_of, is_steered
from labelling.projects.models import PolicyVersion, Project
from labelling.sampling.models import Item, Purpose, State
from labelling.stats import refusing
from labelling.stats.steering import Course, steer
from labelling.stats.truth import Truth

Floats = npt.NDArray[np.float64]


def course_of(*, project: Project, counted: Counted, estimate: Truth, posterior: Floats) -> Course | None:
    """The course to the policy's cost_per_item; None where the policy wants none, or nothing is known yet.

    estimate: of the counted labels; posterior: float (n, k), calibrated, of counted.item_ids. Reads the project's items
    once; for background work.
    """
    policy = project.policy_in_force
    if policy.cost_per_item is None or not is_steered(policy) or not counted.labels.size:
        return None
    work = list(_work(project))
    steerable = [one for one in work if one.state == State.OPEN and not one.straight]
    place = {item: at for at, item in enumerate(counted.item_ids)}
    believed = np.array([posterior[place[one.pk]] if one.pk in place else estimate.prior for one in steerable])
    had = np.array([one.had for one in steerable], dtype=np.intp)
    given = np.bincount(counted.workers, minlength=len(counted.labeller_ids))
    return steer(
        estimate, believed.reshape(-1, len(estimate.prior)), had=had, left=np.maximum(policy.maximum_labels - had, 0),
        given=given, refused=refused_of(policy, estimate, given), expert=expert_of(policy),
        budget=policy.cost_per_item * len(work) - _committed(project, policy, work),
    )  # fmt: skip


class _Work(NamedTuple):
    """An item: `straight` ones go to the maximum."""

    pk: int
    state: str
    straight: bool
    had: int


def _work(project: Project) -> Iterator[_Work]:
    items = Item.objects.filter(project=project, purpose=Purpose.WORK).order_by("id")
    rows = items.values_list("id", "state", "is_yardstick", "n_done").iterator(chunk_size=CHUNK)
    return (_Work(*row) for row in rows)


def _committed(project: Project, policy: PolicyVersion, work: list[_Work]) -> float:
    """Labels that were given and that yardstick items will get, and experts at their price, in labels."""
    ruled = Resolution.objects.filter(item__project=project, closed_at=None, authority=Authority.EXPERT).count()
    contested = sum(one.state == State.CONTESTED for one in work)
    straight = sum(max(policy.maximum_labels - one.had, 0) for one in work if one.straight and one.state == State.OPEN)
    return sum(one.had for one in work) + straight + expert_of(policy).price * (ruled + contested)


def refused_of(policy: PolicyVersion, estimate: Truth, given: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whose labels the policy buys no more; bool (n_workers,)."""
    if policy.least_quality <= 0:
        return np.zeros(len(given), dtype=bool)
    return refusing.refused(estimate.confusion, estimate.prior, given, least=policy.least_quality, careful=True)
