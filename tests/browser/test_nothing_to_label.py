"""What stands in place of a card when there is nothing to label, and how the page goes on by itself."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from labelling.assignment.actions import lease_items, release
from labelling.projects.actions import pause_project, resume_project
from labelling.sampling.models import Item
from tests.factories import make_items, make_labeller, make_labellers, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HALF_A_MINUTE = 31_000
# So many times, each for so long in ms: a look that is under way is not begun anew.
LOOKS, A_LOOK = 6, 10_000


@pytest.fixture
def project():
    project = make_project("fixed", maximum_labels=2, gold_share=0.0)
    make_items(project, 1)
    return project


def bench_of(labeller, person):
    page = person(labeller.user).new_page()
    page.clock.install()
    page.goto("/p/matching/label/")
    looks_again_by_itself(page)
    return page


def looks_again_by_itself(page):
    """Wait until the page has begun all that goes on behind its first card."""
    expect(page.locator("[data-test=saved]")).to_have_text("All saved")


def half_a_minute_later(page):
    """What the page does then, with the server's answer."""
    with page.expect_response("**/leases") as looked:
        page.clock.fast_forward(HALF_A_MINUTE)
    looked.value.finished()


def goes_on_by_itself(page):
    """The page looks again, half a minute later if it was about to do so, and shows a card."""
    card = page.locator(".bench__card")
    for _ in range(LOOKS):
        page.clock.fast_forward(HALF_A_MINUTE)
        with suppress(TooLate):
            return card.wait_for(timeout=A_LOOK)
    raise AssertionError("there is no card")


def test_a_paused_project_says_so_and_goes_on_by_itself_once_it_is_resumed(project, person):
    pause_project(project=project, by=None, now=timezone.now())
    page = bench_of(make_labeller(project, "lara"), person)
    empty = page.locator("[data-test=empty]")
    expect(empty.get_by_role("heading")).to_have_text("This project is paused")
    expect(empty).to_contain_text("Nothing you did is lost. This page looks again every half minute.")
    half_a_minute_later(page)
    expect(empty).to_be_visible()
    resume_project(project=project, by=None, now=timezone.now())
    goes_on_by_itself(page)


def test_items_that_others_hold_come_by_themselves_once_they_are_given_back(project, person):
    now = timezone.now()
    others = make_labellers(project, 2)
    held = [lease_items(labeller=other, count=1, now=now).leases[0] for other in others]
    page = bench_of(make_labeller(project, "lara"), person)
    empty = page.locator("[data-test=empty]")
    expect(empty.get_by_role("heading")).to_have_text("Others have the last items open")
    release(token=held[0].token, labeller=others[0], now=now + timedelta(seconds=1))
    goes_on_by_itself(page)
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
    page = bench_of(labeller, person)
    asked = []
    page.on("request", lambda request: request.url.endswith("/leases") and asked.append(request.url))
    began = page.evaluate("Date.now()")
    for _ in range(4):
        half_a_minute_later(page)
    expect(page.locator("[data-test=empty]")).to_be_visible()
    half_minutes = (page.evaluate("Date.now()") - began) / 30_000  # the page's clock also goes on by itself
    assert 4 <= len(asked) <= half_minutes + 1
