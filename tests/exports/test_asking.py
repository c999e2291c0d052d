"""One export for the same bytes, whoever asks, however often; and what becomes of it."""

import threading

import pytest
from django.db import connection

from labelling import blobs
from labelling.datasets.models import Version
from labelling.errors import Invalid
from labelling.exports import actions, making, writing
from labelling.exports.actions import ask, export_job, forget
from labelling.exports.models import Export
from labelling.exports.queries import all_exports
from labelling.jobs.models import Job
from labelling.tasks import run_waiting
from tests.datasets.helpers import labelled_project, publish_now
from tests.factories import NOW


@pytest.fixture
def version(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return publish_now(labelled_project(5)[0])


def asked(version, **told):
    return ask(version=version, **{"file_format": "csv", "splits": ["train"], "by": None, "now": NOW, **told})


def test_a_job_makes_the_files_with_progress(version, monkeypatch):
    monkeypatch.setattr(making, "SECONDS_BETWEEN", 0)
    export = asked(version)
    assert (export.state, export.job.total) == ("waiting", 3)
    run_waiting(now=NOW)
    export = all_exports().get(pk=export.pk)
    assert (export.state, export.finished_at) == ("finished", NOW)
    assert [file["name"] for file in export.files] == sorted(file["name"] for file in export.files)


def test_the_job_may_run_twice(version):
    export = asked(version)
    export_job(export_id=export.pk, now=NOW)
    files = Export.objects.get().files
    assert export_job(export_id=export.pk, now=NOW) == {}
    Export.objects.update(finished_at=None)
    export_job(export_id=export.pk, now=NOW)
    assert Export.objects.get().files == files


def test_other_options_other_writers_or_an_erasure_ask_for_another_export(version, monkeypatch):
    first = asked(version)
    assert asked(version).pk == first.pk
    others = [asked(version, splits=["train", "validation"]), asked(version, file_format="jsonl")]
    monkeypatch.setattr(writing, "CODE", writing.CODE + 1)
    others.append(asked(version))
    forget(version=version, now=NOW)
    others.append(asked(version))
    assert len({first.pk, *(other.pk for other in others)}) == 5


def test_what_is_refused_is_refused_before_anything_is_written(version):
    for splits in ([], ["all"], ["train", "train"]):
        with pytest.raises(Invalid, match="splits"):
            asked(version, splits=splits)
    assert not Export.objects.exists() and not Job.objects.filter(kind="export").exists()


def test_an_export_that_failed_is_tried_again_when_it_is_asked_for_again(version, monkeypatch):
    def refuse(export, to, progress):
        raise Invalid("this format has no such labels")

    export = asked(version)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", refuse)
        run_waiting(now=NOW)
    failed = all_exports().get(pk=export.pk)
    assert (failed.state, failed.error) == ("failed", "this format has no such labels")
    again = asked(version)
    assert (again.pk, again.state) == (export.pk, "waiting")
    run_waiting(now=NOW)
    assert all_exports().get(pk=export.pk).state == "finished"


def test_an_erasure_while_an_export_is_made_leaves_no_file_of_it(version, monkeypatch):
    export, before = asked(version), set(blobs.digests())
    write = writing.write

    def erase_meanwhile(export, to, progress):
        write(export, to, progress)
        forget(version=version, now=NOW)

    monkeypatch.setattr(writing, "write", erase_meanwhile)
    export_job(export_id=export.pk, now=NOW)
    assert Export.objects.get(pk=export.pk).state == "gone"
    assert set(blobs.digests()) == before


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_the_same_moment_get_one_export():
    version = publish_now(labelled_project(5)[0])
    ready, found = threading.Barrier(8), []

    def one():
        ready.wait()
        found.append(asked(Version.objects.get(pk=version.pk)).pk)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert Job.objects.filter(kind=actions.KIND).count() == 1
