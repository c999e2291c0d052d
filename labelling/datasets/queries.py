"""Reads that serve pages, API and commands: finding a version, tracing a row."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from labelling import canonical
from labelling.assignment.models import Label, RejectedLabel
from labelling.consensus.models import Resolution
from labelling.datasets import reading
from labelling.datasets.content import SCALE
from labelling.datasets.layout import from_cells
from labelling.datasets.models import Alias, Recall, Version
from labelling.datasets.rows import Rows, StoredRow
from labelling.errors import Invalid, NotFound
from labelling.projects.models import Project
from labelling.projects.queries import find_project
from labelling.sampling.models import Item, SamplingRound

ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,59}")
REFERENCE = re.compile(rf"(?P<project>[^@]+)@(?P<number>{ALIAS.pattern}|[0-9]{{1,9}})")


def versions_of(project: Project) -> QuerySet[Version]:
    """A project's versions, the newest first, with who published them."""
    return project.versions.select_related("created_by", "parent", "schema", "guideline", "policy").order_by("-number")


def find_version(*, project: Project, number: int | str) -> Version:
    """The version of that number, the newest for "latest", or the one that an alias names ("production").

    Raises NotFound, which says what there is.
    """
    text = str(number)
    versions = versions_of(project).select_related("project")
    found = None
    if text == "latest":
        found = versions.first()
    elif text.isascii() and text.isdigit() and len(text) <= 9:
        found = versions.filter(number=int(text)).first()
    elif ALIAS.fullmatch(text):
        found = versions.filter(aliases__name=text).first()
    if found is None:
        newest = versions.values_list("number", flat=True).first()
        there = f"the newest is {newest}" if newest else "nothing is published yet"
        raise NotFound(f"there is no version {text!r} of {project.slug}; {there}")
    return found


def find_by_reference(reference: str) -> Version:
    """The version that PROJECT@NUMBER, PROJECT@latest or PROJECT@ALIAS names, PROJECT being a slug or public id."""
    match = REFERENCE.fullmatch(reference)
    if not match:
        raise Invalid(f"{reference!r} is not a version; write PROJECT@NUMBER, PROJECT@latest or PROJECT@ALIAS")
    return find_version(project=find_project(match["project"]), number=match["number"])


def aliases_of(project: Project) -> QuerySet[Alias]:
    """The names that somebody moves; "latest" is no row."""
    return project.aliases.select_related("version", "moved_by").order_by("name")


def recalls_of(version: Version) -> QuerySet[Recall]:
    """The standing recalls of a version, the newest first: one a rejection, one a ruling."""
    standing = version.recalls.filter(withdrawn_at=None)
    return standing.select_related("rejection__labeller", "resolution__by").order_by("-id")


@dataclass(frozen=True)
class Recalled:
    """A recalled version in a few words. n_rows: rows that are named by any recall, each once; rejections: recalls;
    ruled: the keys of rows that rulings contradict, sorted; newest: the last ruling's recall; corrected: the first
    later version that none of these causes recalls."""

    n_rows: int
    rejections: list[Recall]
    ruled: list[str]
    newest: Recall | None
    corrected: Version | None


def recalled(version: Version) -> Recalled | None:
    """What stands against a version, None where nothing does. Three statements however many recalls there are."""
    standing = list(recalls_of(version))
    if not standing:
        return None
    ruled = [recall for recall in standing if recall.resolution_id]
    causes = version.recalls.filter(withdrawn_at=None)
    same = Q(rejection__in=causes.exclude(rejection=None).values("rejection")) | Q(
        resolution__in=causes.exclude(resolution=None).values("resolution")
    )
    later = Version.objects.filter(project=version.project_id, number__gt=version.number)
    touched = Recall.objects.filter(same, withdrawn_at=None, version__in=later)
    return Recalled(
        n_rows=len({key for recall in standing for key in recall.keys}),
        rejections=[recall for recall in standing if recall.rejection_id],
        ruled=sorted({key for recall in ruled for key in recall.keys}, key=str.encode),
        newest=ruled[0] if ruled else None,
        corrected=later.exclude(pk__in=touched.values("version")).order_by("number").first(),
    )


def rows_of(
    version: Version, *, after: int = -1, limit: int = 100, splits: Collection[str] = ("train", "validation")
) -> list[dict[str, Any]]:
    """Rows of the named splits from the position after `after`, with "position"; an erased row has only key and split.

    Rows of `test` come only to who names it.
    """
    shown: list[dict[str, Any]] = []
    for position, key, split, cells in reading.rows_of(version).placed(splits=splits, start=after + 1):
        if len(shown) == limit:
            break
        held = from_cells(cells) if cells else {"key": key, "split": split, "erased": True}
        shown.append({"position": position, **held})
    return shown


def lineage(*, version: Version, key: str) -> dict[str, Any]:
    """Everything behind one row, with names: its answer, labels, rejections, round and models. Raises NotFound.

    What the version's hash committed to is under "frozen"; what became of it since (a rejection, a lift, a closed
    resolution) is said beside it.
    """
    rows = reading.rows_of(version)
    at = rows.find(key)
    if at is None:
        raise NotFound(f"{version} has no row with the key {key!r}")
    row = rows.row(*at)
    frozen = canonical.loads(row.lineage)
    item = Item.objects.select_related("example").get(pk=row.item)
    sampled = SamplingRound.objects.filter(project=version.project_id, number=frozen["round"]["number"]).first() if (
        frozen["round"]
    ) else None  # fmt: skip
    return {
        "key": key,
        "position": rows.position(*at),
        "split": row.split,
        "leaf": row.leaf,
        "lineage_hash": row.lineage_hash,
        "item": item.public_id,
        "row": from_cells(row.cells) if row.cells else None,
        "erased_at": item.example.erased_at,
        "resolution": _resolution(frozen),
        "labels": _labels(frozen),
        "rejections": _rejections(item.pk, frozen),
        "round": {**frozen["round"], "seed": sampled.seed if sampled else None} if frozen["round"] else None,
        "predictions": frozen["predictions"],
        "schema": version.schema.number,
        "guideline": version.guideline.number,
        "policy": version.policy.number,
        "inclusion": _share(frozen["round"]),
        "proof": proof(version, rows, row),
        "frozen": frozen,
    }


def _share(sampled: dict[str, Any] | None) -> float | None:
    inclusion = sampled["inclusion"] if sampled else None
    return None if inclusion is None else inclusion / canonical.MILLION


def proof(version: Version, rows: Rows, row: StoredRow) -> dict[str, Any]:
    """Whether the lineage of a row is what version_id committed to: hashed anew, with the hashes of all rows."""
    manifest = canonical.loads(version.manifest)
    root = rows.lineage_root().hex()
    holds = (
        canonical.digest(row.lineage) == row.lineage_hash
        and manifest["lineage_root"] == root
        and canonical.digest(version.manifest) == version.version_id
    )
    return {"lineage_root": root, "holds": holds}


def _resolution(frozen: dict[str, Any]) -> dict[str, Any]:
    found = Resolution.objects.select_related("by").get(public_id=frozen["resolution"]["id"])
    return {
        **frozen["resolution"],
        "answer": canonical.loads(found.answer) if found.answer else None,
        "reason": found.reason,
        "confidence": None if found.confidence is None else round(found.confidence * SCALE),
        "by": found.by.username if found.by else None,
        "at": found.at,
        "closed_at": found.closed_at,
        "closed_because": found.closed_because,
    }


def _labels(frozen: dict[str, Any]) -> list[dict[str, Any]]:
    ids = [label["id"] for label in frozen["labels"]]
    found = {label.public_id: label for label in Label.objects.filter(public_id__in=ids).select_related("labeller")}
    return [
        {
            "id": label["id"],
            "labeller": {"id": label["labeller"], "name": found[label["id"]].labeller.name},
            "answer": canonical.loads(found[label["id"]].answer) if found[label["id"]].answer else None,
            "abstention": label["abstention"],
            "at": found[label["id"]].at,
            "schema": label["schema"],
            "guideline": label["guideline"],
            "policy": label["policy"],
        }
        for label in frozen["labels"]
    ]


def _rejections(item_id: int, frozen: dict[str, Any]) -> list[dict[str, Any]]:
    """The rejections of this item's labels, then and since."""
    used = {label["id"] for label in frozen["labels"]}
    covered = RejectedLabel.objects.filter(label__item=item_id).select_related("rejection", "label__labeller")
    return [
        {
            "id": row.rejection.public_id,
            "label": row.label.public_id,
            "labeller": row.label.labeller.name,
            "reason": row.rejection.reason,
            "at": row.rejection.at,
            "lifted_at": row.lifted_at,
            "used_by_this_row": row.label.public_id in used,
        }
        for row in covered.order_by("id")
    ]
