"""What docs/webhooks.md says is so."""

import json

import pytest
from django.utils import timezone

from labelling import tasks
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.announcing import announce
from labelling.webhooks.kinds import KINDS, TEST, Kind
from tests.docs.pages import ROOT, code_blocks, text_of
from tests.factories import make_user

PAGE = ROOT / "docs/webhooks.md"


@pytest.mark.django_db
def test_the_function_of_the_page_verifies_a_message_and_refuses_a_changed_one(project, receiver):
    (code,) = code_blocks(PAGE, "python")
    names = {}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    # The function compares the time with the clock of this machine.
    now = timezone.now()
    endpoint = create_endpoint(project=project, url=receiver.url, by=make_user(), now=now)
    announce(project=project, kind=Kind.DRIFT, data={}, now=now)
    tasks.run_waiting(now=now)
    ((headers, body, _),) = receiver.received
    assert names["is_ours"](endpoint.secret, headers, body)
    assert not names["is_ours"](endpoint.secret, headers, body + b" ")
    assert not names["is_ours"](endpoint.secret, headers | {"webhook-timestamp": "1"}, body)


def test_the_page_names_every_event_and_its_example_is_one():
    page = text_of(PAGE)
    assert [kind for kind in (*KINDS, TEST) if f"| `{kind}` |" not in page] == []
    (example,) = code_blocks(PAGE, "json")
    assert json.loads(example)["type"] in KINDS
