"""The header on a narrow screen: one row, whose menu opens without scripts and holds everything else."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import SCREENSHOTS, violations
from tests.factories import make_items, make_labeller, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ONE_ROW = 64


def test_at_360_px_the_header_is_one_row_and_its_menu_holds_every_page(db, person):
    make_project()
    page = person(make_user("olga"), "360").new_page()
    page.goto("/p/matching/", wait_until="networkidle")
    assert page.locator(".site-header").bounding_box()["height"] <= ONE_ROW
    items = page.get_by_role("link", name="Items", exact=True)
    expect(items).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert items.bounding_box()["height"] >= 44
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "menu-360-light.png")
    assert not violations(page)
    items.tap()
    expect(page.get_by_role("heading", name="Items", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_the_labeller_reaches_their_work_and_the_way_out_from_the_menu(db, person):
    project = make_project(gold_share=0.0)
    make_items(project, 3)
    page = person(make_labeller(project).user, "360").new_page()
    page.goto("/p/matching/label/")
    expect(page.locator(".bench__card")).to_be_visible()
    assert page.locator(".site-header").bounding_box()["height"] <= ONE_ROW
    page.get_by_role("button", name="Menu").tap()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("link", name="Your work").tap()
    expect(page.get_by_role("heading", name="Your work")).to_be_visible()
