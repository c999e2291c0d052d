"""doccano's JSON Lines in their four shapes."""

import io
import json
import zipfile

import pytest

from labelling.incoming import doccano
from labelling.incoming.found import Refused
from labelling.incoming.opening import Export, unpacked
from tests.incoming.exports import as_lines, planned


def read(*exports: Export, **options):
    return planned(*exports, source="doccano", **options)


def answers(plan):
    return [(one.item, one.labeller, json.loads(one.answer)) for one in plan.labels]


def left(plan):
    return {one["what"]: one["items"] for one in plan.left}


def test_one_class_an_example_is_a_single_choice_by_a_labeller_a_file():
    ana = as_lines([{"id": 1, "text": "a", "label": ["good"]}, {"id": 2, "text": "b", "label": ["bad"]}], "ana.jsonl")
    bo = as_lines([{"id": 1, "text": "a", "labels": ["bad"]}, {"id": 2, "text": "b", "label": []}], "bo.jsonl")
    plan = read(ana, bo)
    assert plan.kind == "single_choice"
    assert answers(plan) == [("1", "ana", {"choice": "good"}), ("1", "bo", {"choice": "bad"}),
                             ("2", "ana", {"choice": "bad"})]  # fmt: skip
    assert left(plan) == {"an example without a label, taken as an item that is still to be labelled": ["2"]}


def test_several_classes_are_a_multiple_choice():
    plan = read(as_lines([{"id": 1, "text": "a", "label": ["x", "y"]}, {"id": 2, "text": "b", "label": ["y"]}]))
    assert plan.kind == "multiple_choice"
    assert answers(plan)[0] == ("1", "all", {"choices": ["x", "y"]})


@pytest.mark.parametrize("row", [
    {"text": "💩 EU rejects", "label": [[2, 4, "ORG"]]},
    {"text": "💩 EU rejects", "entities": [{"id": 0, "start_offset": 2, "end_offset": 4, "label": "ORG"}]},
])  # fmt: skip
def test_spans_as_lists_and_as_objects_count_code_points(row):
    plan = read(as_lines([{"id": 1, **row}]))
    assert answers(plan) == [("1", "all", {"spans": [{"start": 2, "end": 4, "label": "ORG"}]})]
    assert any("emoji" in what for what in left(plan))


def test_spans_can_be_read_as_utf_16():
    plan = read(as_lines([{"id": 1, "text": "💩 EU", "label": [[3, 5, "ORG"]]}]), offsets="utf-16")
    assert answers(plan)[0][2] == {"spans": [{"start": 2, "end": 4, "label": "ORG"}]}


def test_relations_and_comments_are_listed_and_kept_and_other_keys_stay_data():
    row = {"id": 1, "text": "EU", "source": "wire", "Comments": ["hm"], "relations": [{"from_id": 0, "to_id": 1}],
           "entities": [{"start_offset": 0, "end_offset": 2, "label": "ORG"}]}  # fmt: skip
    plan = read(as_lines([row]))
    assert left(plan) == {"a comment": ["1"], "a relation": ["1"]}
    line = json.loads(plan.lines[0])
    assert line["payload"] == {"text": "EU", "source": "wire"}
    assert {one["what"] for one in line["metadata"]["doccano"]["not_taken"]} == {"a comment", "a relation"}


def test_boxes_in_pixels_need_the_size_of_their_picture():
    box = {"x": 10, "y": 20, "width": 30, "height": 40, "label": "cat"}
    known = {"id": 1, "filename": "a.png", "width": 100, "height": 200, "bbox": [box]}
    plan = read(as_lines([known, {"id": 2, "filename": "b.png", "bbox": [box]}]))
    cat = {"label": "cat", "x": 1000, "y": 1000, "width": 3000, "height": 2000}
    assert answers(plan) == [("1", "all", {"boxes": [cat]})]
    assert left(plan)["a box in pixels of a picture whose size isn't known"] == ["2"]
    sized = doccano.read(
        [as_lines([{"id": 2, "filename": "b.png", "bbox": [box]}])], counted="", sizes={"b.png": (100, 200)}
    )
    assert sized.items["2"].labels[0].answer == {"boxes": [cat]}


def test_a_zip_of_a_file_a_labeller_is_taken_apart():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ana.jsonl", '{"id": 1, "text": "a", "label": ["x"]}\n')
        archive.writestr("sub/bo.jsonl", '{"id": 1, "text": "a", "label": ["y"]}\n')
        archive.writestr("__MACOSX/._bo.jsonl", "rubbish")
    plan = read(*unpacked("export.zip", packed.getvalue()))
    assert [labeller for _, labeller, _ in answers(plan)] == ["ana", "bo"]


def test_examples_without_ids_get_keys_that_files_of_others_share():
    rows = [{"text": "a", "label": ["x"]}, {"text": "a", "label": ["y"]}]
    plan = read(as_lines(rows, "ana.jsonl"), as_lines(rows, "bo.jsonl"))
    assert plan.n_items == 2
    assert len(plan.labels) == 4


@pytest.mark.parametrize(("rows", "where"), [
    ([{"id": 1, "label": ["x"]}], "all.jsonl, line 1, text"),
    ([{"id": 1, "text": "a", "label": [7]}], "all.jsonl, line 1, label"),
    ([{"id": 1, "text": "a", "label": [[0, "A"]]}], "line 1, 1. span"),
    ([{"id": 1, "text": "a", "label": [[0, 1, ""]]}], "line 1, 1. span"),
    ([{"id": 1, "text": "a", "label": ["x"]}, {"id": 2, "text": "b", "label": [[0, 1, "A"]]}], "line 2"),
    ([{"id": 1, "text": "a", "label": ["x"]}, {"id": 1, "text": "a", "label": ["y"]}], "line 2"),
    ([{"id": 1, "text": "a", "label": ["x"]}, {"id": 1, "text": "b", "label": ["y"]}], "line 2"),
    ([{"id": 1, "filename": "a", "bbox": [{"x": 1}]}], ""),
])  # fmt: skip
def test_what_cant_be_read_is_refused_with_its_line(rows, where):
    with pytest.raises(Refused) as refused:
        read(as_lines([{**row, "width": 5, "height": 5} if "bbox" in row else row for row in rows]))
    assert where in str(refused.value)


def test_a_label_config_is_refused():
    with pytest.raises(Refused, match="config: is for Label Studio"):
        read(as_lines([{"id": 1, "text": "a", "label": ["x"]}]), config=b"<View/>")
