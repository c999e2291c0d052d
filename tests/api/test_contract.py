"""The API against its own description: every operation, odd inputs, no fault of ours."""

import os
import shutil
from contextlib import contextmanager

import hypothesis
import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from labelling.loop.publish import publish
from labelling.projects.models import Project
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.announcing import send_test
from labelling.wsgi import application
from tests.api.calls import program
from tests.datasets.helpers import approve
from tests.factories import NOW, make_items, make_labeller, make_project, make_user

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
if os.environ.get("TEST_DATABASE") != "postgres":
    # Every edge of every field is tried once, on the database that refuses more of them: that is 6,000 requests.
    schema.config.phases.update(phases=["examples", "fuzzing"])


def test_the_description_is_valid_and_complete(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))


def test_the_description_is_written_for_callers():
    """Docstrings of views are for who reads the code."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    operations = [said for path in found["paths"].values() for said in path.values()]
    assert len(operations) > 100 and all(said["summary"] for said in operations)
    assert {said.get("description", "") for said in operations} == {""}
    [alias] = [one for one in found["paths"]["/api/v1/projects/{project}/aliases/{alias}"]["put"]["parameters"]
               if one["name"] == "alias"]  # fmt: skip
    assert "means a version" in alias["description"]


@contextmanager
def one_connection():
    """A request ends by closing old connections; but the test's own holds the transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def made_once(rows_of_the_file, tmp_path_factory):
    """A project with a published version, whose blobs are in the folder returned."""
    folder = tmp_path_factory.mktemp("data")
    with override_settings(DATA_DIR=folder):
        project = make_project()
        make_labeller(project, "olga")
        for item in make_items(project, 5):
            approve(item, "match")
        make_items(project, 5, first=6)
        publish(project=project, by=None, message="", override_reason="a small example", now=NOW)
    return folder


@pytest.fixture
def caller(made_once, db, settings, tmp_path):
    """Somebody who is owner and labeller, so that every operation gets past the door; with a published version."""
    settings.DATA_DIR = shutil.copytree(made_once, tmp_path / "data")
    return program(make_user("olga"))


def there_is(noun, project, caller):
    """The parameters of an address that name something that is there."""
    if noun == "projects":
        return {"project": "matching", "n": "1", "key": "item-0001", "name": "manifest.json"}
    if noun == "leases":
        return {"token": caller.post("projects/matching/leases", {"count": 1}).json()["leases"][0]["token"]}
    if noun == "items":
        return {"public_id": project.items.last().public_id}
    if noun in {"labellers", "members"}:
        return {"public_id": project.members.get(role="labeller").public_id}
    if noun in {"webhooks", "deliveries"}:
        owner = make_user("olga")
        webhook = create_endpoint(project=project, url="https://hooks.example/", by=owner, now=NOW)
        return {
            "public_id": (webhook if noun == "webhooks" else send_test(endpoint=webhook, by=owner, now=NOW)).public_id
        }
    return {}


@schema.parametrize()
@hypothesis.settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_that_can_be_sent_is_a_fault_of_ours(case, caller):
    with transaction.atomic():
        known = there_is(case.path.split("/")[3], Project.objects.get(), caller)
        case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        with one_connection():
            response = case.call(headers={"Authorization": caller.headers["Authorization"]})
        case.validate_response(response, checks=CHECKS)
        transaction.set_rollback(True)
