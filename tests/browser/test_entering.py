"""Getting in on a phone: by a marketplace's link to the completion code, by an invitation to the first label."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labelling.assignment.models import Label
from labelling.projects.actions import invite
from labelling.projects.models import Member, Role
from labelling.visits.models import Visit
from tests.browser.bench import Bench
from tests.browser.test_pages import WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import PASSWORD, make_items, make_labeller, make_project
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
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture(page, f"{name}-360-{scheme}", full_page=True)
        assert not violations(page)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0


def test_who_finds_nothing_left_to_label_finishes_the_visit_with_what_they_gave(db, person):
    project = make_project(gold_share=0.0)
    make_items(project, 1)
    entrance = entrance_of(project, n_labels=5, fixed_code="C1A2B3")
    page = person(None, "360").new_page()
    page.goto(f"/enter/{entrance.secret}/?PROLIFIC_PID=5f1a&STUDY_ID=a-1&SESSION_ID=s-1")
    page.get_by_role("button", name="Start").tap()
    bench = Bench(page)
    bench.tap("Match")
    bench.all_saved()
    page.locator("[data-test=empty]").get_by_role("link", name="Finish your visit").tap()
    page.get_by_text("Is there nothing left to label?").tap()
    page.get_by_role("button", name="Finish with what I gave").tap()
    expect(page.locator("#code")).to_have_text("C1A2B3")
    assert Visit.objects.get().ended_early == "all_seen"


def test_an_invitation_leads_a_stranger_to_their_first_label_with_two_fields_and_two_taps(db, person):
    project = make_project(gold_share=0.0)
    make_items(project, 3)
    now = timezone.now()
    _, secret = invite(
        project=project, role=Role.LABELLER, uses=2, expires_at=now + timedelta(days=1), by=project.created_by, now=now
    )
    page = person(None, "360").new_page()
    page.goto(f"/join/{secret}/", wait_until="networkidle")
    look(page, "join")
    # The cursor stands in the first field already: the phone's keyboard is there without a tap.
    expect(page.get_by_label("Choose a name")).to_be_focused()
    page.keyboard.type("Anna Berg")
    page.keyboard.press("Tab")
    page.keyboard.type("a long enough one")
    page.get_by_role("button", name="Join and start").tap()
    bench = Bench(page)
    expect(bench.card).to_be_visible()
    bench.tap("Match")
    expect(bench.given).to_have_text("1")
    bench.all_saved()
    assert Label.objects.get().labeller.name == "Anna.Berg"


def test_who_was_sent_to_sign_in_is_sent_back_to_where_they_were_going(db, person):
    project = make_project()
    make_labeller(project, "lara")
    page = person(None, "360").new_page()
    page.goto("/p/matching/work/")
    page.keyboard.type("lara")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.get_by_role("button", name="Sign in").tap()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").tap()
    expect(page.get_by_role("heading", name="Your work", exact=True)).to_be_visible()
