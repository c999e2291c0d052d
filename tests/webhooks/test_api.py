"""Webhooks over REST: made, changed, rotated, tested, read and replayed by owners, and by nobody else."""

import pytest

from labelling import tasks
from labelling.audit.models import Entry
from labelling.projects.models import Role
from labelling.webhooks.announcing import announce
from labelling.webhooks.delivering import deliver
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Delivery, Endpoint
from tests.api.calls import Caller, is_problem, program
from tests.factories import NOW, make_member, make_project, make_user

URL = "https://hooks.example/quorum?key=1"


@pytest.fixture
def owner(project):
    return Caller(make_user("olga"))


def make(owner, **body):
    made = owner.post("projects/matching/webhooks", {"url": URL} | body)
    assert made.status_code == 201, made.content
    return made.json()


def test_the_secret_is_in_the_reply_that_makes_it_and_read_again_on_record(owner):
    made = make(owner, kinds=["version.recalled", "version.published"], description="Retraining")
    assert made["secret"].startswith("whsec_")
    assert made["kinds"] == ["version.published", "version.recalled"]
    for listed in (owner.get("projects/matching/webhooks"), owner.get(f"webhooks/{made['id']}")):
        assert made["secret"] not in listed.content.decode()
    read = owner.post(f"webhooks/{made['id']}/secret")
    assert read.json() == {"secret": made["secret"]}
    assert read["Cache-Control"] == "no-store"
    acts = Entry.objects.filter(subject_id=made["id"]).order_by("pk").values_list("action", "by__username")
    assert list(acts) == [("webhook.made", "olga"), ("webhook.secret_read", "olga")]
    assert made["secret"] not in str(list(Entry.objects.values_list("detail", flat=True)))


def test_an_endpoint_is_changed_disabled_enabled_rotated_and_removed_on_record(owner):
    made = make(owner)
    here = f"webhooks/{made['id']}"
    changed = owner.patch(here, {"kinds": ["drift.detected"], "description": "x"}).json()
    assert (changed["url"], changed["kinds"], changed["description"]) == (URL, ["drift.detected"], "x")
    assert owner.post(f"{here}/disable").json()["disabled_why"] == "owner"
    assert owner.post(f"{here}/enable").json()["disabled_at"] is None
    rotated = owner.post(f"{here}/rotate").json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_until"] is not None
    assert owner.delete(here).status_code == 204
    is_problem(owner.get(here), 404, "not_found")
    assert owner.get("projects/matching/webhooks").json()["results"] == []
    acts = Entry.objects.filter(subject_id=made["id"]).order_by("pk").values_list("action", flat=True)
    assert [act.removeprefix("webhook.") for act in acts] == [
        "made", "changed", "disabled", "enabled", "rotated", "removed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "url"),
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "https://hooks.example:22/"}, "url"),
        ({"url": "ftp://hooks.example/"}, "url"),
        ({"url": "https://user:word@hooks.example/"}, "url"),
        ({"url": URL, "kinds": ["version.eaten"]}, "kinds"),
        ({"url": URL, "kinds": "version.published"}, "kinds"),
        ({"url": URL, "description": "x" * 201}, "description"),
        ({"url": URL, "secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_can_not_be_a_webhook_is_refused_at_its_field(owner, body, where):
    refused = is_problem(owner.post("projects/matching/webhooks", body), 422, "invalid")
    assert refused["errors"][0]["where"].partition("[")[0].partition(".")[0] == where
    assert not Endpoint.objects.exists()


def test_a_project_has_twenty_at_most(owner):
    for _ in range(20):
        make(owner)
    is_problem(owner.post("projects/matching/webhooks", {"url": URL}), 409, "too_many_webhooks")


def test_the_log_tells_what_was_sent_and_replied_and_an_owner_sends_it_again(owner, project, receiver):
    receiver.answers = [500, 204]
    made = make(owner, url=receiver.url)
    announce(project=project, kind=Kind.PUBLISHED, data={"version": {"number": 3}}, now=NOW)
    tasks.run_waiting(now=NOW)
    (delivery,) = owner.get(f"webhooks/{made['id']}/deliveries", state="waiting").json()["results"]
    (attempt,) = delivery["attempts"]
    assert (delivery["kind"], delivery["body"]["data"]["version"]) == ("version.published", {"number": 3})
    assert (attempt["number"], attempt["status"], "500" in attempt["error"]) == (1, 500, True)
    again = owner.post(f"deliveries/{delivery['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    row = Delivery.objects.get()
    deliver(row.pk, now=row.next_at)
    after = owner.get(f"deliveries/{delivery['id']}").json()
    assert (after["state"], [one["status"] for one in after["attempts"]]) == ("delivered", [500, 204])
    assert receiver.ids == [delivery["message"]] * 2
    assert owner.get(f"webhooks/{made['id']}/deliveries", state="failed").json()["results"] == []
    is_problem(owner.get(f"webhooks/{made['id']}/deliveries", state="lost"), 422)


def test_a_test_event_is_on_its_way_at_once_and_a_disabled_endpoint_takes_no_replay(owner, receiver):
    made = make(owner, url=receiver.url)
    sent = owner.post(f"webhooks/{made['id']}/test")
    assert (sent.status_code, sent.json()["kind"]) == (202, "webhook.test")
    announce(project=Endpoint.objects.get().project, kind=Kind.DRIFT, data={}, now=NOW)
    owner.post(f"webhooks/{made['id']}/disable")
    drift = Delivery.objects.get(message__kind=Kind.DRIFT)
    is_problem(owner.post(f"deliveries/{drift.public_id}/replay"), 409, "webhook_disabled")


def test_nobody_but_an_owner_of_the_project_reads_or_changes_a_webhook(owner, project):
    made = make(owner)
    announce(project=project, kind=Kind.PUBLISHED, data={}, now=NOW)
    delivery = Delivery.objects.get()
    here = f"webhooks/{made['id']}"
    inside = [Caller(make_member(project, role, role).user) for role in (Role.LABELLER, Role.EXPERT, Role.AUDITOR)]
    weak = program(make_user("olga"), "read", "review", "datasets:read", "datasets:write")
    other = program(make_user("olga"), project=make_project(slug="third"))
    for caller, status in [
        *((one, 403) for one in (*inside, weak)),
        (Caller(make_user("stranger")), 404),
        (other, 404),
    ]:
        is_problem(caller.get("projects/matching/webhooks"), status)
        is_problem(caller.post("projects/matching/webhooks", {"url": URL}), status)
        for address in (here, f"{here}/deliveries", f"deliveries/{delivery.public_id}"):
            is_problem(caller.get(address), status)
        for act in ("disable", "enable", "rotate", "secret", "test"):
            is_problem(caller.post(f"{here}/{act}"), status)
        is_problem(caller.post(f"deliveries/{delivery.public_id}/replay"), status)
        is_problem(caller.patch(here, {"description": "x"}), status)
        is_problem(caller.delete(here), status)
    endpoint = Endpoint.objects.get()
    assert (endpoint.description, endpoint.disabled_at, endpoint.secret) == ("", None, made["secret"])


def test_a_token_that_may_manage_makes_webhooks(project):
    manager = program(make_user("olga"), "manage", project=project)
    assert manager.post("projects/matching/webhooks", {"url": URL}).status_code == 201
