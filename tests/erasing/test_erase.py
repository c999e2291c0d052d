"""Erasing: the content is nowhere any more, everything else stays and still verifies."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from labelling import blobs
from labelling.assignment import actions as assignment
from labelling.assignment.errors import CannotUndo, ItemErased
from labelling.assignment.models import Draft, Lease, LeaseState
from labelling.audit.models import Entry
from labelling.consensus.models import Resolution
from labelling.datasets.diff import diff
from labelling.datasets.export import export_version
from labelling.datasets.integrity import check_segment, check_version
from labelling.datasets.models import ErasedRow, Erasure, Recall, Segment, SegmentContent
from labelling.datasets.queries import lineage, rows_of
from labelling.datasets.verify import verify_directory
from labelling.errors import Conflict, Invalid
from labelling.exports import actions as exports
from labelling.exports.models import Export
from labelling.ingest.actions import ingest
from labelling.ingest.models import Example
from labelling.jobs.models import Job
from labelling.loop import resolve
from labelling.loop.erasing import finish
from labelling.loop.erasing.erase import UnknownKeys, erase, find
from labelling.loop.erasing.told import touched
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.reliability.disputes import raise_dispute
from labelling.sampling.actions import NothingToSample, add_gold, sample
from labelling.sampling.models import Gold, Item, Purpose
from labelling.tasks import housekeeping, run_waiting
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.models import Message
from tests.datasets.helpers import labelled_project, publish_now
from tests.erasing.marked import KEY, MARK, fill, line, make_transcribing, places_of
from tests.factories import NOW, make_labeller, make_user

pytestmark = pytest.mark.django_db
FORMATS = ("jsonl", "csv", "parquet", "label-studio", "doccano")
LATER = NOW + timedelta(days=1)
HELD_BY = {
    "labelling_example.payload", "labelling_example.metadata", "labelling_prediction.answer", "labelling_label.answer",
    "labelling_label.note", "labelling_draft.answer", "labelling_draft.note", "labelling_resolution.answer",
    "labelling_resolution.reason", "labelling_recall.reason", "experts_decision.answer", "experts_decision.rationale",
    "labelling_entry.detail",
}  # fmt: skip


def erase_now(project, **meant):
    return erase(project=project, reason="the subject asked", by=make_user("olga"), now=LATER,
                 **(meant or {"keys": [KEY]}))  # fmt: skip


def published(project, minutes=0):
    return publish_now(project, minutes=minutes, override_reason="few rows")


def faults():
    """What doctor finds in segments and versions."""
    versions = [version for segment in Segment.objects.all() for version in segment.project.versions.all()]
    return [fault for segment in Segment.objects.all() for fault in check_segment(segment)] + [
        fault for version in set(versions) for fault in check_version(version)
    ]


@pytest.fixture
def own_folder(settings, tmp_path):
    """Blobs that other tests left hold the same text."""
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def marked(own_folder):
    project = make_transcribing()
    return project, fill(project)


def test_the_content_of_an_erased_example_is_found_nowhere(marked):
    project, item = marked
    first = published(project)
    for file_format in FORMATS:
        asked = exports.ask(version=first, file_format=file_format, splits=["train", "test"], by=None, now=NOW)
        assert exports.make_small(asked, now=NOW).state == "finished", file_format
    ruling = Resolution.objects.get(item=item, closed_at=None)
    Recall.objects.create(version=first, resolution=ruling, reason=ruling.reason, n_rows=1, keys=[KEY], at=NOW)
    resolve.hold(item=Item.objects.exclude(pk=item.pk).first(), by=None, reason="so that there is another", now=NOW)
    published(project, minutes=1)
    held_before = set(places_of())
    assert held_before >= HELD_BY
    assert sum(place.startswith("blobs/") for place in held_before) >= len(FORMATS)
    erase_now(project)
    assert places_of() == []
    published(project, minutes=2000)
    assert (places_of(), faults()) == ([], [])
    call_command("doctor", stdout=StringIO())


def test_gold_and_what_was_said_of_it_goes_too(own_folder):
    project = make_transcribing()
    example = Example.objects.get(external_id=KEY)
    item = Item.objects.create(project=project, example=example, target=3, split="train", created_at=NOW, state_at=NOW)
    add_gold(item=item, answer={"text": MARK}, origin=Gold.Origin.CHOSEN, by=None, reason=f"it is {MARK}", now=NOW)
    raise_dispute(item=item, reason=f"not {MARK}", by=make_user("olga"), now=NOW)
    erase_now(project)
    assert places_of() == []
    call_command("doctor", stdout=StringIO())


def test_every_id_still_verifies_and_the_erased_row_is_counted(marked, tmp_path):
    project, _ = marked
    version = published(project)
    export_version(version=version, file_format="parquet", to=tmp_path / "before")
    erase_now(project)
    assert faults() == []
    kept = verify_directory(tmp_path / "before", version_id=version.version_id)
    assert (kept.problems, kept.erased) == ([], 0)
    export_version(version=version, file_format="jsonl", to=tmp_path / "after")
    made = verify_directory(tmp_path / "after", version_id=version.version_id)
    assert (made.problems, made.erased, made.checked) == ([], 1, 3)
    told = lineage(version=version, key=KEY)
    assert (told["row"], told["erased_at"]) == (None, LATER)
    assert {"key": KEY, "split": "test", "erased": True, "position": 3} in rows_of(version, splits=["test"])


def test_the_next_version_is_without_it_and_the_diff_says_why(marked):
    project, _ = marked
    first = published(project)
    erase_now(project)
    second = published(project, minutes=2000)
    [change] = [one for one in diff(before=first, after=second, split="test").changes if one.key == KEY]
    assert (change.kind, change.why) == ("removed", "its content was erased")


def test_the_erasure_is_on_record_with_what_it_emptied(marked):
    project, item = marked
    version = published(project)
    create_endpoint(project=project, url="https://hooks.example/", by=make_user("olga"), now=NOW)
    [erasure] = erase_now(project).erasures
    assert (erasure.item, erasure.done_at, erasure.n_rows, erasure.reason) == (item, LATER, 1, "the subject asked")
    assert list(ErasedRow.objects.values_list("erasure", "version", "split")) == [(erasure.pk, version.pk, "test")]
    entry = Entry.objects.get(action="example.erased")
    assert (entry.subject_id, entry.detail["key"], entry.by) == (erasure.public_id, KEY, make_user("olga"))
    [message] = Message.objects.filter(kind="content.erased")
    data = json.loads(message.body)["data"]
    assert [one["number"] for one in data["versions"]] == [1] and KEY not in message.body


def test_nobody_is_asked_about_an_erased_item_and_a_late_answer_is_not_kept():
    project, items, crowd = labelled_project(2)
    fresh = make_labeller(project, "late")
    Item.objects.filter(pk=items[0].pk).update(state="open", target=9)
    lease = assignment.lease_item(labeller=fresh, item=items[0], now=NOW)
    given = items[0].labels.get(labeller=crowd[0])
    erase_now(project, keys=["item-0001"])
    items[0].refresh_from_db()
    assert (items[0].purpose, items[0].is_open, items[0].n_active) == (Purpose.ERASED, False, 0)
    assert Lease.objects.get(pk=lease.pk).state == LeaseState.EXPIRED
    with pytest.raises(ItemErased):
        submit(token=lease.token, labeller=fresh, answer={"choice": "match"}, note="what I saw", now=LATER)
    assert not Draft.objects.exists()
    assert assignment.lease_item(labeller=make_labeller(project, "later"), item=items[0], now=LATER) is None
    with pytest.raises(CannotUndo):
        undo(token=given.token, labeller=crowd[0], now=NOW)
    with pytest.raises(Conflict, match="erased"):
        resolve.decide(item=items[0], answer={"choice": "match"}, authority=2, reason="", by=None, now=LATER)
    assert resolve.requeue(items=[items[0]], by=None, now=LATER) == 0


def test_answers_that_only_name_classes_stay_and_count_no_more():
    project, items, _ = labelled_project(2)
    before = list(items[0].labels.values_list("answer", flat=True))
    erase_now(project, keys=["item-0001"])
    assert list(items[0].labels.values_list("answer", flat=True)) == before
    assert not items[0].labels.counted().exists()


def test_the_same_file_again_brings_nothing_new_and_the_erased_one_is_refused(own_folder):
    project = make_transcribing()
    key_before = bytes(project.salt_key)
    lines = [line(KEY, f"{MARK} lives here"), *(line(f"other-{n}", f"Text number {n}") for n in range(3))]
    erase_now(project)
    report = ingest(project=project, lines=lines, by=None, now=LATER)
    assert (report.created, report.predictions, report.repeated) == (0, 0, 3)
    assert [error["message"] for error in report.errors] == [f"{KEY!r} was erased; it isn't taken in again"]
    project.refresh_from_db()
    assert bytes(project.salt_key) != key_before
    other = ingest(project=project, lines=[line("other-1", "Another text")], by=None, now=LATER)
    assert "came before with another payload" in other.errors[0]["message"]
    assert places_of() == []


def test_an_erased_example_is_never_sampled():
    project = make_transcribing(n_others=0)
    erase_now(project)
    with pytest.raises(NothingToSample):
        sample(project=project, budget=5, strategy="uniform", by=None, seed=1, now=LATER)


def test_erasing_twice_is_harmless_and_unknown_keys_are_named(marked):
    project, _ = marked
    published(project)
    erase_now(project)
    again = erase_now(project, keys=[KEY, "other-0"])
    assert ([one.example.external_id for one in again.erasures], again.already) == (["other-0"], [KEY])
    with pytest.raises(UnknownKeys, match="'nobody', 'nothing'"):
        erase_now(project, keys=["other-1", "nothing", "nobody"])
    assert Example.objects.get(external_id="other-1").erased_at is None
    with pytest.raises(Invalid):
        erase_now(project, keys=[])
    with pytest.raises(Invalid):
        erase(project=project, keys=["other-1"], reason=" ", by=None, now=LATER)
    assert Erasure.objects.count() == 2 and faults() == []


def test_a_group_is_erased_as_a_whole():
    project, items, _ = labelled_project(3)
    Example.objects.filter(pk__in=[items[0].example_id, items[2].example_id]).update(group="family")
    published(project)
    done = erase_now(project, group="family")
    assert [erasure.example.external_id for erasure in done.erasures] == ["item-0001", "item-0003"]
    assert ErasedRow.objects.count() == 2 and faults() == []


@pytest.mark.parametrize("step", ["_note", "_empty", "_remove_closed", "tell_erased"])
def test_what_a_crash_leaves_is_taken_up_again_by_the_job(marked, monkeypatch, step):
    project, _ = marked
    version = published(project)
    where = finish if step == "tell_erased" else finish.erasing
    done = getattr(where, step)

    def crash(*args, **named):
        if step == "_remove_closed":
            raise OSError("the disk went away")
        done(*args, **named)
        raise OSError("the disk went away")

    monkeypatch.setattr(where, step, crash)
    [erasure] = erase_now(project).erasures
    assert erasure.done_at is None and Job.objects.get(kind="erase").error
    monkeypatch.setattr(where, step, done)
    run_waiting(now=LATER + timedelta(hours=1))
    erasure.refresh_from_db()
    assert (erasure.done_at is not None, erasure.n_rows, places_of(), faults()) == (True, 1, [], [])
    assert ErasedRow.objects.get().version == version


def test_old_blobs_and_exports_are_gone_and_new_ones_can_be_made(marked):
    project, _ = marked
    version = published(project)
    export = exports.ask(version=version, file_format="jsonl", splits=["test"], by=None, now=NOW)
    export = exports.make_small(export, now=NOW)
    content = SegmentContent.objects.get()
    erase_now(project)
    content.refresh_from_db()
    assert content.gone_at == LATER
    for digest in (content.digest, export.files[0]["sha256"]):
        with pytest.raises(blobs.MissingBlob):
            blobs.path_of(digest)
    assert Export.objects.get(pk=export.pk).state == "gone"
    anew = exports.ask(version=version, file_format="jsonl", splits=["test"], by=None, now=LATER)
    assert exports.make_small(anew, now=LATER).state == "finished" and anew.pk != export.pk
    assert places_of() == []


def test_a_machine_that_erased_nothing_forgets_what_it_kept_of_the_content(marked, settings):
    project, _ = marked
    version = published(project)
    erase_now(project)
    run_waiting(now=LATER)
    gone = SegmentContent.objects.exclude(gone_at=None).get().digest
    standing = SegmentContent.objects.get(gone_at=None).digest

    def kept_elsewhere():
        """The folder of another machine, that had checked the version before."""
        files = [Path(settings.DATA_DIR) / "cache" / "sketches" / name[:2] / f"{name}-x" for name in (gone, standing)]
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("digests of the content")
        return files

    (Path(settings.DATA_DIR) / "cache" / "erased").unlink(missing_ok=True)
    files = kept_elsewhere()
    housekeeping(now=LATER)
    assert [file.exists() for file in files] == [False, True]
    files = kept_elsewhere()
    housekeeping(now=LATER + timedelta(minutes=59))
    assert files[0].exists(), "workers look once an hour"
    rows_of(version, limit=1)
    assert [file.exists() for file in files] == [False, True]


def test_a_preview_says_what_will_be_touched(marked):
    project, _ = marked
    version = published(project)
    exports.make_small(exports.ask(version=version, file_format="csv", splits=["test"], by=None, now=NOW), now=NOW)
    told = touched(project=project, examples=find(project=project, keys=[KEY, "other-0"]))
    assert [one.external_id for one in told.examples] == [KEY, "other-0"]
    assert (told.n_labels, told.versions, told.n_exports, told.holders) == (6, [(version, 2)], 1, [])
    assert not Erasure.objects.exists()


def test_the_command_erases_and_says_what_it_did(marked):
    project, _ = marked
    published(project)
    out = StringIO()
    call_command("erase", project.slug, KEY, reason="asked", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert [(one["key"], one["rows"]) for one in told["erased"]] == [(KEY, 1)]
    with pytest.raises(CommandError, match="no example 'nobody'"):
        call_command("erase", project.slug, "nobody", reason="asked", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_the_files_of_the_database_do_not_hold_what_was_erased():
    project = make_transcribing()
    fill(project)
    erase_now(project)
    # Blobs that other tests left, whose rows were rolled back, are not this database's.
    assert [place for place in places_of() if not place.startswith("blobs/")] == []
