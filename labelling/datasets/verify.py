"""Checking an exported folder offline: the bytes, then every row's hash, the root, `data_id` and `version_id`.

No Django and no network. What is found is a list of sentences that name the file and the row.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.merkle import Tree

MOST_PROBLEMS = 200
CHUNK_BYTES = 1 << 20


@dataclass
class Verification:
    """What was found. `rows`: in the version; `checked`: rows whose content was hashed; `erased`: content erased;
    `left_out`: rows of splits that were not asked for. Good when `problems` is empty."""

    version_id: str = ""
    data_id: str = ""
    project: str = ""
    number: int = 0
    rows: int = 0
    checked: int = 0
    erased: int = 0
    left_out: int = 0
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
    path: str | Path, *, splits: Sequence[str] = content.SPLITS, version_id: str | None = None
) -> Verification:
    """Check a folder that `export` or the client's `download` wrote.

    splits: the splits that must be there (the client leaves `test` out unless asked). version_id: what it has to be,
    for who knows it from elsewhere; without it a folder that is consistent in itself passes. Never raises for what is
    wrong with the folder.
    """
    path = Path(path)
    found = Verification()
    if not path.is_dir():
        found.add(f"{path}: is not a folder")
        return found
    listed = _check_sums(path, found)
    manifest = _check_manifest(path, found, version_id)
    formats = {name.rpartition(".")[2] for name in listed if name.startswith("data/")}
    if len(formats) != 1 or not formats <= set(layout.FORMATS):
        found.add(f"{layout.SUMS}: must list data files of one format of {', '.join(layout.FORMATS)}")
    elif not (path / layout.LEAVES).is_file():
        found.add(f"{layout.LEAVES}: is missing, so no row can be checked")
    else:
        _check_rows(path, formats.pop(), splits, manifest, found)
    return found


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
    """What version_id is the hash of; {} when it can't be read."""
    try:
        document = canonical.loads((path / layout.MANIFEST).read_text(encoding="utf-8"))
        manifest: dict[str, Any] = document["manifest"]
        found.version_id, found.data_id = document["version_id"], manifest["data_id"]
        found.project, found.number = document["project"], document["number"]
        version_id, data_id = content.identify(manifest), content.identify(manifest["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        found.add(f"{layout.MANIFEST}: can't be read as a manifest ({type(error).__name__}: {error})")
        return {}
    if version_id != found.version_id:
        found.add(f"{layout.MANIFEST}: version_id is {found.version_id}, but its content gives {version_id}")
    if data_id != found.data_id:
        found.add(f"{layout.MANIFEST}: data_id is {found.data_id}, but its content gives {data_id}")
    if expected and found.version_id != expected:
        found.add(f"{layout.MANIFEST}: this is version {found.version_id}, not {expected}")
    return manifest


class _Rows:
    """Walks one data file beside the list of leaves; both are in the order of the keys."""

    def __init__(self, path: Path, name: str, found: Verification) -> None:
        self.name, self.found, self.number = name, found, 0
        self.last = b""
        self.texts = self._texts(path / name)
        self.head: tuple[bytes, str | bytes, dict[str, Any]] | None = None
        self.advance()

    def _texts(self, file: Path) -> Iterator[str | bytes]:
        if not file.is_file():
            return
        try:
            yield from layout.read_texts(file, self.name.rpartition(".")[2])
        except (ValueError, OSError) as error:
            self.found.add(f"{self.name}, row {self.number + 1}: {error}")

    def advance(self) -> None:
        """The next row that can be read and is in order becomes the head; others are reported."""
        for text in self.texts:
            self.number += 1
            try:
                row = canonical.loads(text)  # type: ignore[arg-type]  # msgspec reads bytes as well as text
                key = row["key"].encode()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.found.add(f"{self.name}, row {self.number}: is not a row ({error})")
                continue
            if key <= self.last:
                self.found.add(f"{self.name}, row {self.number} (key {row['key']!r}): is out of order or there twice")
                continue
            self.last = key
            self.head = (key, text, row)
            return
        self.head = None

    def take(self, key: str, split: str, salt: bytes, leaf: str) -> bool:
        """Compare the row of that key with its leaf. False when the file has no such row."""
        wanted = key.encode()
        while self.head and self.head[0] < wanted:
            self.found.add(f"{self.name}, row {self.number} (key {self.head[2]['key']!r}): is not in {layout.LEAVES}")
            self.advance()
        if not self.head or self.head[0] != wanted:
            return False
        _, text, row = self.head
        where = f"{self.name}, row {self.number} (key {key!r})"
        if row.get("split") != split:
            self.found.add(f"{where}: says it belongs to {row.get('split')!r}")
        if content.leaf_of(salt, text).hex() != leaf:
            self.found.add(f"{where}: its content is not what the version froze")
        self.advance()
        return True

    def finish(self) -> None:
        while self.head:
            self.found.add(f"{self.name}, row {self.number} (key {self.head[2]['key']!r}): is not in {layout.LEAVES}")
            self.advance()


def _check_rows(
    path: Path, file_format: str, splits: Sequence[str], manifest: dict[str, Any], found: Verification
) -> None:
    files = {split: _Rows(path, layout.data_name(split, file_format), found) for split in splits}
    for split, rows in files.items():
        if not (path / rows.name).is_file():
            found.add(f"{rows.name}: is missing; without it the rows of {split} can't be checked")
    tree, lineage = Tree(), Tree()
    for entry in _leaves(path / layout.LEAVES, found):
        tree.add(bytes.fromhex(entry["leaf"]))
        lineage.add(bytes.fromhex(entry["lineage_hash"]))
        _check_row(entry, files, found)
    for rows in files.values():
        rows.finish()
    found.rows = tree.size
    if not manifest:
        return
    data = manifest["data"]
    if data.get("rows") != tree.size:
        found.add(f"{layout.LEAVES}: holds {tree.size} rows, the manifest says {data.get('rows')}")
    if data.get("root") != tree.root().hex():
        found.add(f"{layout.LEAVES}: the leaves' root is {tree.root().hex()}, the manifest says {data.get('root')}")
    if manifest.get("lineage_root") != lineage.root().hex():
        found.add(f"{layout.LEAVES}: the root over lineage_hash is not the manifest's lineage_root")


def _check_row(entry: dict[str, Any], files: dict[str, _Rows], found: Verification) -> None:
    key, split = entry["key"], entry["split"]
    if entry["salt"] is None:
        found.erased += 1
    elif split not in files:
        found.left_out += 1
    elif files[split].take(key, split, bytes.fromhex(entry["salt"]), entry["leaf"]):
        found.checked += 1
    else:
        found.add(f"{files[split].name}: the row of key {key!r} is missing")


def _leaves(path: Path, found: Verification) -> Iterator[dict[str, Any]]:
    last = b""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{layout.LEAVES}, line {number}"
            try:
                entry = canonical.loads(line)  # type: ignore[arg-type]  # msgspec reads bytes as well as text
                key = entry["key"].encode()
                sound = _is_leaf(entry)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found.add(f"{where}: is not a leaf ({type(error).__name__}: {error})")
                continue
            if not sound:
                found.add(f"{where} (key {entry['key']!r}): leaf, lineage_hash, salt or split is not what it must be")
                continue
            if key <= last:
                found.add(f"{where} (key {entry['key']!r}): is out of order or there twice")
            last = key
            yield entry


def _is_leaf(entry: dict[str, Any]) -> bool:
    salt = entry["salt"]
    hashes = [bytes.fromhex(entry["leaf"]), bytes.fromhex(entry["lineage_hash"])]
    return (
        entry["split"] in content.SPLITS
        and all(len(digest) == 32 for digest in hashes)
        and (salt is None or len(bytes.fromhex(salt)) == content.SALT_BYTES)
    )
