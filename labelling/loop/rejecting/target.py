"""What is rejected: one label, a batch, a range of one labeller's labels, a labeller, or labels by conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelling.assignment.models import Batch, Label, LabelQuerySet, Rejection, Scope
from labelling.errors import Invalid
from labelling.loop.rejecting.conditions import INDEXED, labels_where, plain, refused
from labelling.projects.models import Member, Project

LOOKED_BACK = 200_000


@dataclass(frozen=True)
class Target:
    """labeller: whose labels they are, if they are of one; batch, label: what is rejected, where that is one of them.
    where: the same as conditions (`rejecting.conditions`)."""

    project: Project
    scope: Scope
    where: dict[str, Any] = field(default_factory=dict)
    labeller: Member | None = None
    batch: Batch | None = None
    label: Label | None = None

    def labels(self) -> LabelQuerySet:
        """Its standing labels as of now."""
        standing = Label.objects.standing()
        if self.label is not None:
            return standing.filter(pk=self.label.pk)
        if self.batch is not None:
            return standing.filter(batch=self.batch)
        if self.scope == Scope.LABELLER:
            return standing.filter(labeller=self.labeller)
        return labels_where(self.project, self.where)

    def looked_back_to(self) -> int:
        """The id beyond which a request looks for its labels, so that it never goes through a whole project; 0: it may
        look at all there are."""
        if self.scope != Scope.QUERY or not INDEXED.isdisjoint(self.where):
            return 0
        ids = Label.objects.filter(project=self.project).order_by("-pk").values_list("pk", flat=True)
        return next(iter(ids[LOOKED_BACK : LOOKED_BACK + 1]), 0)


def a_labeller(labeller: Member) -> Target:
    where = {"labellers": [labeller.public_id]}
    return Target(labeller.project, Scope.LABELLER, where, labeller=labeller)


def a_batch(batch: Batch) -> Target:
    labeller = batch.labeller
    return Target(labeller.project, Scope.BATCH, {"batch": batch.public_id}, labeller=labeller, batch=batch)


def a_label(label: Label) -> Target:
    return Target(label.project, Scope.LABEL, {"label": label.public_id}, labeller=label.labeller, label=label)


def a_range(labeller: Member, where: Mapping[str, Any]) -> Target:
    """A labeller's labels from one to another (`from_label`, `to_label`, both included), or between two times (`since`
    included, `until` not). Raises Invalid for ends that are missing, another's, or the wrong way round."""
    ends = plain(where)
    if other := sorted(set(ends) - {"from_label", "to_label", "since", "until"}):
        raise refused(other[0], "is no end of a range; those are from_label, to_label, since and until")
    if not ends:
        raise Invalid("Say where the range begins or ends: from_label, to_label, since or until.")
    target = Target(labeller.project, Scope.RANGE, {**ends, "labellers": [labeller.public_id]}, labeller=labeller)
    _check_ends(labeller, ends)
    target.labels()
    return target


def _check_ends(labeller: Member, ends: Mapping[str, Any]) -> None:
    named = [name for name in ("from_label", "to_label") if name in ends]
    readable = [ends[name] for name in named if isinstance(ends[name], str) and "\x00" not in ends[name]]
    own = dict(Label.objects.filter(labeller=labeller, public_id__in=readable).values_list("public_id", "pk"))
    for name in named:
        if ends[name] not in own:
            raise refused(name, f"{ends[name]!r} is no label of {labeller.name}")
    if len(named) == 2 and own[ends["from_label"]] > own[ends["to_label"]]:
        raise refused("to_label", "was given before from_label; change the two round")


def by_query(project: Project, where: Mapping[str, Any]) -> Target:
    """The labels of a project that meet all conditions. Raises Invalid."""
    target = Target(project, Scope.QUERY, plain(where))
    target.labels()
    return target


def target_of(rejection: Rejection) -> Target:
    """What a rejection was decided about."""
    return Target(
        rejection.project, Scope(rejection.scope), rejection.where, labeller=rejection.labeller,
        batch=rejection.batch, label=rejection.label,
    )  # fmt: skip
