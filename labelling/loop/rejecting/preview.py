"""What a rejection would change, said before it is decided: nothing is changed by asking.

A bounded number of statements, whatever the size of the project, over no more than LOOKED labels of the target.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from labelling.assignment.models import Batch, Label, RejectedLabel
from labelling.consensus import fitting, judging, queries
from labelling.consensus.coding import class_coder
from labelling.consensus.models import Authority, Resolution
from labelling.datasets.models import Version
from labelling.datasets.tracing import rows_using
from labelling.loop.reject import one_target
from labelling.loop.rejecting.target import Target
from labelling.projects.models import Member, Project
from labelling.projects.queries import same_answers
from labelling.sampling.models import Item, Purpose, State

Floats = npt.NDArray[np.float64]

LOOKED = 20_000
LISTED = 100


@dataclass(frozen=True)
class Flip:
    """An item whose answer the remaining labels would not give: `after` is what they would, both as canonical JSON."""

    item: str
    key: str
    before: str
    after: str


@dataclass(frozen=True)
class RejectPreview:
    """What a rejection would change. If not `exact`, there may be more labels, and this is of the newest LOOKED.

    n_labels: that stand and are named; n_counting: of these, count today. items_reopen: that the crowd had settled or
    contested. n_flips: settled items for which the labels that remain give another answer under the present fit, the
    first hundred in `flips`; n_bare: settled items with no answer left. cases_appear: settled items that the labels
    that remain would contest if no more came; cases_vanish: contested items, which leave the experts' queue and open
    again. n_replace: labels to be given again, `cost` their price; n_decisions: cases if no label were given again,
    decisions_cost their price. stays_paid: what these labels earned (by the hour: at most), which a rejection
    leaves as it is. Money in micro-units.
    """

    n_labels: int
    exact: bool
    n_counting: int
    n_labellers: int
    items_reopen: int
    resolutions_close: int
    n_flips: int
    flips: list[Flip]
    n_bare: int
    cases_appear: int
    cases_vanish: int
    versions: list[tuple[Version, int]]
    n_replace: int
    cost: int
    n_decisions: int
    decisions_cost: int
    stays_paid: int


class _Named(NamedTuple):
    """One label of the target."""

    pk: int
    item: int
    labeller: int
    abstention: str
    earned: float
    counts: bool


@dataclass
class _Left:
    """What remains of a settled or contested item: its answers, as (labeller id, canonical JSON), and its counters,
    under the names that `judging.verdict` reads them by."""

    public_id: str
    key: str
    standing: str
    n_done: int
    n_abstained: int
    is_yardstick: bool
    given: list[tuple[int, str]] = field(default_factory=list)


def preview(
    *, target: Target | None = None, labeller: Member | None = None, batch: Batch | None = None
) -> RejectPreview:
    """Count what rejecting a target (or a labeller, or a batch) would change."""
    target = one_target(target=target, labeller=labeller, batch=batch)
    project = Project.objects.select_related("policy", "schema").get(pk=target.project.pk)
    policy = project.policy_in_force
    floor = target.looked_back_to()
    newest = target.labels().filter(pk__gt=floor).order_by("-pk")
    named = _named(newest, policy.price_label)
    exact, named = len(named) <= LOOKED and not floor, named[:LOOKED]
    lost = [label for label in named if label.counts]
    items = newest.values("item")[:LOOKED]
    standing = {item: (authority, answer) for item, authority, answer in _standing(items)}
    ruled = {item for item, (authority, _) in standing.items() if authority != Authority.CROWD}
    open_again = [label for label in lost if label.item not in ruled]
    left = _left(project, items, named, open_again, standing)
    said = _judged(project, left)
    return RejectPreview(
        n_labels=len(named), exact=exact, n_counting=len(lost), n_labellers=len({label.labeller for label in named}),
        items_reopen=len(left), resolutions_close=sum(bool(one.standing) for one in left.values()),
        versions=_versions_reached(project, newest), n_replace=len(open_again),
        cost=len(open_again) * policy.price_label, decisions_cost=said["n_decisions"] * policy.price_expert,
        stays_paid=round(sum(label.earned for label in named)), **said,
    )  # fmt: skip


def _named(newest: QuerySet[Label], usual: int) -> list[_Named]:
    """usual: micro-units that a label costs on average, of an hourly batch that is still open."""
    covered = Exists(RejectedLabel.objects.filter(label=OuterRef("pk"), lifted_at=None))
    rows = newest.annotate(covered=covered).values_list(
        "pk", "item", "labeller", "abstention", "batch__price", "batch__pay_hour", "batch__amount", "batch__n_labels",
        "covered", "pass_number", "item__pass_number", "item__purpose",
    )[: LOOKED + 1]  # fmt: skip
    return [
        _Named(*row[:4], earned=row[4] if row[5] is None else usual if row[6] is None else row[6] / row[7],
               counts=not row[8] and row[9] == row[10] and row[11] == Purpose.WORK)
        for row in rows
    ]  # fmt: skip


def _standing(items: QuerySet[Label, Any]) -> QuerySet[Resolution, Any]:
    return Resolution.objects.filter(closed_at=None, item__in=items).values_list("item", "authority", "answer")


def _left(
    project: Project, items: QuerySet[Label, Any], named: list[_Named], open_again: list[_Named],
    standing: Mapping[int, tuple[int, str]],
) -> dict[int, _Left]:  # fmt: skip
    """The items that would open again, with what remains of them."""
    losing, gone = Counter(label.item for label in open_again), {label.pk for label in named}
    abstaining = Counter(label.item for label in open_again if label.abstention)
    reopen = Item.objects.filter(pk__in=items, state__in=[State.RESOLVED, State.CONTESTED])
    columns = ("pk", "public_id", "example__external_id", "n_done", "n_abstained", "is_yardstick")
    left = {
        pk: _Left(public_id, key, standing.get(pk, (0, ""))[1], n_done - losing[pk], n_abstained - abstaining[pk], sure)
        for pk, public_id, key, n_done, n_abstained, sure in reopen.values_list(*columns) if pk in losing
    }  # fmt: skip
    coder, has_parts = class_coder(project.schema_in_force), fitting.parts_of(project)
    rows = Label.objects.counted().answers().filter(item__in=items)
    for pk, item, labeller, answer in rows.values_list("pk", "item", "labeller", "answer").iterator(chunk_size=5_000):
        if item in left and pk not in gone and (has_parts or answer in coder):
            left[item].given.append((labeller, answer))
    return left


def _judged(project: Project, left: Mapping[int, _Left]) -> dict[str, Any]:
    """What the labels that remain say of the items, by the functions that judge live work, under the present fit."""
    flips: list[Flip] = []
    tally: Counter[str] = Counter()
    same = same_answers(project.pk)
    for one, said in zip(left.values(), _said(project, left), strict=True):
        item: Any = one
        posterior, after = said.posterior, said.answer
        contested = judging.verdict(item, posterior, project.policy_in_force, final=True) == "contest"
        tally["n_decisions"] += contested
        if not one.standing:
            tally["cases_vanish"] += 1
            continue
        tally["cases_appear"] += contested
        if not one.given:
            tally["n_bare"] += 1
        elif not same(after, one.standing):
            flips.append(Flip(one.public_id, one.key, one.standing, after))
    flips.sort(key=lambda flip: flip.key)
    counts = {name: tally[name] for name in ("n_decisions", "cases_vanish", "cases_appear", "n_bare")}
    return {**counts, "n_flips": len(flips), "flips": flips[:LISTED]}


def _said(project: Project, left: Mapping[int, _Left]) -> list[judging.Said]:
    """What remains says of each item, all at once."""
    schema = project.schema_in_force
    fit = queries.latest_fit(project.pk, project.schema_id)
    if fit is None or fitting.parts_of(project):
        rows = queries.confusion_rows(fit, [labeller for one in left.values() for labeller, _ in one.given])
        return [judging.say(one.given, schema, fit, rows) for one in left.values()]
    coder = class_coder(schema)
    triples = [(at, labeller, coder[text]) for at, one in enumerate(left.values()) for labeller, text in one.given]
    columns = np.array(triples, dtype=np.int64).reshape(-1, 3)
    labellers, workers = np.unique(columns[:, 1], return_inverse=True)
    nothing = np.zeros(len(columns), dtype=np.int64)
    counted = queries.Counted(
        items=columns[:, 0], workers=workers, labels=columns[:, 2], item_ids=list(left),
        labeller_ids=labellers.tolist(), classes=[str(index) for index in range(len(set(coder.values())))],
        yardstick=np.zeros(len(left), dtype=bool), up_to=0, label_ids=nothing, guidelines=nothing,
        slices=[""] * len(left),
    )  # fmt: skip
    believed = fitting.believed(fit=fit, counted=counted)
    return [
        judging.Said(judging.answer_of(schema, int(posterior.argmax())), posterior, len(one.given))
        for one, posterior in zip(left.values(), believed, strict=True)
    ]


def _versions_reached(project: Project, newest: QuerySet[Label]) -> list[tuple[Version, int]]:
    """Published versions with a crowd's answer that used one of these labels, and how many of their rows did."""
    if not project.versions.exists():
        return []
    given = newest.values_list("item", "public_id")[:LOOKED]
    labels = defaultdict(set)
    for item, public_id in given:
        labels[item].add(public_id)
    touched = Counter(version for version, _ in rows_using(project.pk, labels))
    return [(version, touched[version.pk]) for version in Version.objects.filter(pk__in=touched).order_by("number")]
