"""What led to rows: labels, rejections, rounds, predictions, as canonical JSON that a version commits to.

The texts are put together column by column, for thousands of rows at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelling import canonical
from labelling.assignment.models import Label, RejectedLabel
from labelling.consensus.models import Authority, Fit
from labelling.datasets import arrow, texts
from labelling.datasets.runs import among, joined_between, run_of
from labelling.ingest.models import ModelVersion, Prediction
from labelling.projects.models import GuidelineVersion, Member, PolicyVersion, Project, SchemaVersion
from labelling.sampling.models import Item, SamplingRound

AUTHORITIES = {authority.value: authority.name.lower() for authority in Authority}
LABELS = pa.schema([
    ("item_id", pa.int64()), ("public_id", pa.string()), ("labeller_id", pa.int64()), ("answer", pa.string()),
    ("abstention", pa.string()), ("schema_id", pa.int64()), ("guideline_id", pa.int64()), ("policy_id", pa.int64()),
])  # fmt: skip
REJECTED = pa.schema([
    ("label__item_id", pa.int64()), ("label__public_id", pa.string()), ("rejection__public_id", pa.string()),
])  # fmt: skip
PREDICTIONS = pa.schema([("example_id", pa.int64()), ("model_version_id", pa.int64())])


class Names:
    """What the rows of a project that others point at are called outside, as JSON, by the row's id."""

    def __init__(self, project: Project) -> None:
        def of(model: Any, *names: str) -> dict[int, str]:
            rows = model.objects.filter(project=project).values_list("pk", *names)
            return {pk: canonical.dumps(rest[0] if len(rest) == 1 else rest) for pk, *rest in rows}

        self.schemas, self.guidelines = of(SchemaVersion, "number"), of(GuidelineVersion, "number")
        self.policies, self.fits = of(PolicyVersion, "number"), of(Fit, "number")
        self.members = of(Member, "public_id")
        rounds = SamplingRound.objects.filter(project=project).values_list("pk", "number", "strategy")
        self.rounds = {pk: f'"number":{n},"strategy":{canonical.dumps(strategy)}' for pk, n, strategy in rounds}
        models = ModelVersion.objects.filter(project=project).values_list("pk", "model", "pipeline")
        self.models = {pk: canonical.dumps({"model": model, "pipeline": line}) for pk, model, line in models}


class Histories:
    """What led to some rows: read in a constant number of statements, told a part of them at a time.

    raw: of approved.RAW; a run of a project's items is read fastest.
    """

    def __init__(self, raw: pa.Table, names: Names) -> None:
        self.names = names
        items = raw["item_id"].to_numpy()
        counted, run = Label.objects.counted().filter(among("item", items)), run_of(items)
        if run:
            counted = counted.filter(joined_between(Item, *run))
        self.labels = _Grouped(counted.order_by("item_id", "id"), LABELS, in_order=run is not None)
        rejected = RejectedLabel.objects.filter(among("label__item", items), lifted_at=None)
        self.rejected = _Grouped(rejected.order_by("label__item_id", "label_id", "rejection_id"), REJECTED)
        examples = among("example", raw["example_id"].to_numpy())
        said = Prediction.objects.filter(examples).order_by("example_id", "model_version_id")
        self.predictions = _Grouped(said, PREDICTIONS)

    def of(self, raw: pa.RecordBatch) -> pa.Array:
        """The lineage of each of these rows as canonical JSON: the labels that count, those that no longer do, what
        models said; by public ids, numbers and digests, so that it can be hashed and handed out."""
        names, items = self.names, raw.column("item_id")
        return texts.joined([
            '{"item":"', texts.escaped(raw.column("item_public_id")),
            '","labels":[', self.labels.joined(items, lambda found, row: self._labels(found, raw.column("salt"), row)),
            '],"pass":', pc.cast(raw.column("pass_number"), pa.string()),
            ',"predictions":[', self.predictions.joined(raw.column("example_id"), self._predictions),
            '],"rejected":[', self.rejected.joined(items, self._rejected),
            '],"resolution":{"authority":"', named(raw.column("authority"), AUTHORITIES),
            '","fit":', pc.fill_null(named(raw.column("fit_id"), names.fits), "null"),
            ',"id":"', texts.escaped(raw.column("public_id")),
            '","policy":', pc.fill_null(named(raw.column("decided_under"), names.policies), "null"),
            '},"round":', self._rounds(raw), "}",
        ])  # fmt: skip

    def _labels(self, found: pa.RecordBatch, salts: pa.Array, row: np.ndarray) -> pa.Array:
        """The JSON of each label; row: the number of the row that it belongs to, (n,)."""
        names = self.names
        return texts.joined([
            '{"abstention":"', texts.escaped(found.column("abstention")),
            '","answer":', _answers(found.column("answer"), salts, row),
            ',"guideline":', named(found.column("guideline_id"), names.guidelines),
            ',"id":"', texts.escaped(found.column("public_id")),
            '","labeller":', named(found.column("labeller_id"), names.members),
            ',"policy":', named(found.column("policy_id"), names.policies),
            ',"schema":', named(found.column("schema_id"), names.schemas), "}",
        ])  # fmt: skip

    def _predictions(self, found: pa.RecordBatch, row: np.ndarray) -> pa.Array:
        return named(found.column("model_version_id"), self.names.models)

    @staticmethod
    def _rejected(found: pa.RecordBatch, row: np.ndarray) -> pa.Array:
        label, rejection = (texts.escaped(found.column(name)) for name in REJECTED.names[1:])
        return texts.joined(['{"label":"', label, '","rejection":"', rejection, '"}'])

    def _rounds(self, raw: pa.RecordBatch) -> pa.Array:
        millionths = np.rint(raw.column("inclusion").to_numpy(zero_copy_only=False) * canonical.MILLION)
        inclusion = pa.array(millionths, from_pandas=True).cast(pa.int64()).cast(pa.string())
        drawn = pc.if_else(raw.column("by_probability"), "true", "false")
        whole = texts.joined([
            '{"by_probability":', drawn, ',"inclusion":', pc.fill_null(inclusion, "null"), ",",
            pc.fill_null(named(raw.column("round_id"), self.names.rounds), ""), "}",
        ])  # fmt: skip
        return pc.if_else(raw.column("round_id").is_valid(), whole, "null")


@dataclass(init=False)
class _Grouped:
    """What a query finds, ordered by its first column, by which rows ask for it."""

    table: pa.RecordBatch
    owner: np.ndarray

    def __init__(self, found: Any, schema: pa.Schema, in_order: bool = False) -> None:
        read = list(arrow.batches(found.values_list(*schema.names), schema, in_order=in_order))
        columns = [column.combine_chunks() for column in pa.Table.from_batches(read, schema).columns]
        self.table = pa.RecordBatch.from_arrays(columns, schema=schema)
        self.owner = self.table.column(0).to_numpy()

    def joined(self, owners: pa.Array, told: Callable[[pa.RecordBatch, np.ndarray], pa.Array]) -> pa.Array:
        """What is `told` of everything that each of these owners has, with commas in between."""
        wanted = owners.to_numpy()
        first, last = (np.searchsorted(self.owner, wanted, side=side) for side in ("left", "right"))
        n = last - first
        ends = np.concatenate([[0], np.cumsum(n)])
        place = np.repeat(first - ends[:-1], n) + np.arange(ends[-1])
        found = told(self.table.take(pa.array(place)), np.repeat(np.arange(len(wanted)), n))
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends, pa.int32()), found), ",")


def named(column: pa.Array, names: Mapping[int, str]) -> pa.Array:
    """The name of each value; null stays null."""
    coded = column.dictionary_encode()
    return pa.array([names[value] for value in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _answers(answers: pa.Array, salts: pa.Array, row: np.ndarray) -> pa.Array:
    """`content.answer_hash_of` each answer as a JSON text, null for an abstention: once for the labels of an item that
    say the same."""
    coded = answers.dictionary_encode()
    said, several = np.unique(row * max(1, len(coded.dictionary)) + coded.indices.to_numpy(), return_inverse=True)
    item, answer = np.divmod(said, max(1, len(coded.dictionary)))
    different = coded.dictionary.take(pa.array(answer))
    hashes = texts.hashes_of(b"\x02", salts.take(pa.array(item)), different)
    return pc.if_else(pc.equal(different, ""), "null", texts.hexed(hashes, quote='"')).take(pa.array(several))
