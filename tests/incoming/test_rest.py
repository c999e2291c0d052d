"""Moving a project here by the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labelling.incoming.models import ProjectImport
from labelling.projects.models import Project
from tests.api.calls import API, is_problem, program
from tests.factories import make_project, make_user
from tests.incoming.exports import MOODS, as_json
from tests.incoming.test_moving import CROWD
from tests.incoming.test_pages import work

pytestmark = pytest.mark.django_db


def send(caller, *exports, **fields):
    given = {"source": "label_studio", "name": "Moods", "config": SimpleUploadedFile("config.xml", MOODS),
             "files": [SimpleUploadedFile(one.name, one.content) for one in exports], **fields}  # fmt: skip
    return caller.client.post(f"{API}/imports", given, headers=caller.headers)


def test_a_program_moves_a_project_follows_it_and_reads_what_came():
    olga = program(make_user("olga", is_staff=True))
    sent = send(olga, as_json(CROWD))
    assert (sent.status_code, sent.json()["state"], sent.json()["report"]) == (202, "waiting", None)
    work()
    moved = olga.client.get(sent["Location"], headers=olga.headers).json()
    assert (moved["state"], moved["project"], moved["report"]["labels"]) == ("finished", "moods", 60)
    again = send(olga, as_json(CROWD))
    assert (again.status_code, again.json()["id"]) == (200, moved["id"])
    assert [one["id"] for one in olga.get("imports").json()["results"]] == [moved["id"]]
    other = program(make_user("otto", is_staff=True))
    is_problem(other.get(f"imports/{moved['id']}"), 404)
    is_problem(send(other, as_json(CROWD)), 409, "import_slug_taken")


def test_a_refusal_is_the_result_with_each_fault_on_a_line():
    olga = program(make_user("olga", is_staff=True))
    sent = send(olga, as_json([{"data": 3}]))
    work()
    moved = olga.get(f"imports/{sent.json()['id']}").json()
    assert (moved["state"], moved["project"]) == ("refused", None)
    assert moved["error"].startswith("export.json, item 1, data: ")
    assert not Project.objects.exists()


def test_who_may_not_make_projects_and_what_is_missing_or_unknown_is_refused():
    lara = program(make_user("lara"))
    is_problem(send(lara, as_json(CROWD)), 403)
    olga = make_user("olga", is_staff=True)
    is_problem(send(program(olga, "read"), as_json(CROWD)), 403)
    is_problem(send(program(olga, project=make_project()), as_json(CROWD)), 403)
    wrong = is_problem(send(program(olga), source="excel", odd="1"), 422)
    assert {one["where"] for one in wrong["errors"]} >= {"source", "files"}
    assert not ProjectImport.objects.exists()
