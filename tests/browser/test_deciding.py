"""Experts decide, owners reject and publish: on the pages, with the database looked at after."""

import csv
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from experts.models import Case, Decision
from labelling.assignment.models import Batch, Rejection
from labelling.datasets.models import Recall, Version
from labelling.sampling.models import Item, Split, State
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_expert_decides_a_case_by_keys_and_the_item_is_resolved(town, person):
    page = person(make_user("eva")).new_page()
    page.goto(reverse("cases", args=[town.slug]))
    page.wait_for_load_state("networkidle")
    case = Case.objects.get(item__example__external_id=page.locator("article .card__head p").inner_text())
    page.keyboard.press("2")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.get_by_label(re.compile("^Why")).fill("August is not in the offer.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Decided")).to_be_visible()
    decision = Decision.objects.get(case=case)
    assert (decision.answer, decision.rationale) == ('{"choice":"no match"}', "August is not in the offer.")
    case.refresh_from_db()
    assert case.closed_at is not None
    assert case.item.state == State.RESOLVED
    assert decision.by.username == "eva"


def test_an_expert_decides_with_one_thumb_at_360_px(town, person):
    page = person(make_user("eva"), size="360").new_page()
    case = Case.objects.filter(closed_at=None).first()
    page.goto(reverse("case", args=[town.slug, case.public_id]))
    option = page.locator("label.choice").first
    assert option.bounding_box()["height"] >= 44
    option.tap()
    page.get_by_label(re.compile("^Why")).fill("The whole month is.")
    page.get_by_role("button", name="Decide").tap()
    expect(page.get_by_role("status").filter(has_text="Decided")).to_be_visible()
    case.item.refresh_from_db()
    assert case.item.state == State.RESOLVED


def test_a_case_without_a_reason_is_not_decided(town, person):
    page = person(make_user("eva")).new_page()
    case = Case.objects.filter(closed_at=None).exclude(reason=Case.Reason.AUDIT).first()
    page.goto(reverse("case", args=[town.slug, case.public_id]))
    page.locator("label.choice").first.click()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_label(re.compile("^Why"))).to_be_focused()
    assert not Decision.objects.filter(case=case).exists()


def test_an_owner_sees_what_a_rejection_changes_rejects_recalls_and_lifts(town, person):
    page = person(make_user("olga")).new_page()
    batch = Batch.objects.filter(labeller__name="sam").order_by("number").first()
    page.goto(reverse("labeller", args=[town.slug, batch.labeller.public_id]))
    page.get_by_role("link", name=f"Reject… batch {batch.number}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Reject batch {batch.number}")
    expect(page.locator("dl.facts dd").first).to_contain_text(str(batch.n_labels))
    expect(page.locator("dt:has-text('Published versions') + dd")).to_contain_text("version 2")
    assert Rejection.objects.count() == 1
    page.get_by_label("Reason").fill("Every third answer is wrong.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").filter(has_text="Rejected")).to_be_visible()
    rejection = Rejection.objects.get(batch=batch, lifted_at=None)
    recalled = Recall.objects.get(rejection=rejection, version__number=2)

    page.goto(reverse("version", args=[town.slug, 2]))
    banner = page.get_by_role("note").filter(has_text="Every third answer is wrong.")
    expect(banner).to_contain_text(f"{recalled.n_rows} row")

    page.goto(reverse("rejection", args=[town.slug, rejection.public_id]))
    page.get_by_label("Why it is lifted").fill("They were right after all.")
    page.get_by_role("button", name="Lift the rejection").click()
    expect(page.get_by_role("status").filter(has_text="Lifted")).to_be_visible()
    rejection.refresh_from_db()
    assert rejection.lifted_at is not None
    page.goto(reverse("version", args=[town.slug, 2]))
    expect(banner).to_have_count(0)


def test_an_owner_publishes_a_version_downloads_it_and_sees_what_changed(town, person):
    page = person(make_user("eva")).new_page()
    page.goto(reverse("cases", args=[town.slug]))
    page.locator("label.choice").first.click()
    page.get_by_label(re.compile("^Why")).fill("As the guideline says.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status").filter(has_text="Decided")).to_be_visible()
    key = Decision.objects.latest("pk").case.item.example.external_id

    page = person(make_user("olga")).new_page()
    page.goto(reverse("versions", args=[town.slug]))
    page.get_by_label("What for").fill("With an expert's ruling")
    page.get_by_role("button", name="Check and publish").click()
    if page.get_by_label("Why it may be published").count():
        page.get_by_label("Why it may be published").fill("A small example.")
        page.get_by_role("button", name="Check and publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 3")
    version = Version.objects.get(number=3)
    assert version.message == "With an expert's ruling"
    expect(page.get_by_role("main")).to_contain_text(version.data_id)

    rows = []
    for split in ("train", "validation", "test"):
        with page.expect_download() as downloading:
            page.get_by_role("link", name=re.compile(rf"^csv\s*, {split}$")).click()
        with open(downloading.value.path(), encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    assert len(rows) == version.n_rows
    assert key in {row["key"] for row in rows}

    page.goto(reverse("versions", args=[town.slug]))
    page.get_by_role("link", name="since 2").click()
    if Item.objects.get(project=version.project, example__external_id=key).split == Split.TEST:
        page.get_by_role("link", name="show them").click()
    expect(page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=key))).to_contain_text("added")
