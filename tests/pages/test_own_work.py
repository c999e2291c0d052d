"""What labellers read of their own work: pace beside their own past, what became of batches, pay an hour."""

from datetime import timedelta

import pytest

from frontend.own_pace import NEWEST, pace_of
from labelling.assignment.models import Batch, BatchReview, Label
from labelling.loop.reject import reject
from tests.factories import NOW, make_labeller
from tests.pages.browsing import client_of, text_of
from tests.pay.crowd import HOUR, paid_project, work

pytestmark = pytest.mark.django_db

AGO = NOW - timedelta(days=20)


def test_pace_is_answers_an_hour_of_active_time_now_and_before():
    project, items = paid_project(items=40)
    lara = make_labeller(project)
    work(lara, items[:20], start=AGO, seconds=40)
    work(lara, items[20:36], start=NOW - timedelta(hours=1), seconds=20)
    pace = pace_of(lara, now=NOW)
    assert (pace.before.n, pace.before.an_hour) == (20, 180)
    assert (pace.week.n, pace.week.an_hour) == (16, 360)
    assert pace.today == pace.week
    assert (pace.change, pace.quicker, pace.slower) == (100, 100, 0)


def test_too_little_work_says_nothing_of_a_pace_and_others_are_never_in_it():
    project, items = paid_project()
    lara, max_ = make_labeller(project), make_labeller(project, "max")
    work(lara, items[:3], start=NOW - timedelta(minutes=5), seconds=10)
    work(max_, items[:12], start=NOW - timedelta(minutes=5), seconds=20)
    pace = pace_of(lara, now=NOW)
    assert (pace.today.n, pace.today.an_hour, pace.change) == (3, None, None)


def test_a_long_history_is_not_read_to_its_end(django_assert_num_queries):
    project, items = paid_project()
    lara = make_labeller(project)
    work(lara, items[:1])
    one = Label.objects.get()
    assert NEWEST <= 5_000
    with django_assert_num_queries(1) as told:
        pace_of(lara, now=NOW)
    assert f"LIMIT {NEWEST}" in told.captured_queries[0]["sql"]
    assert one.active_seconds == 5


def test_each_batch_says_what_became_of_it_and_why():
    project, items = paid_project()
    lara, olga = make_labeller(project), project.created_by
    accepted, rejected, _ = work(lara, items[:5])
    BatchReview.objects.create(batch=accepted, by=olga, reason="Careful work, thank you.", at=NOW)
    reject(batch=rejected, reason="Both are about dogs.", by=olga, now=NOW + timedelta(hours=1))
    page = text_of(client_of("lara").get("/p/matching/work/"))
    assert "Accepted" in page
    assert "Careful work, thank you." in page
    assert '<bdi>Both are about dogs.</bdi> <a href="#excluded">Appeal</a>' in page
    assert "its last ten answers can still be undone" in page


def test_what_an_hour_came_to_stands_there_after_ten_minutes_of_work():
    project, items = paid_project(pay_hour=HOUR, batch_size=2)
    lara = make_labeller(project)
    work(lara, items[:4], seconds=100)
    assert "That is an hour" not in text_of(client_of("lara").get("/p/matching/work/"))
    work(lara, items[4:8], seconds=100, start=NOW + timedelta(hours=1))
    page = text_of(client_of("lara").get("/p/matching/work/"))
    assert Batch.objects.filter(closed_at__isnull=False).count() == 4
    assert "<dt>That is an hour</dt><dd>14.40 EUR" in page
