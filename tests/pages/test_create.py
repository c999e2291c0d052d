"""Making a project on a page."""

import pytest
from django.test import Client

from labelling.projects.models import Mode, Project, Role
from tests.factories import make_labeller, make_project, make_user
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

NEW = "/projects/new/"
FIELDS = {
    "name": "Shop reviews", "slug": "shop-reviews", "question": "Which sentiment does the review express?",
    "choices": "Positive\r\n\r\n Neutral \r\nNegative", "input_kind": "text", "shown_fields": "review",
    "guideline": "Read it twice.", "mode": "fixed",
}  # fmt: skip


def post(**changed):
    make_user("stefan", is_staff=True)
    return client_of("stefan").post(NEW, FIELDS | changed)


def test_staff_make_a_project_and_own_it():
    assert post()["Location"] == "/p/shop-reviews/settings/"
    project = Project.objects.get()
    assert (project.name, project.slug, project.created_by.username) == ("Shop reviews", "shop-reviews", "stefan")
    assert project.schema.definition == {
        "question": "Which sentiment does the review express?",
        "input": {"kind": "text", "fields": ["review"]},
        "choices": [
            {"name": "Positive", "key": "1"},
            {"name": "Neutral", "key": "2"},
            {"name": "Negative", "key": "3"},
        ],
    }
    assert (project.policy.mode, project.guideline.text) == (Mode.FIXED, "Read it twice.")
    assert project.members.get().role == Role.OWNER


def test_owners_of_a_project_make_another():
    make_project()
    assert client_of("olga").get(NEW).status_code == 200
    assert client_of("olga").post(NEW, FIELDS).status_code == 302
    assert Project.objects.filter(slug="shop-reviews").exists()


def test_others_are_told_whom_to_ask():
    make_labeller(make_project(), "lara")
    for response in (client_of("lara").get(NEW), client_of("lara").post(NEW, FIELDS)):
        assert response.status_code == 403
        assert "Your account may not make projects" in text_of(response)
    assert Client().get(NEW).status_code == 302
    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"slug": "Shop Reviews"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"question": " "}, "question"),
        ({"choices": "only one"}, "choices"),
        ({"choices": "same\nsame"}, "choices"),
        ({"choices": f"fine\n{'x' * 201}"}, "choices"),
        ({"input_kind": "text_pair"}, "shown_fields"),
        ({"input_kind": "smell"}, "input_kind"),
        ({"shown_fields": "a, b"}, "shown_fields"),
        ({"shown_fields": ","}, "shown_fields"),
        ({"mode": "lucky"}, "mode"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(changed, field):
    refused = post(**changed)
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {field}
    assert "Read it twice." in text_of(refused)
    assert not Project.objects.exists()


def test_a_slug_that_is_taken_says_so():
    make_project(slug="shop-reviews")
    refused = post()
    assert refused.status_code == 422
    assert "choose another slug" in refused.context["form"].errors["slug"][0]


def test_more_answers_than_digits_have_no_keys_of_their_own():
    post(choices="\n".join(f"class {number}" for number in range(1, 12)))
    choices = Project.objects.get().schema.definition["choices"]
    assert [choice.get("key") for choice in choices] == [*"123456789", None, None]
