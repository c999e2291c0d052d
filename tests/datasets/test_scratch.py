"""What is being made lies in folders of its own, which don't outlive their day whatever happens."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from labelling.scratch import KEPT, scratch_folder, sweep_scratch


@pytest.fixture(autouse=True)
def elsewhere(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_a_folder_is_gone_when_its_work_is_done_or_failed(elsewhere):
    with pytest.raises(ValueError, match="in the middle"), scratch_folder() as folder:
        (folder / "rows").write_text("content")
        raise ValueError("in the middle")
    assert list((elsewhere / "making").iterdir()) == []


def test_what_a_killed_process_left_goes_after_a_day_and_what_is_in_use_stays(elsewhere):
    now = timezone.now()
    left = elsewhere / "making" / "of-a-killed-worker"
    left.mkdir(parents=True)
    (left / "rows").write_text("content")
    old = (now - KEPT - timedelta(minutes=1)).timestamp()
    os.utime(left, (old, old))
    with scratch_folder() as folder:
        sweep_scratch(now=now)
        assert not left.exists()
        assert folder.is_dir()


def test_sweeping_where_nothing_was_ever_made_does_nothing():
    sweep_scratch(now=timezone.now())
