"""Whatever stands where something else belongs is refused or listed, and never a crash."""

import copy
import io
import json
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connections
from PIL import Image

from labelling.errors import QuorumError
from labelling.incoming import pictures, uploads
from labelling.incoming.actions import Options
from labelling.incoming.found import Refused
from labelling.incoming.models import UploadedFile
from labelling.incoming.opening import Export, unpacked
from labelling.incoming.pictures import sizes_in_archive
from labelling.jobs.models import Job
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


def test_an_archive_of_files_without_names_or_beyond_any_place_is_refused():
    whole = packed("[]")
    name = whole.replace(b"../../a.json", b"\0./../a.json")
    assert name != whole
    beyond = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    head, entry = b"PK\3\4" + b"\0" * 26, b"a.json" + beyond
    central = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 45, 3, 45, 0, 0, 0, 0, 0x21, 0, 2, 2, 6, len(beyond), 0, 0, 0, 0,
                          0xFFFFFFFF) + entry  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(head), 0)
    for content in (name, head + central + end):
        with pytest.raises(Refused, match=r"a\.zip"):
            unpacked("a.zip", content)


def test_what_only_begins_like_a_picture_has_no_size():
    whole, picture = io.BytesIO(), io.BytesIO()
    Image.new("L", (3, 2)).save(picture, "GIF")
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("in/a.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"\0" * 40)
        archive.writestr("in/a.dds", b"DDS " + struct.pack("<31I", 124, *[7] * 30))
        archive.writestr("in/a.gif", picture.getvalue())
    assert sizes_in_archive("p.zip", whole.getvalue()) == {"a.gif": (3, 2)}


def test_an_archive_of_more_pictures_than_a_request_may_wait_for_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PICTURES", 2)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", b"")
    with pytest.raises(Refused, match="holds more than 2 files"):
        sizes_in_archive("p.zip", whole.getvalue())


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:01Z", "9999-12-31T23:59:59-14:00", -6e10]
)
def test_a_time_that_no_database_holds_is_refused(at):
    with pytest.raises(Refused, match="created_at: is no time"):
        planned(Export("e.json", json.dumps([task(1, mood("good", created_at=at))]).encode()), config=MOODS)


def test_spans_of_what_has_no_text_and_files_of_nothing_to_show_are_refused():
    spans = b'{"id": 1, "filename": "a.png", "label": [[0, 1, "x"]]}'
    with pytest.raises(Refused, match="line 1, text: is missing"):
        planned(Export("e.jsonl", spans), source="doccano")
    empty = b'{"id": 1, "text": "", "label": ["x"]}\n{"id": 2, "text": " ", "label": ["y"]}'
    with pytest.raises(Refused, match="hold no item that can be shown"):
        planned(Export("e.jsonl", empty), source="doccano")


@pytest.mark.django_db(transaction=True)
def test_the_same_upload_sent_twice_at_once_is_one_move():
    olga, start = make_user(), Barrier(2)
    file = Export("e.jsonl", b'{"id": 1, "text": "a", "label": ["x"]}')

    def send(_):
        start.wait()
        try:
            return uploads.upload(source="doccano", files=[file], config=None, options=Options(), slug="s", name="s",
                                  by=olga, now=NOW).pk  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(send, range(2)))
    assert len(set(sent)) == UploadedFile.objects.count() == Job.objects.count() == 1
