"""The API against its own description: every operation, odd inputs, no fault of ours."""

import pytest
import schemathesis
from django.core.management import call_command
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from labelling.wsgi import application
from tests.api.calls import program
from tests.factories import make_items, make_labeller, make_project, make_user

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


def test_the_description_is_valid_and_complete(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))


@pytest.fixture
def token(db):
    """The token of somebody who is owner and labeller, so that every operation gets past the door."""
    project = make_project()
    make_items(project, 5)
    make_labeller(project, "olga")
    return program(make_user("olga")).headers["Authorization"]


@schema.parametrize()
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_that_can_be_sent_is_a_fault_of_ours(case, token):
    if "project" in case.path_parameters:
        case.path_parameters["project"] = "matching"
    response = case.call(headers={"Authorization": token})
    case.validate_response(response, checks=CHECKS)
