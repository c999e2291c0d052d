"""What led to rows: labels, rejections, rounds, predictions, as canonical JSON that a version commits to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa

from labelling import canonical
from labelling.assignment.models import Label, RejectedLabel
from labelling.consensus.models import Authority, Fit, StoppingDecision
from labelling.datasets import content
from labelling.ingest.models import ModelVersion, Prediction
from labelling.projects.models import GuidelineVersion, Member, PolicyVersion, Project, SchemaVersion
from labelling.sampling.models import SamplingRound
from labelling.statements import one_of

CHUNK = 8_192
T = TypeVar("T")
AUTHORITIES = {authority.value: authority.name.lower() for authority in Authority}
TOLD = (
    "item_id", "item_public_id", "example_id", "public_id", "pass_number", "authority", "decision_id", "round_id",
    "inclusion", "by_probability", "salt",
)  # fmt: skip


class Names:
    """What the rows of a project that others point at are called outside: numbers and public ids, by the row's id."""

    def __init__(self, project: Project) -> None:
        def of(model: Any, *names: str) -> dict[int, Any]:
            rows = model.objects.filter(project=project).values_list("pk", *names)
            return {pk: rest[0] if len(rest) == 1 else tuple(rest) for pk, *rest in rows}

        self.schemas, self.guidelines = of(SchemaVersion, "number"), of(GuidelineVersion, "number")
        self.policies, self.fits = of(PolicyVersion, "number"), of(Fit, "number")
        self.members = of(Member, "public_id")
        self.rounds = of(SamplingRound, "number", "strategy")
        self.models = of(ModelVersion, "model", "pipeline")


def lineages_of(raw: pa.RecordBatch, names: Names) -> pa.Array:
    """The lineage of each row of a batch of approved.RAW as canonical JSON: the labels that count, those that no longer
    do, what models said."""
    found: list[str] = []
    for items in chunked(raw.select(TOLD).to_pylist()):
        history = History(items, names)
        # No float can be in it: nothing to refuse.
        found += [canonical.payload_text(history.of(item)) for item in items]
    return pa.array(found, pa.string())


class History:
    """What led to the rows of one chunk."""

    def __init__(self, items: Sequence[dict[str, Any]], names: Names) -> None:
        self.names = names
        item_ids = one_of([item["item_id"] for item in items])
        self.labels = grouped(
            Label.objects.counted().filter(item__in=item_ids).order_by("item_id", "id").values_list(
                "item_id", "public_id", "labeller_id", "answer", "abstention", "schema_id", "guideline_id",
                "policy_id",
            )
        )  # fmt: skip
        self.rejected = grouped(
            RejectedLabel.objects.filter(label__item__in=item_ids, lifted_at=None)
            .order_by("label_id", "rejection_id")
            .values_list("label__item_id", "label__public_id", "rejection__public_id")
        )
        self.predictions = grouped(
            Prediction.objects.filter(example__in=one_of([item["example_id"] for item in items]))
            .order_by("example_id", "model_version_id")
            .values_list("example_id", "model_version_id")
        )
        stops = one_of([item["decision_id"] for item in items if item["decision_id"]])
        decided = StoppingDecision.objects.filter(pk__in=stops).values_list("pk", "policy_id", "fit_id")
        self.stops = {pk: (policy, fit) for pk, policy, fit in decided}

    def of(self, item: dict[str, Any]) -> dict[str, Any]:
        """The lineage of one row: public ids, numbers and digests, so that it can be hashed and handed out."""
        names = self.names
        policy, fit = self.stops.get(item["decision_id"], (0, 0))
        return {
            "item": item["item_public_id"],
            "pass": item["pass_number"],
            "resolution": {
                "id": item["public_id"],
                "authority": AUTHORITIES[item["authority"]],
                "policy": names.policies.get(policy),
                "fit": names.fits.get(fit or 0),
            },
            "labels": [self._label(label, item["salt"]) for label in self.labels[item["item_id"]]],
            "rejected": [{"label": label, "rejection": by} for _, label, by in self.rejected[item["item_id"]]],
            "round": self._round(item),
            "predictions": [
                {"model": names.models[model][0], "pipeline": names.models[model][1]}
                for _, model in self.predictions[item["example_id"]]
            ],
        }

    def _label(self, label: tuple[Any, ...], salt: bytes) -> dict[str, Any]:
        _, public_id, labeller, answer, abstention, schema, guideline, policy = label
        return {
            "id": public_id,
            "labeller": self.names.members[labeller],
            "answer": content.answer_hash_of(salt, answer).hex() if answer else None,
            "abstention": abstention,
            "schema": self.names.schemas[schema],
            "guideline": self.names.guidelines[guideline],
            "policy": self.names.policies[policy],
        }

    def _round(self, item: dict[str, Any]) -> dict[str, Any] | None:
        if item["round_id"] is None:
            return None
        number, strategy = self.names.rounds[item["round_id"]]
        inclusion = item["inclusion"]
        return {
            "number": number,
            "strategy": strategy,
            "inclusion": None if inclusion is None else round(inclusion * canonical.MILLION),
            "by_probability": item["by_probability"],
        }


def chunked(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))


def grouped(rows: Iterable[tuple[Any, ...]]) -> defaultdict[Any, list[tuple[Any, ...]]]:
    """By their first value."""
    groups: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
