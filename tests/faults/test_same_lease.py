"""A double click, twenty times over: the same lease is answered by twenty requests at once, over HTTP."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from experts.doctor.examine import examine
from labelling.assignment.models import Label
from labelling.projects.actions import issue_token
from labelling.sampling.models import Item
from tests.factories import make_items, make_labeller, make_project
from tests.web import Connection, WebServer
from tests.worker import address_of

AT_ONCE = 20


@pytest.fixture
def web(transactional_db):
    server = WebServer(database_url=address_of(connection.settings_dict))
    try:
        server.start()
        yield server
    finally:
        server.stop()


def secret_of(member) -> str:
    _, secret = issue_token(
        user=member.user, project=member.project, name="double click", scopes=["label"], expires_at=None,
        by=member.user, now=timezone.now(),
    )  # fmt: skip
    return secret


def test_one_lease_answered_by_twenty_requests_at_once_is_one_label_and_twenty_equal_replies(web):
    project = make_project(gold_share=0)
    make_items(project, 1)
    secret = secret_of(make_labeller(project))
    connections = [Connection(port=web.port, secret=secret) for _ in range(AT_ONCE)]
    _, leased = connections[0].post(f"/api/v1/projects/{project.slug}/leases")
    address = f"/api/v1/leases/{leased['leases'][0]['token']}/label"
    replies: list[tuple[int, dict]] = []
    start = threading.Barrier(AT_ONCE)

    def send(one: Connection) -> None:
        start.wait()
        replies.append(one.post(address, {"answer": {"choice": "match"}}))
        one.close()

    threads = [threading.Thread(target=send, args=[one]) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in replies) == [200] * (AT_ONCE - 1) + [201]
    assert [body for _, body in replies] == [replies[0][1]] * AT_ONCE
    assert replies[0][1]["standing"] is True
    assert [label.public_id for label in Label.objects.all()] == [replies[0][1]["label"]]
    item = Item.objects.get()
    assert (item.n_active, item.n_done) == (0, 1)
    assert list(examine()) == []
