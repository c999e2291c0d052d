"""A worker of a marketplace on a phone: from the link to the completion code, by touch."""

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from labelling.projects.models import Member, Role
from labelling.visits.models import Visit
from tests.browser.bench import Bench
from tests.browser.test_pages import SCREENSHOTS, WIDER_THAN_THE_WINDOW, violations
from tests.factories import make_items, make_project
from tests.visits.workers import entrance_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_worker_comes_labels_and_leaves_with_the_code_in_as_few_taps_as_there_are_answers(db, person):
    project = make_project(gold_share=0.0)
    make_items(project, 6)
    entrance = entrance_of(project, n_labels=3)
    page = person(None, "360").new_page()
    page.goto(f"/enter/{entrance.secret}/?PROLIFIC_PID=5f1a&STUDY_ID=a-1&SESSION_ID=s-1", wait_until="networkidle")
    assert not Member.objects.filter(role=Role.LABELLER).exists()
    look(page, "enter")
    page.get_by_role("button", name="Start").tap()
    bench = Bench(page)
    expect(bench.card).to_be_visible()
    for name in ("Match", "No match", "Match"):
        bench.tap(name)
    over = page.locator("[data-test=visit-over]")
    expect(over).to_contain_text("You gave all 3 answers.")
    look(page, "visit-over")
    over.get_by_role("link", name="Get your completion code").tap()
    visit = Visit.objects.select_related("worker__member").get()
    expect(page.locator("#code")).to_have_text(visit.code)
    look(page, "visit")
    way_back = page.get_by_role("link", name="Hand it in at Prolific")
    expect(way_back).to_have_attribute("href", f"https://app.prolific.com/submissions/complete?cc={visit.code}")
    assert Label.objects.standing().filter(labeller=visit.worker.member).count() == 3
    page.get_by_role("link", name="your work").tap()
    expect(page.locator("main")).to_contain_text(visit.code)
    assert "5f1a" not in page.content()


def look(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=SCREENSHOTS / f"{name}-360-{scheme}.png", full_page=True)
        assert not violations(page)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
