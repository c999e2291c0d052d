"""What a rejection would change, said before it is decided: nothing is changed by asking.

A bounded number of statements, whatever the size of the project, over no more than LOOKED labels of the target.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from labelling.assignment.models import Batch, Label, RejectedLabel
from labelling.consensus import judging, queries
from labelling.consensus.models import Authority, Fit, Resolution
from labelling.datasets.actions import rows_reached
from labelling.datasets.models import Version
from labelling.loop.reject import one_target
from labelling.loop.rejecting.target import Target
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Purpose, State

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
    """What a rejection would change. If not `exact`, there are more labels, and this is of the newest LOOKED.

    n_labels: that stand and are named; n_counting: of these, count today. items_reopen: that the crowd had settled or
    contested. n_flips: settled items for which the labels that remain give another answer under the present fit, the
    first hundred in `flips`; n_bare: settled items with no answer left. cases_appear: settled items that the labels
    that remain would contest if no more came; cases_vanish: contested items, which leave the experts' queue and open
    again. n_replace: labels to be given again, `cost` their price; n_decisions: cases if no label were given again,
    decisions_cost their price. stays_paid: what these labels earned, which a rejection leaves as it is. Money in
    micro-units.
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
    price: int
    counts: bool


@dataclass
class _Left:
    """What remains of a settled or contested item: its answers, as (labeller id, class index), and its counters."""

    row: dict[str, Any]
    standing: str
    given: list[tuple[int, int]] = field(default_factory=list)
    n_done: int = 0
    n_abstained: int = 0


def preview(
    *, target: Target | None = None, labeller: Member | None = None, batch: Batch | None = None
) -> RejectPreview:
    """Count what rejecting a target (or a labeller, or a batch) would change."""
    target = one_target(target=target, labeller=labeller, batch=batch)
    project = Project.objects.select_related("policy", "schema").get(pk=target.project.pk)
    policy = project.policy_in_force
    newest = target.labels().order_by("-pk")
    named = _named(newest)
    exact, named = len(named) <= LOOKED, named[:LOOKED]
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
        stays_paid=sum(label.price for label in named), **said,
    )  # fmt: skip


def _named(newest: QuerySet[Label]) -> list[_Named]:
    covered = Exists(RejectedLabel.objects.filter(label=OuterRef("pk"), lifted_at=None))
    rows = newest.annotate(covered=covered).values_list(
        "pk", "item", "labeller", "abstention", "batch__price", "covered", "pass_number", "item__pass_number",
        "item__purpose",
    )[: LOOKED + 1]  # fmt: skip
    return [_Named(*row[:5], counts=not row[5] and row[6] == row[7] and row[8] == Purpose.WORK) for row in rows]


def _standing(items: QuerySet[Label, Any]) -> QuerySet[Resolution, Any]:
    return Resolution.objects.filter(closed_at=None, item__in=items).values_list("item", "authority", "answer")


def _left(
    project: Project, items: QuerySet[Label, Any], named: list[_Named], open_again: list[_Named],
    standing: Mapping[int, tuple[int, str]],
) -> dict[int, _Left]:  # fmt: skip
    """The items that would open again, with what remains of them."""
    columns = ("pk", "public_id", "example__external_id", "n_done", "n_abstained", "is_yardstick")
    reopen = Item.objects.filter(pk__in=items, state__in=[State.RESOLVED, State.CONTESTED])
    losing = Counter(label.item for label in open_again)
    gone = {label.pk for label in named}
    left = {
        row["pk"]: _Left(row, standing.get(row["pk"], (0, ""))[1], n_done=row["n_done"] - losing[row["pk"]])
        for row in reopen.values(*columns) if row["pk"] in losing
    }  # fmt: skip
    abstained = Counter(label.item for label in open_again if label.abstention)
    for pk, one in left.items():
        one.n_abstained = one.row["n_abstained"] - abstained[pk]
    coder = queries.class_coder(project.schema_in_force)
    rows = Label.objects.counted().answers().filter(item__in=items)
    for pk, item, labeller, answer in rows.values_list("pk", "item", "labeller", "answer").iterator(chunk_size=5_000):
        if item in left and pk not in gone and answer in coder:
            left[item].given.append((labeller, coder[answer]))
    return left


def _judged(project: Project, left: Mapping[int, _Left]) -> dict[str, Any]:
    """What the labels that remain say of the items, by the functions that judge live work, under the present fit."""
    schema, policy = project.schema_in_force, project.policy_in_force
    fit = queries.latest_fit(project.pk, schema.pk)
    rows = queries.confusion_rows(fit, [labeller for one in left.values() for labeller, _ in one.given])
    names = {index: text for text, index in queries.class_coder(schema).items()}
    flips: list[Flip] = []
    tally: Counter[str] = Counter()
    for one in left.values():
        answer, contested = _said(one, fit, rows, policy, len(names))
        tally["n_decisions"] += contested
        if not one.standing:
            tally["cases_vanish"] += 1
            continue
        tally["cases_appear"] += contested
        if not one.given:
            tally["n_bare"] += 1
        elif names[answer] != one.standing:
            flips.append(Flip(one.row["public_id"], one.row["example__external_id"], one.standing, names[answer]))
    flips.sort(key=lambda flip: flip.key)
    counts = {name: tally[name] for name in ("n_decisions", "cases_vanish", "cases_appear", "n_bare")}
    return {**counts, "n_flips": len(flips), "flips": flips[:LISTED]}


def _said(
    one: _Left, fit: Fit | None, rows: Mapping[int, bytes | memoryview], policy: Any, n_classes: int
) -> tuple[int, bool]:
    """The likeliest class, and whether the item would be contested if no more labels came."""
    posterior = judging.believe(one.given, n_classes, fit, rows)
    item = Item(n_done=one.n_done, n_abstained=one.n_abstained, is_yardstick=one.row["is_yardstick"])
    return int(posterior.argmax()), judging.verdict(item, posterior, policy, final=True) == "contest"


def _versions_reached(project: Project, newest: QuerySet[Label]) -> list[tuple[Version, int]]:
    """Published versions with a crowd's answer that used one of these labels, and how many of their rows did."""
    if not project.versions.exists():
        return []
    given = newest.values_list("item", "public_id")[:LOOKED]
    labels = defaultdict(set)
    for item, public_id in given:
        labels[item].add(public_id)
    touched = Counter(version for version, _ in rows_reached(newest.values("item")[:LOOKED], labels))
    return [(version, touched[version.pk]) for version in Version.objects.filter(pk__in=touched).order_by("number")]
