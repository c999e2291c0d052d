"""The way in: signing in, joining by a link, one's projects, and a labeller's own record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelling.assignment.actions import lease_items
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.projects.actions import invite
from labelling.projects.models import Member, Role, User
from labelling.reliability.models import Scorecard
from tests.factories import NOW, PASSWORD, make_items, make_labeller, make_project, make_user
from tests.pages.browsing import without_ids

pytestmark = pytest.mark.django_db


def invitation_to(project, *, role=Role.LABELLER, uses=1):
    now = timezone.now()
    _, secret = invite(
        project=project, role=role, uses=uses, expires_at=now + timedelta(days=1), by=project.created_by, now=now
    )
    return f"/join/{secret}/"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(client):
    make_project()
    answer = client.get("/p/matching/")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/p/matching/"
    signed_in = client.post(answer["Location"], {"username": "olga", "password": PASSWORD, "next": "/p/matching/"})
    assert signed_in["Location"] == "/p/matching/"


def test_a_wrong_password_is_refused_in_words(client):
    make_user("olga")
    answer = client.post("/sign-in/", {"username": "olga", "password": "wrong"})
    assert answer.status_code == 200
    assert b"Please enter a correct username and password" in answer.content


def test_signing_out_ends_the_session(client):
    client.force_login(make_user("olga"))
    assert client.post("/sign-out/").status_code == 200
    assert client.get("/").status_code == 302


def test_home_lists_only_ones_own_projects(client):
    mine = make_project(slug="mine")
    make_project(slug="theirs")
    client.force_login(make_labeller(mine, "lara").user)
    page = client.get("/").content.decode()
    assert "/p/mine/label/" in page
    assert "theirs" not in page.lower()


def test_who_is_in_no_project_reads_what_to_do(client):
    client.force_login(make_user("nobody"))
    assert "Ask the owner of a project for an invitation link" in client.get("/").content.decode()


def test_a_stranger_joins_with_a_name_and_a_password_and_lands_on_the_labelling_page(client):
    link = invitation_to(make_project())
    answer = client.post(link, {"username": "newcomer", "password": "a long enough one"})
    assert answer.status_code == 302
    assert answer["Location"] == "/p/matching/label/"
    assert client.get(answer["Location"]).status_code == 200
    assert Member.objects.get(user__username="newcomer").role == Role.LABELLER


def test_who_is_signed_in_joins_with_one_click(client):
    link = invitation_to(make_project(), role=Role.EXPERT)
    client.force_login(make_user("edna"))
    assert client.post(link)["Location"] == "/p/matching/experts/"
    assert Member.objects.get(user__username="edna").role == Role.EXPERT


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "olga", "password": "a long enough one"}, "olga2 is free"),
        ({"username": "newcomer", "password": "short"}, "too short"),
        ({"username": "", "password": "a long enough one"}, "required"),
        ({"username": "no/slash", "password": "a long enough one"}, "valid username"),
    ],
)
def test_a_sign_up_that_fails_says_why_and_uses_up_nothing(client, fields, said):
    link = invitation_to(make_project())
    users = User.objects.count()
    assert said in client.post(link, fields).content.decode()
    assert User.objects.count() == users
    assert client.get(link).status_code == 200


def test_a_name_with_a_blank_works_at_the_sign_up_and_at_the_sign_in(client):
    link = invitation_to(make_project())
    given = {"username": " Anna  Berg ", "password": "a long enough one"}
    assert client.post(link, given)["Location"] == "/p/matching/label/"
    client.logout()
    back = client.post("/sign-in/?next=/p/matching/work/", given | {"next": "/p/matching/work/"})
    assert back["Location"] == "/p/matching/work/"


def test_a_taken_name_is_replaced_in_the_field_by_one_that_is_free(client):
    link = invitation_to(make_project())
    page = client.post(link, {"username": "olga", "password": "a long enough one"}).content.decode()
    assert 'value="olga2"' in page


def test_a_link_that_is_used_up_or_wrong_says_so(client):
    link = invitation_to(make_project())
    client.post(link, {"username": "first", "password": "a long enough one"})
    client.logout()
    used = client.get(link)
    assert used.status_code == 404
    assert b"This link can&#x27;t be used" in used.content or b"This link can't be used" in used.content
    assert client.get("/join/nonsense/").status_code == 404


def test_the_labelling_page_embeds_nothing_a_labeller_may_not_know(client):
    project = make_project()
    make_items(project, 3, is_yardstick=True, value=0.75)
    client.force_login(make_labeller(project).user)
    page = without_ids(client.get("/p/matching/label/").content.decode())
    for hidden in ("yardstick", "priority", "gold", "0.75", "item-000"):
        assert hidden not in page.lower()


def test_your_work_shows_known_answers_in_whole_blocks_only(client):
    project = make_project()
    make_items(project, 2)
    labeller = make_labeller(project)
    (lease,) = lease_items(labeller=labeller, count=1, now=NOW).leases
    submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    Scorecard.objects.create(
        labeller=labeller, fit=_fit(project), n_labels=1, gold_blocks=[[8, 10], [3, 4]], computed_at=NOW
    )
    client.force_login(labeller.user)
    page = client.get("/p/matching/work/").content.decode()
    assert "8 of 10" in page
    assert "3 of 4" not in page
    assert "1 of 20" in page


def _fit(project):
    fit = refit_project(project=project, now=NOW)
    Scorecard.objects.all().delete()
    return fit
