"""Label Studio's exports: what is taken, and what is listed."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.incoming.found import Refused
from labelling.incoming.opening import Export, unpacked
from tests.incoming.exports import MOODS, annotated, as_json, mood, planned, result, task

LEFT = lambda plan: {one["what"]: one["items"] for one in plan.left}  # noqa: E731  # a word for the tests below
TWO = [task(1, mood("good"), mood("bad", by=2)), task(2, mood("bad", by={"id": 2, "email": "bo@example.org"}))]


def answers(plan):
    return {(one.item, plan.names[one.labeller]): one.answer and json.loads(one.answer) for one in plan.labels}


def lines(plan):
    return [json.loads(line) for line in plan.lines]


def test_labels_come_with_labeller_time_and_seconds():
    plan = planned(as_json(TWO), config=MOODS)
    assert answers(plan) == {
        ("1", "1"): {"choice": "good"}, ("1", "bo@example.org"): {"choice": "bad"},
        ("2", "bo@example.org"): {"choice": "bad"},
    }  # fmt: skip
    assert plan.labels[0].seconds == 4.5
    assert plan.labels[0].at.isoformat() == "2026-01-05T10:00:00+00:00"


def test_without_a_config_the_question_is_read_from_the_results():
    plan = planned(as_json(TWO))
    assert plan.kind == "single_choice"
    assert [one["name"] for one in plan.definition["choices"]] == ["bad", "good"]
    assert plan.definition["input"] == {"kind": "text", "fields": ["text"]}


def test_names_that_the_config_lacks_are_added_and_said():
    plan = planned(as_json([task(1, mood("strange"))]), config=MOODS)
    assert [one["name"] for one in plan.definition["choices"]] == ["good", "bad", "strange"]
    assert "strange" in plan.others["names"]


def test_a_skip_is_an_abstention_and_ground_truth_is_gold():
    plan = planned(as_json([
        task(1, mood("good", was_cancelled=True, result=[])),
        task(2, mood("bad", ground_truth=True), mood("good", by=2)),
    ]), config=MOODS)  # fmt: skip
    assert answers(plan) == {("1", "1"): "", ("2", "2"): {"choice": "good"}}
    assert [(one.item, json.loads(one.answer)) for one in plan.gold] == [("2", {"choice": "bad"})]


def test_data_keep_every_key_and_the_rest_goes_into_the_metadata():
    data = {"text": "a", "n": 4, "deep": {"x": [1, None]}}
    plan = planned(
        as_json([task(7, mood("good", unique_id="u"), data=data, meta={"from": "x"}, inner_id=3)]), config=MOODS
    )
    (line,) = lines(plan)
    assert line["payload"] == data
    kept = line["metadata"]["label_studio"]
    assert kept["meta"] == {"from": "x"} and kept["inner_id"] == 3
    assert kept["annotations"] == [{"labeller": "1", "id": 9, "unique_id": "u"}]


def test_a_score_is_the_confidence_of_the_answer_unless_there_are_probabilities():
    said = {"model_version": "v7", "score": 0.9, "result": [result({"choices": ["bad"]})]}
    whole = {"model_version": "v8", "probabilities": {"good": 0.25, "bad": 0.75}}
    plan = planned(as_json([task(1, predictions=[said, whole])]), config=MOODS)
    assert [(line["model"], line["probabilities"]["bad"]) for line in lines(plan)] == [("v7", 0.9), ("v8", 0.75)]
    assert plan.n_predictions == 2


def test_predictions_that_cant_be_held_are_listed_and_kept():
    bare = {"model_version": "v7", "result": [result({"choices": ["bad"]})]}
    odd = {"model_version": "v8", "score": 12, "result": [result({"choices": ["bad"]})]}
    plan = planned(as_json([task(1, predictions=[bare, odd])]), config=MOODS)
    assert LEFT(plan)["a prediction without a score"] == ["1"]
    assert LEFT(plan)["a score that is no share of 1"] == ["1"]
    assert "12" in json.dumps(lines(plan)[0]["metadata"])


def test_the_newest_answer_of_a_labeller_counts_and_the_earlier_one_is_kept():
    first = mood("good", created_at="2026-01-01T00:00:00Z")
    plan = planned(as_json([task(1, first, mood("bad"))]), config=MOODS)
    assert list(answers(plan).values()) == [{"choice": "bad"}]
    assert LEFT(plan) == {"an earlier answer of the same labeller": ["1"]}


def test_reviews_drafts_relations_and_other_questions_are_listed_and_kept():
    other = [result({"text": ["why"]}, name="why", kind="textarea"), {"type": "relation", "from_id": "a", "to_id": "b"}]
    annotation = mood("good", reviews=[{"accepted": False, "created_by": 2}])
    annotation["result"] = [*annotation["result"], *other]
    plan = planned(as_json([task(5, annotation, drafts=[{"result": []}])]), config=MOODS)
    assert set(LEFT(plan)) == {
        "an answer to 'why', of the type 'textarea'", "a relation", "a draft that was never submitted",
        "a review that did not accept the answer; the answer counts all the same",
    }  # fmt: skip
    assert '"why"' in json.dumps(lines(plan)[0]["metadata"]) and '"from_id"' in json.dumps(lines(plan)[0]["metadata"])


# --- the kinds --------------------------------------------------------------------------------------------------------


def one(value_or_values, *, kind, config=None, data=None, **more):
    values = value_or_values if isinstance(value_or_values, list) else [value_or_values]
    results = [result(value, name="q", kind=kind, **more) for value in values]
    plan = planned(
        as_json([task(1, annotated(*results), data=data)]), config=config and f"<View>{config}</View>".encode()
    )
    return plan, (json.loads(plan.labels[0].answer) if plan.labels else None)


SPANS = '<Text name="text" value="$text"/><Labels name="q" toName="text"><Label value="A"/><Label value="B"/></Labels>'
BOXES = '<Image name="img" value="$img"/><RectangleLabels name="q" toName="img"><Label value="A"/></RectangleLabels>'


@pytest.mark.parametrize(("start", "end"), [(2, 7), (3, 8)])
def test_spans_after_an_emoji_are_placed_by_their_text(start, end):
    value = {"start": start, "end": end, "text": "Köln.", "labels": ["A"]}
    _, answer = one(value, kind="labels", config=SPANS, data={"text": "💩 Köln."})
    assert answer == {"spans": [{"start": 2, "end": 7, "label": "A"}]}


def test_overlapping_spans_and_two_labels_on_one_are_held():
    values = [{"start": 0, "end": 4, "labels": ["A", "B"]}, {"start": 2, "end": 6, "labels": ["A"]}]
    plan, answer = one(values, kind="labels", config=SPANS, data={"text": "abcdef"})
    assert plan.definition["overlap"] is True
    assert len(answer["spans"]) == 3


def test_a_span_outside_the_text_is_listed_and_the_others_are_taken():
    values = [{"start": 0, "end": 40, "labels": ["A"]}, {"start": 0, "end": 2, "labels": ["A"]}]
    plan, answer = one(values, kind="labels", config=SPANS, data={"text": "abc"})
    assert answer == {"spans": [{"start": 0, "end": 2, "label": "A"}]}
    assert LEFT(plan)["a span that is not within the text"] == ["1"]


def test_an_annotation_that_marks_nothing_is_an_answer_of_nothing():
    plan = planned(as_json([task(1, annotated())]), config=f"<View>{SPANS}</View>".encode())
    assert [one.answer for one in plan.labels] == ['{"spans":[]}']


def test_boxes_in_percent_are_out_of_ten_thousand_and_stay_in_the_picture():
    values = [
        {"x": 10.004, "y": 0, "width": 50, "height": 99.999, "rotation": 0, "rectanglelabels": ["A"]},
        {"x": 90, "y": 90, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["A"]},
        {"x": 1, "y": 1, "width": 2, "height": 2, "rotation": 30, "rectanglelabels": ["A"]},
        {"points": [[0, 0]], "polygonlabels": ["A"]},
    ]
    plan, answer = one(values, kind="rectanglelabels", config=BOXES, data={"img": "/data/upload/1/a b.png"})
    assert answer["boxes"] == [
        {"label": "A", "x": 1000, "y": 0, "width": 5000, "height": 10000},
        {"label": "A", "x": 9000, "y": 9000, "width": 1000, "height": 1000},
    ]
    assert LEFT(plan)["a rotated box"] == ["1"]
    assert LEFT(plan)["a region without a label"] == ["1"]


def test_pictures_elsewhere_are_shown_below_the_given_address_and_the_data_stay():
    value = {"x": 1, "y": 1, "width": 2, "height": 2, "rectanglelabels": ["A"]}
    export = as_json(
        [task(1, annotated(result(value, name="q", kind="rectanglelabels")), data={"img": "s3://b/a.png"})]
    )
    plan = planned(export, config=f"<View>{BOXES}</View>".encode(), images="https://pictures.example/")
    payload = lines(plan)[0]["payload"]
    assert payload["img"] == "s3://b/a.png"
    assert payload[plan.definition["input"]["fields"][0]].startswith("https://pictures.example/")


@pytest.mark.parametrize(("kind_", "value", "config", "data", "expected"), [
    ("textarea", {"text": ["as it is"]}, '<Text name="text" value="$text"/><TextArea name="q" toName="text"/>', None,
     {"text": "as it is"}),
    ("rating", {"rating": 3}, '<Text name="text" value="$text"/><Rating name="q" toName="text"/>', None, {"rating": 3}),
    ("pairwise", {"selected": "right"},
     '<Text name="a" value="$a"/><Text name="b" value="$b"/><Pairwise name="q" toName="a,b"/>', {"a": "1", "b": "2"},
     {"preferred": "second"}),
    ("ranker", {"ranker": {"rank": ["y", "x"]}}, '<List name="l" value="$l"/><Ranker name="q" toName="l"/>',
     {"l": [{"id": "x", "title": "X"}, {"id": "y", "title": "Y", "body": "why"}]}, {"order": [1, 0]}),
    ("choices", {"choices": ["b", "a"]}, '<Text name="text" value="$text"/><Choices name="q" toName="text" '
     'choice="multiple"><Choice value="a"/><Choice value="b"/></Choices>', None, {"choices": ["a", "b"]}),
])  # fmt: skip
def test_each_kind_of_answer_is_ours(kind_, value, config, data, expected):
    assert one(value, kind=kind_, config=config, data=data)[1] == expected


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4))
def test_every_box_becomes_a_valid_one_within_half_a_step(sides):
    x, y, width, height = sides
    value = {"x": x, "y": y, "width": max(width, 0.01), "height": max(height, 0.01), "rectanglelabels": ["A"]}
    plan, answer = one(value, kind="rectanglelabels", config=BOXES, data={"img": "/a.png"})
    if x >= 100 or y >= 100:
        assert answer == {"boxes": []} and LEFT(plan)
        return
    (box,) = answer["boxes"]
    assert (
        abs(box["x"] - 100 * x) <= 1 and abs(box["x"] + box["width"] - min(100 * (x + value["width"]), 10_000)) <= 1.5
    )


# --- other shapes -----------------------------------------------------------------------------------------------------

FLAT = [
    {"id": 1, "text": "a", "mood": "good", "annotator": 1, "annotation_id": 1, "created_at": "2026-01-05T10:00:00Z",
     "lead_time": 2.5},
    {"id": 1, "text": "a", "mood": "bad", "annotator": "bo@example.org", "annotation_id": 2},
    {"id": 2, "text": "b", "mood": "bad", "annotator": 1, "annotation_id": 3},
]  # fmt: skip
OF_FLAT = {("1", "1"): {"choice": "good"}, ("1", "bo@example.org"): {"choice": "bad"}, ("2", "1"): {"choice": "bad"}}


def as_table(rows, delimiter, name):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return Export(name, text.getvalue().encode())


@pytest.mark.parametrize("export", [
    as_json(FLAT), as_table(FLAT, ",", "export.csv"), as_table(FLAT, "\t", "export.tsv"),
], ids=["json_min", "csv", "tsv"])  # fmt: skip
@pytest.mark.parametrize("asked", [{"config": MOODS}, {"question": "mood"}], ids=["config", "question"])
def test_rows_of_annotations_are_put_together_by_item(export, asked):
    plan = planned(export, **asked)
    assert answers(plan) == OF_FLAT
    assert [line["payload"] for line in lines(plan)] == [{"text": "a"}, {"text": "b"}]


def test_rows_with_spans_need_no_config():
    row = FLAT[0] | {"q": [{"start": 0, "end": 1, "text": "a", "labels": ["A"]}]}
    del row["mood"]
    assert planned(as_json([row])).kind == "spans"


def test_rows_with_bare_texts_need_to_be_told_which_is_the_answer():
    with pytest.raises(Refused, match="question: "):
        planned(as_json(FLAT))


def test_bare_data_are_items_that_wait_with_keys_that_stay():
    rows = [{"text": "a"}, {"text": "b"}, {"text": "a"}]
    first, again = (planned(as_json(rows), config=MOODS) for _ in range(2))
    keys = [line["id"] for line in lines(first)]
    assert keys == [line["id"] for line in lines(again)]
    assert len(set(keys)) == 3 and keys[2] == f"{keys[0]}-2"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("export", "where"), [
    (Export("x.json", b"[{}"), "x.json"),
    (Export("x.json", b""), "x.json"),
    (Export("x.json", b"hello"), "x.json"),
    (Export("x.json", b"[3]"), "x.json, item 1"),
    (Export("x.csv", b"\xff\xfe"), "x.csv"),
    (Export("x.csv", b"id,text\n1,2,3\n"), "x.csv, line 2"),
    (as_json([task(1, mood("good")), {"data": "text"}]), "export.json, item 2, data"),
    (as_json([{"data": {"text": "a"}, "annotations": {}}]), "export.json, item 1, annotations"),
    (as_json([task(1, mood("good", created_at="soon"))]), "annotations[0], created_at"),
    (as_json([task(1, mood("good"), data={"text": "a\x00b"})]), "export.json, item 1"),
    (as_json([task(1, mood("good")), task(1, data={"text": "else"})]), "export.json, item 2"),
    (Export("x.zip", b"PK\x03\x04 not an archive"), "x.zip"),
])  # fmt: skip
def test_what_cant_be_read_is_refused_with_its_place(export, where):
    with pytest.raises(Refused, match=r"Nothing was taken in") as refused:
        planned(*unpacked(export.name, export.content), config=MOODS)
    assert where in str(refused.value)


def test_an_item_that_shows_nothing_is_listed():
    plan = planned(as_json([task(1, mood("good")), task(2, mood("bad"), data={"other": 1})]), config=MOODS)
    assert plan.n_items == 1
    assert [what for what in LEFT(plan) if what.startswith("nothing in it can be shown")]


def test_one_choice_alone_makes_no_question():
    with pytest.raises(Refused, match="--config"):
        planned(as_json([task(1, mood("good"))]))


def test_a_question_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(Refused, match=r"'odd' is not there; use mood"):
        planned(as_json(TWO), config=MOODS, question="odd")
