"""The admin looks things up and changes nothing; errors are told in plain words."""

import pytest
from django.contrib import admin
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from experts import actions as experts
from experts.models import Case
from labelling.projects.actions import issue_token
from labelling.projects.models import Project, User
from tests.experts.crowd import contested
from tests.factories import NOW, make_project, make_user
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in {"labelling", "experts"}]


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def site_admin() -> Client:
    make_user("root", is_staff=True, is_superuser=True)
    return client_of("root")


def a_busy_project() -> Project:
    project, _ = contested(3)
    experts.pull(project=project, now=NOW)
    experts.decide(
        case=Case.objects.first(), by=make_user("eva"), kind="answer", answer={"choice": "match"}, rationale="cats",
        now=NOW,
    )  # fmt: skip
    return project


def test_only_staff_come_in():
    make_project()
    assert client_of("olga").get("/admin/").status_code == 302
    assert "Quorum" in text_of(site_admin().get("/admin/"))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_can_be_read_and_searched_and_each_row_opened(model, django_assert_max_num_queries):
    a_busy_project()
    root = site_admin()
    assert root.get(address(model, "changelist"), {"q": "item-0001"}).status_code == 200
    with django_assert_max_num_queries(15):
        assert root.get(address(model, "changelist")).status_code == 200
    for row in model._default_manager.all()[:1]:
        assert root.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [model for model in OURS if model is not User], ids=lambda model: model.__name__)
def test_nothing_but_users_can_be_added_changed_or_deleted(model):
    a_busy_project()
    root = site_admin()
    assert root.post(address(model, "add"), {}).status_code == 403
    for row in model._default_manager.all()[:1]:
        assert root.post(address(model, "change", row.pk), {}).status_code == 403
        assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model._default_manager.filter(pk=row.pk).exists()


def test_users_are_not_deleted():
    root = site_admin()
    eva = make_user("eva")
    assert root.post(address(User, "delete", eva.pk), {"post": "yes"}).status_code == 403


def test_no_page_of_the_admin_shows_a_secret():
    project = make_project()
    token, _ = issue_token(
        user=make_user("olga"), project=project, name="t", scopes=["read"], expires_at=None, by=None, now=NOW
    )  # fmt: skip
    shown = text_of(site_admin().get(address(type(token), "change", token.pk)))
    assert token.public_id in shown and token.secret_hash not in shown


def test_a_wrong_address_says_what_may_be_wrong():
    response = Client().get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing at this address" in text_of(response)


def test_the_page_of_a_fault_needs_nothing_to_be_shown():
    assert "Something broke on our side" in render_to_string("500.html")
