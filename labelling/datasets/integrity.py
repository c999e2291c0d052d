"""Checking a stored version against its own hashes: for `doctor`."""

from typing import Any

from labelling import canonical
from labelling.datasets import content
from labelling.datasets.merkle import Tree
from labelling.datasets.models import RowContent, Version, VersionRow
from labelling.datasets.stored import stored_rows


def check_version(version: Version) -> list[str]:
    """Recompute every hash of a version from what is stored; returns a sentence a fault, naming the row."""
    faults: list[str] = []
    leaves, lineages = Tree(), Tree()
    last = b""
    for expected, (row, stored) in enumerate(stored_rows(version, with_lineage=True)):
        where = f"{version} row {row.position} (key {row.key!r})"
        if row.position != expected:
            faults.append(f"{where}: should be row {expected}; a row is missing or moved")
        if row.key.encode() <= last:
            faults.append(f"{where}: is out of the order of its key's bytes")
        last = row.key.encode()
        faults += [f"{where}: {fault}" for fault in _row_faults(row, stored)]
        leaves.add(_digest(row.leaf))
        lineages.add(_digest(row.lineage_hash))
    return faults + [f"{version}: {fault}" for fault in _version_faults(version, leaves, lineages)]


def _digest(text: str) -> bytes:
    """32 bytes; those of a text that isn't a digest match nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def _row_faults(row: VersionRow, stored: RowContent | None) -> list[str]:
    faults = []
    if canonical.digest(row.lineage) != row.lineage_hash:
        faults.append("its lineage is not the one that was hashed")
    elif _item_in(row.lineage) != row.item.public_id:
        faults.append("its item is not the one in its lineage")
    if stored is None:
        return [*faults, "its content is missing"]
    if stored.content is None or stored.salt is None:
        return faults if stored.erased_at else [*faults, "its content is gone without a record of erasure"]
    if content.leaf_of(bytes(stored.salt), stored.content).hex() != row.leaf:
        return [*faults, "its content is not what was frozen"]
    held = canonical.loads(stored.content)
    if held["key"] != row.key:
        faults.append(f"its key is not the one of its content, {held['key']!r}")
    if held["split"] != row.split:
        faults.append(f"it says split {row.split!r}, its content {held['split']!r}")
    if canonical.digest(canonical.dumps(held["answer"])) != row.answer_hash:
        faults.append("its answer_hash is not the one of its answer")
    return faults


def _item_in(lineage: str) -> Any:
    try:
        return canonical.loads(lineage)["item"]
    except (ValueError, KeyError, TypeError):
        return None


def _version_faults(version: Version, leaves: Tree, lineages: Tree) -> list[str]:
    try:
        manifest = canonical.loads(version.manifest)
        data = manifest["data"]
        told = (manifest["data_id"], manifest["lineage_root"], manifest["parent"], manifest["checks"])
        governed = (manifest["schema"], manifest["guideline"]["number"], manifest["policy"]["number"])
    except (ValueError, KeyError, TypeError) as error:
        return [f"its manifest can't be read ({type(error).__name__}: {error})"]
    parent = Version.objects.filter(pk__in=[version.parent_id or 0]).values_list("version_id", flat=True).first()
    rows = (version.schema, version.guideline, version.policy)
    in_force = tuple(row.number if row.project_id == version.project_id else None for row in rows)
    found = {
        "version_id is not the hash of the manifest": canonical.digest(version.manifest) != version.version_id,
        "data_id is not the manifest's": told[0] != version.data_id,
        "data_id is not the hash of schema, split rule, rows and root": content.identify(data) != version.data_id,
        "the rows' root is not the one in the manifest": data["root"] != leaves.root().hex(),
        f"it has {leaves.size} rows, not {data['rows']}": not leaves.size == data["rows"] == version.n_rows,
        "the lineage's root is not the one in the manifest": told[1] != lineages.root().hex(),
        "its parent is not the one in the manifest": (told[2], told[2] is None) != (parent, version.parent_id is None),
        "its schema, guideline or policy is not the one in the manifest": governed != in_force,
        "its checks' report is not the one in the manifest": told[3]
        != canonical.digest(canonical.dumps(version.checks)),
        "its split rule is not the one in the manifest": data["split_rule"] != version.split_rule,
    }
    return [fault for fault, is_so in found.items() if is_so]
