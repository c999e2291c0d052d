"""Exported folders: exact, whole or absent, and checked offline."""

import os
import shutil
import subprocess
from itertools import pairwise

import pyarrow.csv
import pyarrow.parquet
import pytest

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.export import Options, TargetNotEmpty, UnknownFormat, export_version
from labelling.datasets.verify import file_digest, verify_directory
from tests.datasets.helpers import add_item, labelled_project, publish_now
from tests.datasets.stored import empty

AWKWARD = 'a "quoted", semi;\r\ncolon\nline, =1+1 \u2028 é'


@pytest.fixture(scope="module")
def published(rows_of_the_file):
    project, _, _ = labelled_project(10)
    add_item(project, number=90, text=AWKWARD)
    return publish_now(project, message="first")


@pytest.fixture(scope="module")
def exported(published, tmp_path_factory):
    """{format: the folder of the version in it}, which nobody changes."""
    folder = tmp_path_factory.mktemp("exported")
    return {name: export_version(version=published, file_format=name, to=folder / name) for name in layout.FORMATS}


@pytest.fixture
def version(published, db):
    return published


@pytest.fixture(params=layout.FORMATS)
def folder(request, exported, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(exported[request.param], tmp_path / "out")


def file_of(folder, split="train"):
    [path] = (folder / "data").glob(f"{split}-*")
    return path


def fix_sums(folder):
    """What somebody who edits a file would do next."""
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != layout.SUMS
    )
    lines = [f"{file_digest(folder / name)}  {name}\n" for name in names]
    (folder / layout.SUMS).write_text("".join(lines))


def read(path):
    """The rows of a data file, {field: value}."""
    for texts in layout.read_texts(path, path.suffix[1:]):
        yield from (canonical.loads(text) for text in texts.texts.to_pylist())


def rewrite(path, change):
    """Read the cells of a data file, let `change` alter the list, write them in the same format."""
    kind = path.suffix[1:]
    rows = list(read(path))
    change(rows)
    if kind == "jsonl":
        path.write_text("".join(content.text_of(row) + "\n" for row in rows))
        return
    table = pyarrow.Table.from_pylist([layout.to_cells(row) for row in rows], schema=layout.arrow_schema())
    {"csv": pyarrow.csv.write_csv, "parquet": pyarrow.parquet.write_table}[kind](table, path)


def test_what_was_exported_verifies(folder, version):
    found = verify_directory(folder, version_id=version.version_id)
    assert found.problems == []
    assert (found.rows, found.checked, found.data_id) == (11, 11, version.data_id)


def test_another_version_id_than_expected_is_named(folder):
    assert "not " + "0" * 64 in verify_directory(folder, version_id="0" * 64).problems[0]


def test_a_changed_byte_is_found_in_every_file(folder):
    for path in [path for path in folder.rglob("*") if path.is_file() and path.name != layout.SUMS]:
        before = path.read_bytes()
        path.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:])
        name = path.relative_to(folder).as_posix()
        assert any(problem.startswith(f"{name}: its bytes changed") for problem in verify_directory(folder).problems)
        path.write_bytes(before)
    assert verify_directory(folder).good


def test_a_changed_label_is_named_although_the_sums_were_fixed(folder):
    rewrite(file_of(folder), lambda rows: rows[0].update(label="no match"))
    fix_sums(folder)
    [problem] = verify_directory(folder).problems
    assert "row 1 (key 'item-0001')" in problem


@pytest.mark.parametrize("field", content.FIELDS)
def test_a_change_of_any_cell_is_found(folder, field):
    other = {"key": "item-0000", "split": "validation", "answer": {"choice": "maybe"}, "confidence": 1,
             "posterior": None}.get(field, "x")  # fmt: skip
    rewrite(file_of(folder), lambda rows: rows[1].update({field: other}))
    fix_sums(folder)
    assert not verify_directory(folder).good


def test_swapped_rows_are_named_although_the_sums_were_fixed(folder):
    def swap(rows):
        rows[0], rows[1] = rows[1], rows[0]

    rewrite(file_of(folder), swap)
    fix_sums(folder)
    problems = verify_directory(folder).problems
    assert any("'item-0001'" in problem and "out of order" in problem for problem in problems)


def test_missing_and_added_rows_are_named(folder):
    rewrite(file_of(folder), lambda rows: rows.pop(0))
    rewrite(file_of(folder, "test"), lambda rows: rows.append({**rows[-1], "key": "zzz"}))
    fix_sums(folder)
    problems = verify_directory(folder).problems
    assert [problem for problem in problems if "'item-0001' is missing" in problem]
    assert [problem for problem in problems if "(key 'zzz'): is not in leaves.parquet" in problem]


def test_a_file_that_is_missing_or_not_listed_is_named(folder):
    gone = file_of(folder, "validation")
    gone.unlink()
    (folder / "notes.txt").write_text("mine")
    problems = verify_directory(folder).problems
    assert f"data/{gone.name}: is missing" in problems
    assert "notes.txt: is not listed in SHA256SUMS" in problems


def test_leaves_that_fit_other_rows_do_not_fit_the_manifest(folder):
    path = folder / layout.LEAVES
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).slice(1), path)
    fix_sums(folder)
    assert any("the leaves' root" in problem for problem in verify_directory(folder).problems)


def test_a_manifest_edited_to_fit_has_another_version_id(folder):
    path = folder / layout.MANIFEST
    document = canonical.loads(path.read_text())
    document["manifest"]["lineage_root"] = "0" * 64
    path.write_text(canonical.dumps(document))
    fix_sums(folder)
    assert any("version_id is" in problem for problem in verify_directory(folder).problems)


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"[]\n", b"{}\n", b'{"key":1}\n', b"a,b\n1,2,3\n", b"\x00"])
def test_junk_in_any_file_is_a_problem_and_not_a_crash(folder, junk):
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        before = path.read_bytes()
        path.write_bytes(junk)
        assert not verify_directory(folder).good
        if path.name in (layout.MANIFEST, layout.LEAVES) or path.parent.name == "data":
            shutil.copy(folder / layout.SUMS, folder.parent / "sums")
            fix_sums(folder)
            assert not verify_directory(folder).good
            shutil.copy(folder.parent / "sums", folder / layout.SUMS)
        path.write_bytes(before)


def test_a_folder_that_is_not_there_is_a_problem(tmp_path):
    assert "is not a folder" in verify_directory(tmp_path / "nothing").problems[0]
    assert not verify_directory(tmp_path).good


def test_sha256sum_agrees(folder):
    subprocess.run([shutil.which("sha256sum"), "--check", "--quiet", layout.SUMS], cwd=folder, check=True)


@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
def test_text_exports_are_the_same_bytes_every_time(version, tmp_path, file_format):
    one = export_version(version=version, file_format=file_format, to=tmp_path / "one")
    two = export_version(version=version, file_format=file_format, to=tmp_path / "two")
    assert (one / layout.SUMS).read_bytes() == (two / layout.SUMS).read_bytes()


def test_an_export_never_touches_a_folder_with_something_in_it(version, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(TargetNotEmpty):
        export_version(version=version, file_format="csv", to=tmp_path)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_an_unknown_format_is_refused_with_the_formats_there_are(version, tmp_path):
    with pytest.raises(UnknownFormat, match="jsonl, csv, parquet"):
        export_version(version=version, file_format="xlsx", to=tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_version_still_verifies_when_a_row_was_erased(version, tmp_path):
    empty(version, "item-0002")
    for file_format in layout.FORMATS:
        folder = export_version(version=version, file_format=file_format, to=tmp_path / file_format)
        found = verify_directory(folder, version_id=version.version_id)
        assert (found.problems, found.erased, found.checked) == ([], 1, 10)


def test_a_download_without_test_verifies_only_when_that_is_said(version, tmp_path):
    folder = export_version(version=version, file_format="jsonl", to=tmp_path / "out")
    file_of(folder, "test").unlink()
    fix_sums(folder)
    assert not verify_directory(folder).good
    found = verify_directory(folder, splits=("train", "validation"))
    assert (found.problems, found.left_out) == ([], 2)


def test_rows_of_each_file_are_in_the_order_of_their_keys(folder):
    for path in (folder / "data").iterdir():
        keys = [row["key"].encode() for row in read(path)]
        assert all(one < other for one, other in pairwise(keys))


def edit_manifest(folder, **changes):
    path = folder / layout.MANIFEST
    path.write_text(canonical.dumps({**canonical.loads(path.read_text()), **changes}))
    fix_sums(folder)


@pytest.mark.parametrize("changes", [{"verifies": "bytes"}, {"splits": ["test"]}, {"splits": []}, {"splits": None}])
def test_what_stands_beside_the_hash_does_not_hide_a_changed_label(folder, version, changes):
    rewrite(file_of(folder), lambda rows: rows[0].update(label="match, really"))
    edit_manifest(folder, **changes)
    assert not verify_directory(folder, version_id=version.version_id).good


def test_a_data_file_that_no_row_was_checked_of_is_named(folder):
    path = file_of(folder)
    shutil.copy(path, path.with_name("more" + path.suffix))
    fix_sums(folder)
    assert any("data/more" in problem for problem in verify_directory(folder).problems)


def test_a_row_can_not_be_left_out_as_one_of_another_split(version, tmp_path):
    options = Options(splits=("train", "validation"))
    folder = export_version(version=version, file_format="jsonl", to=tmp_path / "out", options=options)
    rewrite(file_of(folder), lambda rows: rows.pop(0))
    leaves = pyarrow.parquet.read_table(folder / layout.LEAVES).to_pylist()
    taken = next(row for row in leaves if row["split"] == "train")
    taken.update(split="test", salt=None)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(leaves, layout.leaves_schema()), folder / layout.LEAVES)
    fix_sums(folder)
    assert any("rows of train, the manifest says" in problem for problem in verify_directory(folder).problems)


@pytest.mark.parametrize("odd", [3, "x", [], {}, [1], True])
def test_an_odd_manifest_is_a_problem_and_not_a_crash(folder, odd):
    document = canonical.loads((folder / layout.MANIFEST).read_text())
    for name in document["manifest"]:
        edit_manifest(folder, manifest={**document["manifest"], name: odd})
        assert not verify_directory(folder).good, name


def test_what_is_nested_without_end_is_a_problem_and_not_a_crash(folder):
    deep = "[" * 100_000
    (folder / layout.MANIFEST).write_text(deep)
    file_of(folder).write_text(f'{{"key":"a","split":"train","x":{deep}')
    fix_sums(folder)
    assert not verify_directory(folder).good


def test_keys_that_are_no_text_are_a_problem_and_not_a_crash(folder):
    table = pyarrow.parquet.read_table(folder / layout.LEAVES)
    odd = pyarrow.array([b"\xff\xfe"] * len(table), pyarrow.binary())
    pyarrow.parquet.write_table(table.set_column(0, "key", odd), folder / layout.LEAVES)
    fix_sums(folder)
    assert any(layout.LEAVES in problem for problem in verify_directory(folder).problems)
