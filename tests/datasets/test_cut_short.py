"""A publication that is cut short at any step leaves no version, and the next one gives the same ids."""

import os
import signal
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from labelling import blobs
from labelling.consensus.models import Authority
from labelling.datasets.models import ChangedItem, Segment, Version, VersionSegment
from labelling.loop.leftovers import sweep_leftovers
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.datasets.stored import faults_of

STEPS = 200


class Cut(Exception):
    """The power went."""


@contextmanager
def cut_at(step, how):
    """`how` is called instead of the statement, or instead of the storing of a blob, of that number."""
    put, done = blobs.put, 0

    def count():
        nonlocal done
        done += 1
        if done == step:
            how()

    def put_or_not(source):
        count()
        return put(source)

    def execute(execute, sql, params, many, context):
        count()
        return execute(sql, params, many, context)

    blobs.put = put_or_not
    try:
        with connection.execute_wrapper(execute):
            yield
    finally:
        blobs.put = put


def cut():
    raise Cut


def ids(version):
    return version.number, version.data_id, version.version_id


def project_to_publish():
    """One version is published; the next one has a row less, and a new segment."""
    project, items, _ = labelled_project(6)
    publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)
    approve(items[1], "match", authority=Authority.EXPERT)
    return project


@pytest.mark.django_db
def test_cut_at_any_statement_or_blob_nothing_is_published_and_again_gives_the_same_ids(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    project = project_to_publish()
    with transaction.atomic():
        wanted = ids(publish_now(project))
        transaction.set_rollback(True)
    notes, before = ChangedItem.objects.count(), (Segment.objects.count(), VersionSegment.objects.count())
    for step in range(1, STEPS):
        try:
            with transaction.atomic(), cut_at(step, cut):
                version = publish_now(project)
            break
        except Cut:
            assert Version.objects.get().number == 1
            assert (Segment.objects.count(), VersionSegment.objects.count()) == before
            assert ChangedItem.objects.count() == notes
    assert step > 20
    assert ids(version) == wanted
    assert faults_of(version) == []


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_leaves_a_whole_version_or_none(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    project = project_to_publish()
    for step in (3, 9, 14, 18, 22, 26):
        killed_at(project, step)
        assert Version.objects.count() == 1 or faults_of(Version.objects.get(number=2)) == []
    if Version.objects.count() == 1:
        publish_now(project)
    assert [faults_of(version) for version in Version.objects.all()] == [[], []]


def killed_at(project, step):
    """Publish in a process of its own, which is killed at that step."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            with cut_at(step, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                publish_now(project)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 1


@pytest.mark.django_db
def test_what_a_cut_publication_left_is_swept_after_a_day_and_nothing_else(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    project = project_to_publish()
    kept = stored(tmp_path)
    with pytest.raises(Cut), transaction.atomic():
        publish_now(project)
        raise Cut
    left = stored(tmp_path) - kept
    assert len(left) == 3
    now = timezone.now()
    assert sweep_leftovers(now=now) == []
    assert set(sweep_leftovers(now=now + timedelta(days=2), dry=True)) == left
    assert stored(tmp_path) == kept | left
    assert set(sweep_leftovers(now=now + timedelta(days=2))) == left
    assert stored(tmp_path) == kept
    assert faults_of(publish_now(project)) == []


def stored(folder: Path):
    return {path.name for path in (folder / "blobs").glob("??/*")}
