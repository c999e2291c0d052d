"""Checking an exported folder offline: the bytes, then every row's hash, the root, `data_id` and `version_id`.

No Django and no network. What is found is a list of sentences that name the file and the row.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.merkle import root_of
from labelling.datasets.texts import bytes_of, leaves_of

MOST_PROBLEMS = 200
CHUNK_BYTES = 1 << 20


@dataclass
class Verification:
    """What was found. `rows`: in the version; `checked`: rows whose content was hashed; `erased`: content erased;
    `left_out`: rows of splits that were not asked for; `by_bytes`: the format can't be hashed row by row, so only the
    files' bytes and the ids were checked; `file_format`: as the manifest says. Good when `problems` is empty."""

    version_id: str = ""
    data_id: str = ""
    project: str = ""
    number: int = 0
    rows: int = 0
    checked: int = 0
    erased: int = 0
    left_out: int = 0
    by_bytes: bool = False
    file_format: str = ""
    problems: list[str] = field(default_factory=list)
    n_problems: int = 0

    def add(self, problem: str) -> None:
        self.n_problems += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    @property
    def good(self) -> bool:
        return not self.n_problems


def verify_directory(
    path: str | Path, *, splits: Sequence[str] | None = None, version_id: str | None = None
) -> Verification:
    """Check a folder that `export` or the client's `download` wrote.

    splits: the splits that must be there; without it, those that the manifest says were exported. version_id: what it
    has to be, for who knows it from elsewhere; without it a folder that is consistent in itself passes. Never raises
    for what is wrong with the folder.
    """
    path = Path(path)
    found = Verification()
    if not path.is_dir():
        found.add(f"{path}: is not a folder")
        return found
    listed = _check_sums(path, found)
    document = _check_manifest(path, found, version_id)
    manifest = document.get("manifest", {})
    file_format = document.get("format")
    found.file_format = str(file_format or "")
    # Beside the hash: whoever edits a file can edit this too, so rows that can be hashed always are.
    if file_format not in layout.FORMATS and document.get("verifies") == "bytes":
        found.rows = manifest["data"].get("rows", 0)
        found.by_bytes = True
    elif file_format not in layout.FORMATS:
        found.add(f"{layout.MANIFEST}: format must be one of {', '.join(layout.FORMATS)}, not {file_format!r}")
    elif not (path / layout.LEAVES).is_file():
        found.add(f"{layout.LEAVES}: is missing, so no row can be checked")
    else:
        exported = document.get("splits", content.SPLITS)
        for split in set(splits or ()) - set(exported):
            found.add(f"{layout.MANIFEST}: the split {split} is not in this export, which holds {', '.join(exported)}")
        _check_strays(sorted(listed), exported, found)
        _check_rows(path, sorted(listed), file_format, splits or exported, manifest, found)
    return found


def _check_strays(names: Sequence[str], exported: Sequence[str], found: Verification) -> None:
    """Somebody would read a data file that no row was checked of."""
    known = {name for split in exported for name in layout.data_files(names, split)}
    for name in names:
        if name.startswith("data/") and name not in known:
            found.add(f"{name}: is of none of the splits that {layout.MANIFEST} says were exported")


def _check_sums(path: Path, found: Verification) -> dict[str, str]:
    """The files that SHA256SUMS lists; missing, changed and unlisted ones are reported."""
    try:
        lines = (path / layout.SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        found.add(f"{layout.SUMS}: can't be read ({error})")
        return {}
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        digest, gap, name = line.partition("  ")
        if not gap or len(digest) != 64 or not name or name.startswith("/") or ".." in Path(name).parts:
            found.add(f"{layout.SUMS}, line {number}: must be a SHA-256, two spaces and a file's name")
        else:
            listed[name] = digest
    for name, digest in listed.items():
        if not (path / name).is_file():
            found.add(f"{name}: is missing")
        elif file_digest(path / name) != digest:
            found.add(f"{name}: its bytes changed; the SHA-256 is not the one in {layout.SUMS}")
    there = {file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()}
    for name in sorted(there - set(listed) - {layout.SUMS}):
        found.add(f"{name}: is not listed in {layout.SUMS}")
    for name in (layout.MANIFEST, layout.LEAVES):
        if name not in listed:
            found.add(f"{layout.SUMS}: does not list {name}")
    return listed


def file_digest(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _check_manifest(path: Path, found: Verification, expected: str | None) -> dict[str, Any]:
    """The document that holds what version_id is the hash of; {} when it can't be read."""
    try:
        document: dict[str, Any] = canonical.loads((path / layout.MANIFEST).read_text(encoding="utf-8"))
        manifest: dict[str, Any] = document["manifest"]
        found.version_id, found.data_id = document["version_id"], manifest["data_id"]
        found.project, found.number = document["project"], document["number"]
        _check_shape(document)
        version_id, data_id = content.identify(manifest), content.identify(manifest["data"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        found.add(f"{layout.MANIFEST}: can't be read as a manifest ({type(error).__name__}: {error})")
        return {}
    if version_id != found.version_id:
        found.add(f"{layout.MANIFEST}: version_id is {found.version_id}, but its content gives {version_id}")
    if data_id != found.data_id:
        found.add(f"{layout.MANIFEST}: data_id is {found.data_id}, but its content gives {data_id}")
    if expected and found.version_id != expected:
        found.add(f"{layout.MANIFEST}: this is version {found.version_id}, not {expected}")
    return document


def _check_shape(document: dict[str, Any]) -> None:
    """Raises TypeError for what is not of the type that we write."""
    manifest, splits = document["manifest"], document.get("splits", list(content.SPLITS))
    told: list[tuple[str, Any, type]] = [
        ("data", manifest["data"], dict), ("splits of manifest", manifest.get("splits", {}), dict),
        ("format", document.get("format"), str), ("project", document["project"], str),
        ("number", document["number"], int),
    ]  # fmt: skip
    for name, value, of in told:
        if not isinstance(value, of):
            raise TypeError(f"{name} must be of type {of.__name__}")
    if not isinstance(splits, list) or not splits or not all(split in content.SPLITS for split in splits):
        raise TypeError(f"splits must be a list of some of {', '.join(content.SPLITS)}")


class _Split:
    """The rows of one split: what the leaves say must be there, walked beside what its data files hold."""

    def __init__(self, name: str, leaves: pa.Table, found: Verification) -> None:
        self.name, self.found, self.at, self.last = name, found, 0, b""
        self.leaves = leaves.filter(pc.and_(pc.equal(leaves["split"], name), pc.is_valid(leaves["salt"])))
        self.keys = keys_of(self.leaves["key"])

    def take(self, file: str, first: int, read: layout.Texts) -> None:
        """Compare some rows, of which the first is row `first` of the file, with their leaves."""
        keys = keys_of(read.keys)
        if np.array_equal(keys, self.keys[self.at : self.at + len(keys)]):
            here, there = np.arange(len(keys)), np.arange(self.at, self.at + len(keys))
            self.at += len(keys)
            self.last = keys[-1] if len(keys) else self.last
        else:
            here, there = self._matched(file, first, keys)
        leaves = self.leaves.take(there).combine_chunks()
        hashes = leaves_of(leaves["salt"].combine_chunks(), read.texts.take(pa.array(here)))
        wrong = (hashes != bytes_of(leaves["leaf"].combine_chunks())).any(axis=1)
        astray = pc.not_equal(read.splits.take(pa.array(here)), self.name).to_numpy(zero_copy_only=False)
        for number in np.flatnonzero(wrong | astray):
            where = f"{file}, row {first + here[number]} (key {keys[here[number]].decode()!r})"
            if astray[number]:
                self.found.add(f"{where}: says it belongs to {read.splits[int(here[number])].as_py()!r}")
            if wrong[number]:
                self.found.add(f"{where}: its content is not what the version froze")
        self.found.checked += len(here)

    def _matched(self, file: str, first: int, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the rows that have a leaf, and those of the leaves; all others are reported."""
        pairs = []
        for number, key in enumerate(keys):
            where = f"{file}, row {first + number} (key {key.decode()!r})"
            if key <= self.last:
                self.found.add(f"{where}: is out of order or there twice")
                continue
            self.last = key
            self._missing_before(key)
            if self.at < len(self.keys) and self.keys[self.at] == key:
                pairs.append((number, self.at))
                self.at += 1
            else:
                self.found.add(f"{where}: is not in {layout.LEAVES}")
        found = np.array(pairs, np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def _missing_before(self, key: bytes | None) -> None:
        while self.at < len(self.keys) and (key is None or self.keys[self.at] < key):
            self.found.add(f"data of {self.name}: the row of key {self.keys[self.at].decode()!r} is missing")
            self.at += 1

    def finish(self) -> None:
        self._missing_before(None)


def _check_rows(
    path: Path, names: Sequence[str], file_format: str, splits: Sequence[str], manifest: dict[str, Any],
    found: Verification,
) -> None:  # fmt: skip
    leaves = _leaves(path / layout.LEAVES, found)
    if leaves is None:
        return
    salted = pc.is_valid(leaves["salt"]).to_numpy()
    asked = pc.is_in(leaves["split"], pa.array(list(splits))).to_numpy()
    found.rows, found.left_out = len(leaves), int((~asked).sum())
    found.erased = int((asked & ~salted).sum())
    for split in splits:
        rows = _Split(split, leaves, found)
        for name in layout.data_files(names, split):
            _take_file(path, name, file_format, rows)
        rows.finish()
    if manifest:
        _check_roots(leaves, manifest, found)


def _take_file(path: Path, name: str, file_format: str, rows: _Split) -> None:
    first = 1
    try:
        for read in layout.read_texts(path / name, file_format):
            rows.take(name, first, read)
            first += len(read.keys)
    except FileNotFoundError:
        return  # it is missing, as was said where the sums were checked
    except (ValueError, OSError, RecursionError) as error:
        rows.found.add(f"{name}, from row {first} on: {error}")


def _leaves(path: Path, found: Verification) -> pa.Table | None:
    """Of layout.leaves_schema(), sorted by key; what is wrong with it is reported."""
    try:
        table = pq.read_table(path, use_threads=False)
        table = table.select(layout.leaves_schema().names).cast(layout.leaves_schema())
        table.validate(full=True)
    except (pa.ArrowException, KeyError, OSError) as error:
        found.add(f"{layout.LEAVES}: can't be read ({error})")
        return None
    for name in ("key", "split", "leaf", "lineage_hash"):
        if table[name].null_count:
            found.add(f"{layout.LEAVES}: column {name} has rows without a value")
            return None
    unknown = pc.invert(pc.is_in(table["split"], pa.array(content.SPLITS)))
    for key in table["key"].filter(unknown).to_pylist():
        found.add(f"{layout.LEAVES} (key {key!r}): its split is not one of {', '.join(content.SPLITS)}")
    keys = keys_of(table["key"])
    for number in np.flatnonzero(keys[1:] <= keys[:-1]):
        where = f"{layout.LEAVES}, row {number + 2} (key {keys[number + 1].decode()!r})"
        found.add(f"{where}: is out of order or there twice")
    return table.combine_chunks()


def _check_roots(leaves: pa.Table, manifest: dict[str, Any], found: Verification) -> None:
    data = manifest["data"]
    root, lineage_root = (
        root_of(bytes_of(leaves[name].combine_chunks())).hex() if len(leaves) else root_of(b"").hex()
        for name in ("leaf", "lineage_hash")
    )
    if data.get("rows") != len(leaves):
        found.add(f"{layout.LEAVES}: holds {len(leaves)} rows, the manifest says {data.get('rows')}")
    for split, n_rows in manifest.get("splits", {}).items():
        n_there = pc.sum(pc.equal(leaves["split"], split)).as_py() or 0
        if n_there != n_rows:
            found.add(f"{layout.LEAVES}: holds {n_there} rows of {split}, the manifest says {n_rows}")
    if data.get("root") != root:
        found.add(f"{layout.LEAVES}: the leaves' root is {root}, the manifest says {data.get('root')}")
    if manifest.get("lineage_root") != lineage_root:
        found.add(f"{layout.LEAVES}: the root over lineage_hash is not the manifest's lineage_root")


def keys_of(column: Any) -> np.ndarray:
    """UTF-8 bytes of the keys, object (n,)."""
    found: np.ndarray = column.cast(pa.binary()).to_numpy(zero_copy_only=False)
    return found
