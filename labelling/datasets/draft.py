"""A version before it is one: its rows read once, checked, hashed and kept in a temporary file until they are written.

Reading once means that what was checked is what is frozen; the file keeps memory bounded.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from labelling import canonical
from labelling.datasets import approved, content
from labelling.datasets.checks import Checks
from labelling.datasets.merkle import Tree
from labelling.projects.models import PolicyVersion, Project

MILLION = canonical.MILLION


class DraftRow(msgspec.Struct, array_like=True):
    key: str
    split: str
    leaf: str
    answer_hash: str
    item_id: int
    example_id: int
    salt: bytes
    text: str
    lineage: str
    lineage_hash: str


@dataclass
class Draft:
    """What a version would hold. `data`: what data_id is the hash of; `report`: the checks'."""

    data: dict[str, Any]
    lineage_root: str
    report: dict[str, Any]
    n_rows: int
    spool: IO[bytes]

    @property
    def data_id(self) -> str:
        return content.identify(self.data)

    def rows(self) -> Iterator[DraftRow]:
        decoder = msgspec.json.Decoder(DraftRow)
        self.spool.seek(0)
        for line in self.spool:
            yield decoder.decode(line)


def prepare(*, project: Project, before: dict[str, Any] | None) -> Draft:
    """Read and check the approved items of a project. before: the report of its newest version, or None.

    Call it inside a transaction; the caller closes `spool`.
    """
    schema, policy = project.schema, project.policy
    assert schema is not None and policy is not None
    checks = Checks(kind=schema.kind, definition=schema.definition)
    leaves, lineages = Tree(), Tree()
    encoder = msgspec.json.Encoder()
    spool = tempfile.TemporaryFile(prefix="quorum-draft-")  # noqa: SIM115 - the caller closes it
    for item in approved.read(project):
        row = _draft_row(item)
        checks.add(item.row)
        leaves.add(bytes.fromhex(row.leaf))
        lineages.add(bytes.fromhex(row.lineage_hash))
        spool.write(encoder.encode(row) + b"\n")
    data = content.data_of(
        kind=schema.kind, schema=schema.definition, split_rule=split_rule(policy), rows=leaves.size, root=leaves.root()
    )
    return Draft(data, lineages.root().hex(), checks.report(before=before), leaves.size, spool)


def _draft_row(item: approved.Approved) -> DraftRow:
    return DraftRow(
        key=item.row["key"],
        split=item.row["split"],
        leaf=content.leaf_of(item.salt, item.text).hex(),
        answer_hash=canonical.digest(canonical.dumps(item.row["answer"])),
        item_id=item.item_id,
        example_id=item.example_id,
        salt=item.salt,
        text=item.text,
        lineage=item.lineage,
        lineage_hash=canonical.digest(item.lineage),
    )


def split_rule(policy: PolicyVersion) -> dict[str, Any]:
    """How items got their split, with shares in millionths."""
    return {
        "by": "hash of the group, or of the key where there is none; assigned once",
        "test": round(policy.test_share * MILLION),
        "validation": round(policy.validation_share * MILLION),
    }


def policy_settings(policy: PolicyVersion) -> dict[str, Any]:
    """Every setting of a policy without floats: shares and confidences in millionths."""
    left_out = {"id", "project", "created_at", "created_by"}
    values = {field.name: getattr(policy, field.name) for field in policy._meta.concrete_fields
              if field.name not in left_out}  # fmt: skip
    return {name: round(value * MILLION) if isinstance(value, float) else value for name, value in values.items()}


def manifest_of(
    draft: Draft, *, project: Project, parent: str | None, checks: dict[str, Any], code: str
) -> dict[str, Any]:
    """What version_id is the hash of. parent: the version_id before this one. No author, time or message."""
    schema, policy, guideline = project.schema, project.policy, project.guideline
    assert schema is not None and policy is not None and guideline is not None
    return {
        "data": draft.data,
        "data_id": draft.data_id,
        "lineage_root": draft.lineage_root,
        "schema": schema.number,
        "guideline": {"number": guideline.number, "digest": canonical.digest(guideline.text)},
        "policy": policy_settings(policy),
        "code": code,
        "checks": canonical.digest(canonical.dumps(checks)),
        "parent": parent,
    }
