"""The page on which a project is moved here, and the job behind it."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from labelling.assignment.models import Label
from labelling.incoming.models import ProjectImport, UploadedFile
from labelling.jobs.models import Job
from labelling.projects.actions import pause_project
from labelling.projects.models import Member, Project, Role
from labelling.tasks import run_waiting
from tests.factories import NOW, make_project, make_user
from tests.incoming.exports import MOODS, as_json, as_lines, mood, task
from tests.incoming.test_moving import CROWD

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client):
    user = make_user("olga", is_staff=True)
    client.force_login(user)
    return user


def send(client, *exports, config=MOODS, source="label_studio", slug="moods", **more):
    given = {"source": source, "name": "Moods", "slug": slug, "question": "", "images": "",
             "exports": [SimpleUploadedFile(one.name, one.content) for one in exports], **more}  # fmt: skip
    if config:
        given["config"] = SimpleUploadedFile("config.xml", config)
    return client.post(reverse("move"), given)


def work():
    """Run the jobs that are due; they were asked for a moment ago by the clock of the page."""
    run_waiting(now=Job.objects.latest("run_after").run_after)


def test_an_upload_becomes_a_project_of_who_sent_it(client, olga):
    page = send(client, as_json(CROWD))
    assert page.status_code == 302
    waits = client.get(page.url).content.decode()
    assert "Waits for a worker" in waits and "data-watch" in waits
    assert page.url in client.get(reverse("move")).content.decode()
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


def test_what_is_refused_while_it_is_written_ends_the_job_and_can_be_sent_again(client, olga):
    page = send(client, as_json(CROWD))
    # Somebody else's project, whose schema refuses the items.
    ProjectImport.objects.update(project=pause_project(project=make_project(), by=olga, now=NOW))
    work()
    job = Job.objects.get(kind="import")
    assert (job.state, job.error) == ("finished", "") and job.result["error"].startswith("item 1, payload")
    said = client.get(page.url).content.decode()
    assert "It stopped part-way" in said and "item 1, payload" in said and "data-watch" not in said
    assert not UploadedFile.objects.exists()
    assert send(client, as_json(CROWD)).url == page.url
    assert "Waits for a worker" in client.get(page.url).content.decode()


def test_sizes_come_from_a_zip_of_pictures_and_spans_are_counted_as_asked(client, olga):
    box = {"filename": "cat.png", "bbox": [{"x": 10, "y": 20, "width": 50, "height": 50, "label": "cat"}]}
    pictures = zipped("in/cat.png")
    send(client, as_lines([box], "ana.jsonl"), config=None, source="doccano", slug="cats", pictures=pictures)
    span = {"id": 1, "text": "😀 Rome", "label": [[3, 7, "place"]]}
    send(client, as_lines([span], "ana.jsonl"), config=None, source="doccano", slug="rome", offsets="utf-16")
    work()
    boxes, spans = (json.loads(Label.objects.get(project__slug=slug).answer) for slug in ("cats", "rome"))
    assert boxes["boxes"] == [{"label": "cat", "x": 1000, "y": 2000, "width": 5000, "height": 5000}]
    assert spans["spans"] == [{"start": 2, "end": 6, "label": "place"}]


def zipped(name, size=(100, 100)):
    picture, archive = io.BytesIO(), io.BytesIO()
    Image.new("RGB", size).save(picture, "PNG")
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(name, picture.getvalue())
        made.writestr("in/notes.txt", "no picture")
    return SimpleUploadedFile("pictures.zip", archive.getvalue())


def test_a_zip_without_pictures_is_refused_on_the_form(client, olga):
    page = send(client, as_json(CROWD), pictures=SimpleUploadedFile("pictures.zip", b"no zip"))
    assert page.status_code == 422
    assert "is no zip archive of pictures" in page.content.decode()


def test_the_overview_of_a_moved_project_says_where_it_came_from_and_that_nothing_flatters_its_agreement(client, olga):
    send(client, as_json(CROWD))
    work()
    said = " ".join(client.get(reverse("overview", args=["moods"])).content.decode().split())
    assert "This project came from Label Studio" in said and "60 labels of 3 labellers" in said
    assert "alpha on all items" in said and "with a fixed number of labels nothing flatters it" in said
    assert "flattered by early stopping" not in said and "what was labelled in Label Studio costs nothing here" in said
