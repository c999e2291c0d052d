"""What stands in place of a card when there is nothing to label, and how the page goes on by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labelling.assignment.actions import lease_items, release
from labelling.projects.actions import pause_project, resume_project
from labelling.sampling.models import Item
from tests.factories import make_items, make_labeller, make_labellers, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HALF_A_MINUTE = 31_000


@pytest.fixture
def project():
    project = make_project("fixed", maximum_labels=2, gold_share=0.0)
    make_items(project, 1)
    return project


def bench_of(labeller, person):
    page = person(labeller.user).new_page()
    page.clock.install()
    page.goto("/p/matching/label/")
    return page


def test_a_paused_project_says_so_and_goes_on_by_itself_once_it_is_resumed(project, person):
    pause_project(project=project, by=None, now=timezone.now())
    page = bench_of(make_labeller(project, "lara"), person)
    empty = page.locator("[data-test=empty]")
    expect(empty.get_by_role("heading")).to_have_text("This project is paused")
    expect(empty).to_contain_text("Nothing you did is lost. This page looks again every half minute.")
    with page.expect_response("**/leases"):
        page.clock.fast_forward(HALF_A_MINUTE)
    expect(empty).to_be_visible()
    resume_project(project=project, by=None, now=timezone.now())
    page.clock.fast_forward(HALF_A_MINUTE)
    expect(page.locator(".bench__card")).to_be_visible()


def test_items_that_others_hold_come_by_themselves_once_they_are_given_back(project, person):
    now = timezone.now()
    others = make_labellers(project, 2)
    held = [lease_items(labeller=other, count=1, now=now).leases[0] for other in others]
    page = bench_of(make_labeller(project, "lara"), person)
    empty = page.locator("[data-test=empty]")
    expect(empty.get_by_role("heading")).to_have_text("Others have the last items open")
    release(token=held[0].token, labeller=others[0], now=now + timedelta(seconds=1))
    page.clock.fast_forward(HALF_A_MINUTE)
    expect(page.locator(".bench__card")).to_be_visible()
    assert Item.objects.get().n_active == 2


def test_what_another_device_of_theirs_holds_is_not_called_answered(project, person):
    labeller = make_labeller(project, "lara")
    lease_items(labeller=labeller, count=1, now=timezone.now())
    page = bench_of(labeller, person)
    empty = page.locator("[data-test=empty]")
    expect(empty.get_by_role("heading")).to_have_text("Another page of yours has the open items")
    expect(empty).to_contain_text("is still held by another page or device of yours")


def test_a_page_with_nothing_to_label_asks_twice_a_minute(project, person):
    pause_project(project=project, by=None, now=timezone.now())
    labeller = make_labeller(project, "lara")
    page = person(labeller.user).new_page()
    page.clock.install()
    asked = []
    page.on("request", lambda request: request.url.endswith("/leases") and asked.append(request.url))
    page.goto("/p/matching/label/")
    expect(page.locator("[data-test=empty]")).to_be_visible()
    page.wait_for_timeout(200)
    first = len(asked)
    for _ in range(4):
        page.clock.run_for(HALF_A_MINUTE)
    page.wait_for_timeout(200)
    assert 4 <= len(asked) - first <= 5
