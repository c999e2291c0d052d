"""Checking stored versions against their own hashes: for `doctor`."""

import zlib
from typing import Any

import numpy as np
import pyarrow as pa

from labelling import blobs, canonical
from labelling.datasets import content, texts
from labelling.datasets.models import Segment, SegmentContent, Version
from labelling.datasets.reading import open_segments, rows_of
from labelling.datasets.rows import Rows
from labelling.datasets.segments import Opened, row_batch
from labelling.ingest.models import Example
from labelling.sampling.models import Item

# What reading files or rows that somebody altered may raise.
UNREADABLE = (pa.ArrowException, ValueError, KeyError, IndexError, zlib.error)


def check_segment(segment: Segment) -> list[str]:
    """Recompute the digest of each blob of a segment and every hash of its rows; a sentence a fault, naming the row."""
    faults = []
    standing = list(SegmentContent.objects.filter(segment=segment, gone_at=None).values_list("digest", flat=True))
    if len(standing) != 1:
        return [f"{segment}: has no content, or two"]
    for name, digest in (("index", segment.index), ("lineage", segment.lineage), ("content", standing[0])):
        try:
            if blobs.digest_of(blobs.path_of(digest)) != digest:
                faults.append(f"{segment}: the bytes of its {name} are not those that were stored")
        except blobs.MissingBlob:
            faults.append(f"{segment}: its {name}, blob {digest}, is missing")
    if faults:
        return faults
    [opened] = open_segments([segment])
    try:
        return [f"{segment} {fault}" for fault in _segment_faults(opened)]
    except UNREADABLE as error:
        return [f"{segment}: can't be read ({type(error).__name__}: {error})"]


def _segment_faults(opened: Opened) -> list[str]:
    faults, at = [], 0
    keys = opened.keys()
    faults += [f"row {row + 2}: is out of the order of its key's bytes"
               for row in np.flatnonzero(keys[1:] <= keys[:-1])]  # fmt: skip
    for held in opened.groups():
        index = opened.index.slice(at, len(held)).combine_chunks()
        lineages = opened.lineage(np.arange(at, at + len(held))).combine_chunks()
        faults += [f"row {at + row + 1} (key {keys[at + row].decode()!r}): {fault}"
                   for row, fault in _row_faults(index, held, lineages)]  # fmt: skip
        at += len(held)
    return [*faults, f"holds {at} rows of content, not {len(keys)}"] if at != len(keys) else faults


def _row_faults(index: pa.Table, held: pa.RecordBatch, lineages: pa.Array) -> list[tuple[int, str]]:
    found = {
        "its lineage is not the one that was hashed": _differ(index, "lineage_hash", texts.digests(lineages)),
        "its item is not the one in its lineage": _wrong_items(index, lineages),
    }
    there = np.flatnonzero(held.column("salt").is_valid().to_numpy(zero_copy_only=False))
    rows = row_batch(index, held).take(pa.array(there))
    salts, kept = held.column("salt").take(pa.array(there)), index.take(there)
    leaves = texts.leaves_of(salts, texts.texts_of(rows))
    answers = texts.hashes_of(b"\x02", salts, rows.column("answer"))
    found["its content is not what was frozen"] = there[_differ(kept, "leaf", leaves)]
    found["its answer_hash is not the one of its answer"] = there[_differ(kept, "answer_hash", answers)]
    found["its content is gone without a record of erasure"] = _unrecorded(index, held)
    return sorted((int(row), fault) for fault, rows in found.items() for row in rows)


def _differ(index: pa.Table, name: str, hashes: np.ndarray) -> np.ndarray:
    return np.flatnonzero((texts.bytes_of(index[name].combine_chunks()) != hashes).any(axis=1))


def _wrong_items(index: pa.Table, lineages: pa.Array) -> np.ndarray:
    ids = index["item"].to_pylist()
    known = dict(Item.objects.filter(pk__in=ids).values_list("pk", "public_id"))
    wrong = [known.get(pk) != _item_in(text) for pk, text in zip(ids, lineages.to_pylist(), strict=True)]
    return np.flatnonzero(wrong)


def _unrecorded(index: pa.Table, held: pa.RecordBatch) -> np.ndarray:
    """Rows without content whose example no erasure took."""
    gone = np.flatnonzero(~held.column("salt").is_valid().to_numpy(zero_copy_only=False))
    examples = index["example"].take(gone).to_pylist()
    erased = set(Example.objects.filter(pk__in=examples).exclude(erased_at=None).values_list("pk", flat=True))
    return gone[[example not in erased for example in examples]] if len(gone) else gone


def _item_in(lineage: str) -> Any:
    try:
        return canonical.loads(lineage)["item"]
    except (ValueError, KeyError, TypeError):
        return None


def check_version(version: Version) -> list[str]:
    """Recompute the roots and ids of a version from the hashes of its rows; a sentence a fault."""
    try:
        rows = rows_of(version)
        found = [f"{version}: {fault}" for fault in _version_faults(version, rows)]
    except blobs.MissingBlob as error:
        return [f"{version}: can't be read, since blob {error} is missing"]
    except UNREADABLE as error:
        return [f"{version}: can't be read ({type(error).__name__}: {error})"]
    return found


def _version_faults(version: Version, rows: Rows) -> list[str]:
    try:
        manifest = canonical.loads(version.manifest)
        data = manifest["data"]
        told = (manifest["data_id"], manifest["lineage_root"], manifest["parent"], manifest["checks"])
        governed = (manifest["schema"], manifest["guideline"]["number"], manifest["policy"]["number"])
    except (ValueError, KeyError, TypeError) as error:
        return [f"its manifest can't be read ({type(error).__name__}: {error})"]
    parent = Version.objects.filter(pk__in=[version.parent_id or 0]).values_list("version_id", flat=True).first()
    of_project = (version.schema, version.guideline, version.policy)
    in_force = tuple(row.number if row.project_id == version.project_id else None for row in of_project)
    live = {part.segment: part.n_live for part in rows.parts}
    counted = dict(version.parts.values_list("segment", "n_live"))
    found = {
        "version_id is not the hash of the manifest": canonical.digest(version.manifest) != version.version_id,
        "data_id is not the manifest's": told[0] != version.data_id,
        "data_id is not the hash of schema, split rule, rows and root": content.identify(data) != version.data_id,
        "the rows' root is not the one in the manifest": data["root"] != rows.root().hex(),
        f"it has {rows.n_rows} rows, not {data['rows']}": not rows.n_rows == data["rows"] == version.n_rows,
        "the number of rows it holds of a segment is not the one that its deletion vector gives": live != counted,
        "the lineage's root is not the one in the manifest": told[1] != rows.lineage_root().hex(),
        "its parent is not the one in the manifest": (told[2], told[2] is None) != (parent, version.parent_id is None),
        "its schema, guideline or policy is not the one in the manifest": governed != in_force,
        "its checks' report is not the one in the manifest": told[3]
        != canonical.digest(canonical.dumps(version.checks)),
        "its split rule is not the one in the manifest": data["split_rule"] != version.split_rule,
    }
    return [fault for fault, is_so in found.items() if is_so]
