"""A page about work that is under way follows it, without a reload and without losing what somebody writes."""

import pytest
from playwright.sync_api import expect

from labelling.incoming.models import ProjectImport
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from tests.browser.test_pages import violations
from tests.factories import NOW, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONGEST = 16_000


def test_a_move_shows_how_far_it_is_and_its_end_by_itself(db, person):
    olga = make_user("olga", is_staff=True)
    moved = ProjectImport.objects.create(slug="cars", name="Cars", source="doccano", digest="", by=olga, created_at=NOW)
    enqueue("import", key=str(moved.pk), now=NOW, moved=moved.pk)
    page = person(olga).new_page()
    page.clock.install()
    page.goto(f"/projects/move/{moved.public_id}/", wait_until="networkidle")
    expect(page.get_by_text("Waits for a worker")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_hidden()
    page.evaluate("window.same = true")
    Job.objects.update(started_at=NOW)
    ProjectImport.objects.update(step="labels", done=30, total=60)
    page.clock.run_for(LONGEST)
    expect(page.get_by_text("30 of 60")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Under way")
    assert not violations(page)
    ProjectImport.objects.update(error="export.json, item 1, data: must be an object", step="")
    page.clock.run_for(LONGEST)
    expect(page.get_by_role("alert")).to_contain_text("export.json, item 1, data")
    assert page.evaluate("window.same") is True
    assert not violations(page)
