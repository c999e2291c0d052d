"""Making a project on a page."""

import json

import pytest
from django.test import Client

from labelling.projects.models import Mode, Project, Role
from labelling.schemas import KINDS
from tests.factories import make_labeller, make_project, make_user
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

NEW = "/projects/new/"
DEFINITION = {
    "question": "Which sentiment does the review express?",
    "input": {"kind": "text", "fields": ["review"]},
    "choices": [{"name": "Positive"}, {"name": "Neutral"}, {"name": "Negative"}],
}
FIELDS = {
    "name": "Shop reviews", "slug": "shop-reviews", "kind": "single_choice", "definition": json.dumps(DEFINITION),
    "guideline": "Read it twice.", "mode": "fixed",
}  # fmt: skip


def post(**changed):
    make_user("stefan", is_staff=True)
    return client_of("stefan").post(NEW, FIELDS | changed)


def test_staff_make_a_project_and_own_it():
    assert post()["Location"] == "/p/shop-reviews/settings/"
    project = Project.objects.get()
    assert (project.name, project.slug, project.created_by.username) == ("Shop reviews", "shop-reviews", "stefan")
    assert (project.schema.kind, project.schema.definition) == ("single_choice", DEFINITION)
    assert (project.policy.mode, project.guideline.text) == (Mode.FIXED, "Read it twice.")
    assert project.members.get().role == Role.OWNER


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_of_every_kind_is_made_from_its_example(kind):
    assert post(kind=kind, definition=json.dumps(KINDS[kind].example)).status_code == 302
    assert Project.objects.get().schema.kind == kind


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


@pytest.mark.parametrize(
    ("changed", "where", "says"),
    [
        ({"definition": "{"}, "definition", "is not JSON"),
        ({"definition": "[" * 100_000}, "definition", "nested too deeply"),
        ({"definition": "[]"}, "definition", "must be a JSON object"),
        ({"definition": json.dumps(DEFINITION | {"question": " "})}, "question", "must be text"),
        ({"definition": json.dumps(DEFINITION | {"choices": ["same", "same"]})}, "choices", "is used twice"),
        ({"definition": json.dumps(DEFINITION | {"question": "\x00"})}, "definition", "must not hold NUL"),
        ({"kind": "smell"}, "kind", "there is no kind"),
        ({"kind": ""}, "kind", "there is no kind"),
    ],
)
def test_what_is_wrong_with_the_question_is_said_with_its_field_and_nothing_typed_is_lost(changed, where, says):
    refused = post(**changed)
    assert refused.status_code == 422
    [fault] = refused.context["island"]["errors"]
    assert fault["where"] == where and says in fault["message"]
    assert (
        "Read it twice." in text_of(refused) and refused.context["island"]["text"] == (FIELDS | changed)["definition"]
    )
    assert not Project.objects.exists()
