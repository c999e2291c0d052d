"""Label Studio, doccano and COCO: what their importers take, for every kind that they can hold."""

import base64
import io
import json
from xml.etree import ElementTree

import pytest
from PIL import Image

from labelling import canonical
from labelling.datasets.formats import FORMATS, NotHeld, UnknownFormat, Vote, check_held, format_of
from labelling.schemas import KINDS
from tests.datasets.formats.made import about, rows_of, written

HELD = {name: [kind for kind in KINDS if FORMATS[name].holds(kind)] for name in ("label-studio", "doccano", "coco")}
AT = "2026-11-22T10:00:00+00:00"


def document(folder, split="train", part="data"):
    [path] = (folder / part).glob(f"{split}-00000-of-00001.json")
    return json.loads(path.read_text())


def lines(folder, split="train"):
    [path] = (folder / "data").glob(f"{split}-00000-of-00001.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_every_kind_can_go_to_label_studio_and_only_boxes_to_coco():
    assert HELD["label-studio"] == list(KINDS)
    assert HELD["coco"] == ["boxes"]
    assert set(KINDS) - set(HELD["doccano"]) == {"preference", "ranking"}


def test_a_kind_that_a_format_cannot_hold_is_refused_with_the_formats_that_can():
    with pytest.raises(NotHeld, match=r"coco can't hold labels of the kind spans.*jsonl, csv, parquet, label-s"):
        check_held(format_of("coco"), kind="spans")
    with pytest.raises(UnknownFormat, match=r"xlsx.*jsonl, csv, parquet, label-studio, doccano, coco"):
        format_of("xlsx")


@pytest.mark.parametrize("kind", HELD["label-studio"])
def test_tasks_of_label_studio_fit_their_config(tmp_path, kind):
    folder = written(tmp_path / "out", "label-studio", kind=kind)
    view = ElementTree.parse(folder / "label_config.xml").getroot()  # noqa: S314 - written here
    named = {tag.get("name"): tag for tag in view.iter() if tag.get("name")}
    control = named["answer"]
    known = {part.get("alias") for part in control}
    tasks = document(folder)
    assert [task["meta"]["quorum"]["key"] for task in tasks] == ["0000", "0001", "0004", "0005"]
    for task in tasks:
        for name, tag in named.items():
            assert name == "answer" or task["data"][tag.get("value").removeprefix("$")]
        for one in task["predictions"] + task["annotations"]:
            for result in one["result"]:
                assert (result["from_name"], result["type"]) == ("answer", control.tag.lower())
                assert result["to_name"] == control.get("toName")
                assert set(result["to_name"].split(",")) <= set(named)
                [said] = [value for name, value in result["value"].items() if name == result["type"]] or [[]]
                assert not known or set(map(str, said)) <= known
        [annotation], [prediction] = task["annotations"], task["predictions"]
        assert (annotation["result"], prediction["score"]) == (prediction["result"], 0.875)
        assert "completed_by" not in annotation
        assert "probabilities" not in prediction


def values(folder):
    return [[result["value"] for result in task["predictions"][0]["result"]] for task in document(folder)[:2]]


def test_places_are_those_of_label_studio(tmp_path):
    boxes = written(tmp_path / "boxes", "label-studio", kind="boxes")
    assert values(boxes) == [
        [{"x": 10, "y": 20, "width": 30, "height": 25, "rotation": 0, "rectanglelabels": ["car"]}], [],
    ]  # fmt: skip
    [result] = document(boxes)[0]["predictions"][0]["result"]
    assert (result["original_width"], result["original_height"]) == (800, 600)
    rows = rows_of("spans", 2)
    rows[0]["payload"] = canonical.payload_text({"text": "😀 Alice flew"})
    rows[0]["answer"] = {"spans": [{"start": 2, "end": 7, "label": "person"}]}
    spans = written(tmp_path / "spans", "label-studio", kind="spans", rows=rows)
    assert values(spans)[0] == [{"start": 2, "end": 7, "text": "Alice", "labels": ["person"]}]
    ranked = written(tmp_path / "ranking", "label-studio", kind="ranking")
    assert values(ranked)[1] == [{"ranker": {"answer": ["2", "1", "0"]}}]
    assert [one["id"] for one in document(ranked)[0]["data"]["answers_list"]] == ["0", "1", "2"]


def test_a_pair_without_ties_is_a_pair_in_label_studio(tmp_path):
    definition = KINDS["preference"].check_definition({**KINDS["preference"].example, "ties": []})
    folder = written(
        tmp_path / "out", "label-studio", kind="preference", described=about("preference", definition=definition)
    )
    assert values(folder) == [[{"selected": "left"}], [{"selected": "right"}]]
    assert b'<Pairwise name="answer" toName="shown_2,shown_3" />' in (folder / "label_config.xml").read_bytes()
    assert document(folder)[0]["data"]["answers_2"] == "It reflects the sea."


def test_a_scale_that_does_not_begin_with_1_is_a_choice_in_label_studio(tmp_path):
    definition = {**about("rating").definition, "scale": {"low": -1, "high": 1, "look": "numbers"}}
    rows = [{**row, "answer": {"rating": -1}} for row in rows_of("rating", 2)]
    folder = written(
        tmp_path / "out", "label-studio", kind="rating", rows=rows, described=about("rating", definition=definition)
    )
    assert values(folder)[0] == [{"choices": ["-1"]}]


def votes_of(kind, n=8):
    answers = [row["answer"] for row in rows_of(kind, 2)]
    given = [Vote("q7", "", canonical.dumps(answers[0]), "", AT, 2.5), Vote("q8", "Ada", None, "unclear", AT)]
    return [given] * n


def test_votes_of_label_studio_stand_under_pseudonyms_and_an_abstention_is_a_skip(tmp_path):
    folder = written(tmp_path / "out", "label-studio", votes=votes_of("single_choice"), soft_labels=True)
    one, other = document(folder)[1]["annotations"]
    assert one["completed_by"] == {"id": 1, "email": "q7@labellers.invalid", "first_name": ""}
    assert (one["result"][0]["value"], one["was_cancelled"], one["lead_time"]) == ({"choices": ["yes"]}, False, 2.5)
    assert (other["completed_by"]["first_name"], other["was_cancelled"], other["abstention"]) == (
        "Ada",
        True,
        "unclear",
    )
    assert document(folder)[0]["predictions"][0]["probabilities"] == {"no": 0.125, "yes": 0.875}


@pytest.mark.parametrize(("kind", "expected"), [
    ("single_choice", ["yes"]), ("multiple_choice", ["delivery"]), ("rating", ["1"]),
    ("spans", [[0, 11, "person"], [22, 29, "place"]]), ("transcription", ["Alice Munro flew to Oslo."]),
])  # fmt: skip
def test_lines_of_doccano_hold_text_and_label(tmp_path, kind, expected):
    first = lines(written(tmp_path / "out", "doccano", kind=kind))[0]
    assert (first["label"], first["id"], first["confidence"]) == (expected, "0000", 0.875)
    assert first["text"].startswith("How do I change a tyre?\n\nLoosen" if kind == "rating" else "Alice Munro")
    assert first["note"] == "" and "probabilities" not in first


def test_boxes_of_doccano_are_in_pixels_of_the_file(tmp_path):
    first = lines(written(tmp_path / "out", "doccano", kind="boxes"))[0]
    assert first["bbox"] == [{"x": 80, "y": 120, "width": 240, "height": 150, "label": "car"}]
    assert first["filename"].startswith("data:image/svg+xml")


def test_votes_of_doccano_are_a_file_a_labeller(tmp_path):
    folder = written(tmp_path / "out", "doccano", votes=votes_of("single_choice"))
    found = sorted(path.relative_to(folder).as_posix() for path in (folder / "votes").rglob("*.jsonl"))
    assert found == ["votes/test/q7.jsonl", "votes/train/q7.jsonl", "votes/validation/q7.jsonl"]
    rows = [json.loads(line) for line in (folder / "votes" / "train" / "q7.jsonl").read_bytes().splitlines()]
    assert [(row["id"], row["label"]) for row in rows][:2] == [("0000", ["yes"]), ("0001", ["yes"])]
    assert len(rows) == 4


def test_a_document_of_coco_counts_in_pixels_and_carries_the_confidence(tmp_path):
    found = document(written(tmp_path / "out", "coco", kind="boxes", soft_labels=True))
    assert found["categories"] == [{"id": 1, "name": "car"}, {"id": 2, "name": "bicycle"}]
    assert [(one["id"], one["width"], one["attributes"]["key"]) for one in found["images"]] == [
        (1, 800, "0000"), (2, 800, "0001"), (3, 800, "0004"), (4, 800, "0005"),
    ]  # fmt: skip
    assert [(one["image_id"], one["bbox"], one["area"]) for one in found["annotations"]] == [
        (1, [80, 120, 240, 150], 36_000), (3, [80, 120, 240, 150], 36_000),
    ]  # fmt: skip
    assert found["annotations"][0]["attributes"] == {
        "authority": "crowd", "confidence": 0.875, "probabilities": {"yes": 0.875, "no": 0.125},
    }  # fmt: skip


def test_votes_of_coco_are_a_document_of_their_own(tmp_path):
    folder = written(tmp_path / "out", "coco", kind="boxes", votes=votes_of("boxes"))
    found = document(folder, part="votes")
    assert [one["attributes"] for one in found["annotations"]] == [{"labeller": "q7"}] * 4
    assert sorted(path.name for path in folder.rglob("*") if path.suffix == ".annotations") == []


def picture(width, height, *, turned=False):
    image, data, exif = Image.new("RGB", (width, height)), io.BytesIO(), Image.Exif()
    if turned:
        exif[0x0112] = 6
    image.save(data, "JPEG", exif=exif)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()


def test_an_image_in_the_payload_is_measured_as_browsers_show_it(tmp_path):
    rows = rows_of("boxes", 2)
    rows[0]["payload"] = canonical.payload_text({"photo": picture(40, 20)})
    rows[1]["payload"] = canonical.payload_text({"photo": {"url": picture(40, 20, turned=True), "alt": "on its side"}})
    found = document(written(tmp_path / "out", "coco", kind="boxes", rows=rows))
    assert [(one["width"], one["height"], one["file_name"]) for one in found["images"]] == [
        (40, 20, "0000"), (20, 40, "0001"),
    ]  # fmt: skip


@pytest.mark.parametrize("file_format", ["coco", "doccano"])
def test_boxes_on_images_of_unknown_size_are_refused_with_their_rows(tmp_path, file_format):
    rows = rows_of("boxes", 2)
    rows[1]["payload"] = canonical.payload_text({"photo": "https://example.org/a.png"})
    with pytest.raises(NotHeld, match=r"size of the image is not known of 1 row\(s\): '0001'"):
        written(tmp_path / "out", file_format, kind="boxes", rows=rows)
    broken = canonical.payload_text({"photo": "data:image/png;base64,AAAA"})
    with pytest.raises(NotHeld, match="'0000', '0001'"):
        written(tmp_path / "two", file_format, kind="boxes", rows=[{**row, "payload": broken} for row in rows])
