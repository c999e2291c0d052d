"""Whatever stands where something else belongs is refused or listed, and never a crash."""

import copy
import io
import json
import zipfile
from pathlib import Path

import pytest

from labelling.errors import QuorumError
from labelling.incoming import uploads
from labelling.incoming.actions import Options
from labelling.incoming.found import Refused
from labelling.incoming.opening import Export, unpacked
from tests.factories import NOW, make_user
from tests.incoming.exports import MOODS, annotated, mood, planned, result, task

ODD = [None, 0, -1, True, 1.5, 1e300, "", "x", "\0", "9" * 5000, [], {}, [1], [[]], [{}], [None], "²", 10**400]
SPANS = b"""<View><Text name="text" value="$text"/><Labels name="l" toName="text"><Label value="A"/></Labels></View>"""
BOXES = b"""<View><Image name="i" value="$image"/>
<RectangleLabels name="l" toName="i"><Label value="A"/></RectangleLabels></View>"""
SIDES = b"""<View><Text name="a" value="$a"/><Text name="b" value="$b"/><Pairwise name="p" toName="a,b"/></View>"""
BOX = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["A"]}
SAID = {"model_version": "m", "score": 0.5, "result": [result({"choices": ["good"]})]}
TASKS = {
    MOODS: task(1, mood("good", reviews=[{"accepted": False}]), drafts=[{}], predictions=[SAID]),
    SPANS: task(1, annotated(result({"start": 0, "end": 3, "labels": ["A"]}, name="l", kind="labels"))),
    BOXES: task(1, annotated(result(BOX, name="l", kind="rectanglelabels")), data={"image": "a.png"}),
    SIDES: task(1, annotated(result({"selected": "left"}, name="p", kind="pairwise")), data={"a": "1", "b": "2"}),
}
LINES = [
    {"id": 1, "text": "some text", "label": ["a"], "Comments": ["x"]},
    {"id": 1, "text": "some", "entities": [{"label": "A", "start_offset": 0, "end_offset": 2}], "relations": [{}]},
    {"id": 1, "filename": "a.png", "width": 9, "height": 9, "bbox": [{**BOX, "label": "A"}]},
]


def altered(whole):
    """The value with each of its parts, one at a time, made odd."""
    for path in paths(whole):
        for odd in ODD:
            changed = copy.deepcopy(whole)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = odd
            yield changed


def paths(value, before=()):
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield (*before, step)
        yield from paths(value[step], (*before, step))


def taken_or_refused(export, **how):
    try:
        planned(export, **how)
    except QuorumError as refusal:
        assert str(refusal)


@pytest.mark.parametrize("config", TASKS)
def test_odd_values_in_a_task_are_refused_or_listed(config):
    for changed in altered(TASKS[config]):
        export = Export("e.json", json.dumps([changed]).encode())
        taken_or_refused(export, config=config)
        taken_or_refused(export)


@pytest.mark.parametrize("line", LINES)
def test_odd_values_in_a_line_of_doccano_are_refused_or_listed(line):
    for changed in altered(line):
        taken_or_refused(Export("all.jsonl", json.dumps(changed).encode()), source="doccano")


@pytest.mark.parametrize("config", [
    b"<?xml version='1.0' encoding='nonsense'?><a/>",
    b"<View><Text name='t' value='$text'/><Rating name='x' toName='t' maxRating='" + b"9" * 5000 + b"'/></View>",
])  # fmt: skip
def test_an_odd_label_config_is_refused(config):
    with pytest.raises(Refused):
        planned(Export("e.json", json.dumps([TASKS[MOODS]]).encode()), config=config)


def packed(content):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../a.json", content)
    return whole.getvalue()


def test_a_damaged_archive_is_refused_wherever_the_damage_is():
    whole = packed(json.dumps([{"data": {"text": "abc" * n}} for n in range(20)]))
    for at in range(4, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        try:
            assert [Path(one.name).name for one in unpacked("a.zip", bytes(damaged))]
        except Refused as refusal:
            assert "a.zip" in str(refusal)


@pytest.mark.django_db
def test_an_upload_is_no_larger_unpacked_than_a_file_may_be(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 10_000)
    bomb = Export("a.zip", packed(b"[" + b" " * 6_000 + b"]"))
    assert len(bomb.content) < 1_000
    with pytest.raises(Refused, match="more than is taken at once"):
        uploads.upload(source="doccano", files=[bomb, bomb], config=None, options=Options(), slug="s", name="s",
                       by=make_user(), now=NOW)  # fmt: skip
