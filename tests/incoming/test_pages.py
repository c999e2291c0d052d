"""The page on which a project is moved here, and the job behind it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labelling.incoming.models import ProjectImport, UploadedFile
from labelling.jobs.models import Job
from labelling.projects.models import Member, Project, Role
from labelling.tasks import run_waiting
from tests.factories import make_user
from tests.incoming.exports import MOODS, as_json, as_lines, mood, task
from tests.incoming.test_moving import CROWD

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client):
    user = make_user("olga", is_staff=True)
    client.force_login(user)
    return user


def send(client, *exports, config=MOODS, source="label_studio", slug="moods"):
    given = {"source": source, "name": "Moods", "slug": slug, "question": "", "images": "",
             "exports": [SimpleUploadedFile(one.name, one.content) for one in exports]}  # fmt: skip
    if config:
        given["config"] = SimpleUploadedFile("config.xml", config)
    return client.post(reverse("move"), given)


def work():
    """Run the jobs that are due; they were asked for a moment ago by the clock of the page."""
    run_waiting(now=Job.objects.latest("run_after").run_after)


def test_an_upload_becomes_a_project_of_who_sent_it(client, olga):
    page = send(client, as_json(CROWD))
    assert page.status_code == 302
    assert "Waits for a worker" in client.get(page.url).content.decode()
    work()
    said = client.get(page.url).content.decode()
    assert "It is here" in said and "data_id" in said and reverse("overview", args=["moods"]) in said
    project = Project.objects.get(slug="moods")
    assert Member.objects.filter(project=project, user=olga, role=Role.OWNER).exists()
    assert not UploadedFile.objects.exists()


def test_the_page_lists_what_was_not_taken(client, olga):
    review = mood("good", reviews=[{"accepted": False}])
    page = send(client, as_json([task(7, review), task(8, mood("bad"))]))
    work()
    assert "a review that did not accept the answer" in client.get(page.url).content.decode()


def test_a_file_with_a_fault_is_refused_with_its_place_and_can_be_sent_again(client, olga):
    page = send(client, as_json([{"data": 3}]))
    work()
    said = client.get(page.url).content.decode()
    assert "Refused" in said and "export.json, item 1, data" in said
    assert not Project.objects.exists()
    again = send(client, as_json(CROWD))
    work()
    assert "It is here" in client.get(again.url).content.decode()


def test_several_files_of_doccano_are_several_labellers(client, olga):
    rows = [{"id": 1, "text": "a", "label": ["x"]}, {"id": 2, "text": "b", "label": ["y"]}]
    files = as_lines(rows, "ana.jsonl"), as_lines(rows, "bo.jsonl")
    page = send(client, *files, config=None, source="doccano")
    work()
    assert set(Member.objects.filter(role=Role.LABELLER).values_list("name", flat=True)) == {"ana", "bo"}
    assert "It is here" in client.get(page.url).content.decode()


def test_the_form_says_what_is_missing(client, olga):
    page = send(client)
    assert page.status_code == 422
    assert "choose at least one file" in page.content.decode().lower()
    send(client, as_json(CROWD))
    other = send(client, as_json(CROWD[:2]))
    assert other.status_code == 422
    assert "already" in other.content.decode()


def test_only_who_may_make_projects_moves_one_and_only_they_see_it(client, olga):
    address = send(client, as_json(CROWD)).url
    client.force_login(make_user("lara"))
    assert client.get(reverse("move")).status_code == 403
    assert send(client, as_json(CROWD), slug="other").status_code == 403
    assert client.get(address).status_code == 404
    assert ProjectImport.objects.count() == 1
