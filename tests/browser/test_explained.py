"""What weighed in a model's prediction, on the expert's page alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from experts import actions
from experts.models import Case
from labelling.projects.models import Role
from tests.browser.looks import look
from tests.browser.showing import ask, data_url, png
from tests.experts.crowd import TWO_LABELS, answer
from tests.factories import NOW, make_labellers, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REGIONS = {
    "regions": [
        {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4, "weight": 2.5},
        {"x": 0.6, "y": 0.5, "width": 0.2, "height": 0.2, "weight": -1},
    ]
}
TOKENS = {"tokens": [{"start": 4, "end": 8, "weight": 0.75}, {"start": 13, "end": 17, "weight": -0.5}]}


def disputed(slug, shown, payload, explanation):
    """A case for eva of an item of which a model said why."""
    said = {"model": "m", "pipeline": "p", "probabilities": {"yes": 0.7, "no": 0.3}, "explanation": explanation}
    asked = {"question": "Is it good?", "input": shown, "choices": ["yes", "no"]}
    project = ask("single_choice", asked, [payload], slug=slug, said=said, **TWO_LABELS, yardstick_share=0.0).project
    eva = make_member(project, "eva", Role.EXPERT).user
    for labeller, choice in zip(make_labellers(project, 2), ("yes", "no"), strict=True):
        answer(labeller, {item.pk: choice for item in project.items.all()})
    actions.pull(project=project, now=NOW)
    return eva, reverse("case", args=[slug, Case.objects.get(project=project).public_id])


def test_an_expert_sees_on_the_item_what_spoke_for_the_model_s_answer_and_what_against(db, person):
    photo = {"url": data_url(png(400, 300)), "width": 400, "height": 300, "alt": "A street"}
    eva, of_image = disputed("photos", {"kind": "image", "fields": ["photo"]}, {"photo": photo}, REGIONS)
    _, of_text = disputed("texts", {"kind": "text", "fields": ["text"]}, {"text": "The good, the ugly"}, TOKENS)
    page = person(eva, size="360").new_page()
    page.goto(of_image)
    drawn = page.locator(".explained")
    expect(drawn).to_be_hidden()
    page.get_by_text("The model's view").click()
    expect(drawn.locator(".explained__region")).to_have_count(2)
    page.wait_for_function("() => document.querySelector('.explained__region').offsetWidth > 20")  # once laid out
    outer, inner = drawn.locator("img").bounding_box(), drawn.locator(".explained__region").first.bounding_box()
    assert inner["width"] == pytest.approx(0.3 * outer["width"], abs=2)
    assert inner["y"] - outer["y"] == pytest.approx(0.2 * outer["height"], abs=2)
    drawn.get_by_text("In numbers").click()
    expect(drawn.get_by_role("row")).to_have_text(
        ["PartWeight", "10% from the left, 20% from the top, 30% wide, 40% high+2.5",
         "60% from the left, 50% from the top, 20% wide, 20% high-1"]
    )  # fmt: skip
    look(page, "explained-image-360")

    page = person(eva).new_page()
    page.goto(of_text)
    page.get_by_text("The model's view").click()
    drawn = page.locator(".explained")
    expect(drawn.locator("mark")).to_have_text(["good", " ugl"])
    expect(drawn.locator("mark").nth(1)).to_have_attribute("data-against", "true")
    look(page, "explained-text-wide")
