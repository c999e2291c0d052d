"""From what happened to the receiver: written with the change, signed, tried again, given up, sent again."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from labelling import tasks
from labelling.audit.models import Entry
from labelling.errors import NotFound
from labelling.jobs.models import Job
from labelling.webhooks import actions
from labelling.webhooks.announcing import NotSentTo, announce, send_again, send_test
from labelling.webhooks.clearing import clear_old
from labelling.webhooks.delivering import deliver
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Attempt, Delivery, Endpoint, Message
from labelling.webhooks.schedule import JITTER, PAUSES, pause
from tests.factories import NOW, make_project, make_user
from tests.webhooks.receiver import silent, waits_for

DATA = {"version": {"number": 3}}


def endpoint_for(project, url, *, kinds=(), now=NOW):
    return actions.create_endpoint(project=project, url=url, kinds=list(kinds), by=make_user(), now=now)


def tell(project, *, kind=Kind.PUBLISHED, now=NOW):
    return announce(project=project, kind=kind, data=DATA, now=now)


def run(now):
    return tasks.run_waiting(now=now)


def verified(secret, received):
    """What was said. The library compares the time with the clock of this machine: send with that one's."""
    headers, body, _ = received
    return Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})


def test_an_event_arrives_with_a_signature_that_the_reference_library_verifies(project, receiver):
    endpoint = endpoint_for(project, receiver.url)
    message = tell(project)
    run(timezone.now())
    told = verified(endpoint.secret, receiver.received[0])
    assert (told["type"], told["data"]["version"], told["data"]["project"]["slug"]) == (
        "version.published", {"number": 3}, "matching",
    )  # fmt: skip
    assert receiver.ids == [message.public_id]
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.delivery.state, attempt.delivery.next_at) == (204, "delivered", None)


def test_a_changed_body_or_a_foreign_secret_is_refused_by_the_reference_library(project, receiver):
    endpoint = endpoint_for(project, receiver.url)
    tell(project)
    run(timezone.now())
    headers, body, path = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        verified(endpoint.secret, (headers, body.replace(b"3", b"4"), path))
    other = endpoint_for(project, receiver.url)
    with pytest.raises(WebhookVerificationError):
        verified(other.secret, receiver.received[0])


def test_while_a_secret_rotates_both_verify_and_afterwards_the_new_one_alone(project, receiver):
    now = timezone.now()
    endpoint = endpoint_for(project, receiver.url, now=now - timedelta(days=1, seconds=2))
    old = endpoint.secret
    actions.rotate_secret(endpoint=endpoint, by=make_user(), now=now - timedelta(hours=23, minutes=59))
    tell(project, now=now)
    run(now)
    new = endpoint.secret
    assert old != new
    assert verified(old, receiver.received[0]) == verified(new, receiver.received[0])
    later = now + timedelta(minutes=2)
    tell(project, now=later)
    run(later)
    assert verified(new, receiver.received[1])
    with pytest.raises(WebhookVerificationError):
        verified(old, receiver.received[1])


def test_a_project_without_endpoints_pays_one_look_up(project, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert tell(project) is None
    assert not Message.objects.exists()


def test_what_is_taken_back_was_never_announced(project, receiver):
    endpoint_for(project, receiver.url)
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        tell(project)
        raise ValueError("no")
    assert run(NOW) == 0
    assert not Message.objects.exists()


def test_an_endpoint_gets_the_kinds_that_it_wants_and_of_its_project_alone(project, receiver):
    endpoint_for(project, receiver.url, kinds=[Kind.RECALLED])
    endpoint_for(make_project(slug="other"), receiver.url)
    assert tell(project, kind=Kind.PUBLISHED) is None
    wanted = tell(project, kind=Kind.RECALLED)
    run(NOW)
    assert receiver.ids == [wanted.public_id]


def test_a_message_is_frozen(project, receiver):
    endpoint_for(project, receiver.url)
    message = tell(project)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(body="{}")


def test_failures_are_tried_again_by_the_schedule_until_they_are_given_up_and_the_endpoint_is_disabled(
    project, receiver
):
    receiver.answers = [500]
    endpoint = endpoint_for(project, receiver.url)
    message, now, pauses = tell(project), NOW, []
    while (delivery := Delivery.objects.get()).next_at:
        now = delivery.next_at
        run(now - timedelta(milliseconds=1))
        run(now)
        if later := Delivery.objects.get().next_at:
            pauses.append((later - now).total_seconds())
    assert len(pauses) == len(PAUSES)
    for waited, planned in zip(pauses, PAUSES, strict=True):
        assert planned <= waited < planned * (1 + JITTER) + 2
    assert receiver.ids == [message.public_id] * (len(PAUSES) + 1)
    endpoint.refresh_from_db()
    assert (delivery.state, delivery.n_attempts) == ("failed", 10)
    assert (endpoint.disabled_why, endpoint.disabled_at) == ("failing", now)
    assert timedelta(days=3) < now - NOW < timedelta(days=4)
    assert Entry.objects.filter(action="webhook.disabled", by=None).count() == 1
    assert tell(project, now=now) is None


def test_the_jitter_is_the_same_whenever_it_is_asked_and_differs_between_deliveries(project, receiver):
    assert pause(n_tries=2, seed=7, key="a") == pause(n_tries=2, seed=7, key="a") != pause(n_tries=2, seed=7, key="b")
    assert pause(n_tries=1, seed=7, key="a", asked=600) == timedelta(seconds=600)
    assert pause(n_tries=1, seed=7, key="a", asked=10**9) == timedelta(days=1)


def test_an_endpoint_that_took_something_else_meanwhile_stays_enabled(project, receiver):
    receiver.answers = [500]
    endpoint = endpoint_for(project, receiver.url)
    tell(project)
    first, now = Delivery.objects.get(), NOW
    for number in range(len(PAUSES) + 1):
        now = Delivery.objects.get(pk=first.pk).next_at
        if number == 5:
            receiver.answers = [204]
            other = tell(project, now=now - timedelta(minutes=1))
            run(now - timedelta(minutes=1))
            assert other.deliveries.get().state == "delivered"
            receiver.answers = [500]
        run(now)
    first.refresh_from_db()
    endpoint.refresh_from_db()
    assert (first.state, endpoint.disabled_at) == ("failed", None)


def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(project, receiver):
    receiver.answers = [410]
    endpoint = endpoint_for(project, receiver.url)
    tell(project)
    run(NOW)
    endpoint.refresh_from_db()
    assert (endpoint.disabled_why, Delivery.objects.get().state, len(receiver.received)) == ("gone", "failed", 1)


def test_what_waits_when_an_owner_disables_an_endpoint_is_not_sent_before_it_is_sent_again(project, receiver):
    endpoint = endpoint_for(project, receiver.url)
    message = tell(project)
    actions.disable_endpoint(endpoint=endpoint, by=make_user(), now=NOW)
    run(NOW)
    assert receiver.received == []
    delivery = Delivery.objects.get()
    with pytest.raises(NotSentTo):
        send_again(delivery=delivery, by=make_user(), now=NOW)
    actions.enable_endpoint(endpoint=endpoint, by=make_user(), now=NOW)
    send_again(delivery=delivery, by=make_user(), now=NOW + timedelta(seconds=1))
    run(NOW + timedelta(seconds=1))
    assert receiver.ids == [message.public_id]


def test_a_message_that_was_cleared_meanwhile_is_not_sent_again(project, receiver):
    endpoint_for(project, receiver.url)
    tell(project)
    delivery = Delivery.objects.get()
    Delivery.objects.filter(pk=delivery.pk).delete()
    jobs = Job.objects.count()
    with pytest.raises(NotFound, match="cleared"):
        send_again(delivery=delivery, by=make_user(), now=NOW + timedelta(seconds=1))
    assert Job.objects.count() == jobs


def test_a_replay_sends_the_same_message_under_the_same_id_and_starts_the_schedule_again(project, receiver):
    endpoint_for(project, receiver.url)
    tell(project)
    run(NOW)
    delivery = Delivery.objects.get()
    receiver.answers = [503, 204]
    again = NOW + timedelta(days=9)
    send_again(delivery=delivery, by=make_user(), now=again)
    run(again)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_tries) == ("waiting", 1)
    run(delivery.next_at)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts) == ("delivered", 3)
    assert len(set(receiver.ids)) == 1
    assert len({body for _, body, _ in receiver.received}) == 1
    assert len({headers["webhook-timestamp"] for headers, _, _ in receiver.received}) == 3
    assert Entry.objects.filter(action="webhook.sent_again").count() == 1


def test_a_job_that_is_run_twice_sends_once(project, receiver):
    endpoint_for(project, receiver.url)
    tell(project)
    delivery, job = Delivery.objects.get(), Job.objects.get(kind="webhook")
    tasks.run_job(job.pk)
    tasks.run_job(job.pk)
    assert deliver(delivery.pk, now=timezone.now())["sent"] is False
    assert len(receiver.received) == 1


def test_a_worker_that_dies_after_sending_makes_it_twice_under_one_id(project, receiver):
    """At least once: the receiver tells by the id."""
    endpoint_for(project, receiver.url)
    tell(project)
    delivery = Delivery.objects.get()
    with pytest.raises(KeyboardInterrupt), connection.execute_wrapper(dying):
        deliver(delivery.pk, now=NOW)
    later = NOW + timedelta(minutes=16)
    deliver(delivery.pk, now=later)
    assert len(receiver.received) == 2
    assert len(set(receiver.ids)) == 1
    assert Attempt.objects.count() == 1


def dying(execute, sql, params, many, context):
    if "labelling_attempt" in sql:
        raise KeyboardInterrupt
    return execute(sql, params, many, context)


def test_one_endpoint_has_one_worker_at_a_time_and_rests_after_a_slow_failure(project, receiver):
    receiver.answers = [silent]
    endpoint_for(project, receiver.url)
    tell(project)
    tell(project)
    first, second = Delivery.objects.order_by("pk")
    deliver(first.pk, now=NOW, seconds=0.3)
    endpoint = Endpoint.objects.get()
    assert endpoint.busy_until >= NOW + timedelta(seconds=0.9)
    assert deliver(second.pk, now=NOW + timedelta(seconds=0.5))["because"] == "the endpoint is busy"
    receiver.answers = [204]
    assert deliver(second.pk, now=endpoint.busy_until)["sent"] is True
    assert Job.objects.filter(kind="webhook", run_after__gt=NOW).exists()


def test_a_slow_endpoint_keeps_no_other_from_its_messages(project, receiver, settings):
    slow = endpoint_for(project, receiver.url + "?slow")
    fast = endpoint_for(project, receiver.url)
    Endpoint.objects.filter(pk=slow.pk).update(busy_until=NOW + timedelta(seconds=60))
    tell(project)
    run(NOW)
    assert fast.deliveries.get().state == "delivered"
    assert slow.deliveries.get().state == "waiting"


def test_a_test_event_is_sent_once_whatever_the_endpoint_wants_also_when_it_is_disabled(project, receiver):
    receiver.answers = [500]
    endpoint = endpoint_for(project, receiver.url, kinds=[Kind.RECALLED])
    actions.disable_endpoint(endpoint=endpoint, by=make_user(), now=NOW)
    delivery = send_test(endpoint=endpoint, by=make_user(), now=NOW)
    run(NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts) == ("failed", 1)
    assert json.loads(receiver.received[0][1])["type"] == "webhook.test"


def test_an_endpoint_that_is_removed_forgets_its_secrets_and_gets_nothing(project, receiver):
    endpoint = endpoint_for(project, receiver.url)
    tell(project)
    actions.remove_endpoint(endpoint=endpoint, by=make_user(), now=NOW)
    run(NOW)
    endpoint.refresh_from_db()
    assert (endpoint.secret, endpoint.previous_secret, receiver.received) == ("", "", [])
    assert Delivery.objects.get().state == "stopped"
    for verb in (actions.rotate_secret, actions.reveal_secret, actions.enable_endpoint, actions.disable_endpoint):
        with pytest.raises(actions.Removed):
            verb(endpoint=endpoint, by=make_user(), now=NOW)


def test_an_endpoint_that_leads_inside_is_told_so_in_the_log(project, receiver, settings):
    endpoint_for(project, receiver.url)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    tell(project)
    run(NOW)
    assert "not public" in Attempt.objects.get().error
    assert receiver.received == []


def test_messages_for_an_endpoint_that_is_busy_stand_in_line(project, receiver):
    endpoint = endpoint_for(project, receiver.url)
    for _ in range(3):
        tell(project)
    Endpoint.objects.filter(pk=endpoint.pk).update(busy_until=NOW + timedelta(seconds=60))
    run(NOW)
    waiting = Job.objects.filter(kind="webhook", started_at=None).order_by("run_after")
    assert [(job.run_after - NOW).total_seconds() for job in waiting] == [2, 4, 6]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_delivery_send_once(receiver):
    project = make_project()
    endpoint_for(project, receiver.url)
    tell(project)
    delivery, both, refused = Delivery.objects.get(), threading.Barrier(2), threading.Event()
    receiver.answers = [lambda handler: (refused.wait(10), handler.wfile.write(b"HTTP/1.1 204 Fine\r\n\r\n"))]

    def work(_):
        both.wait()
        try:
            sent = deliver(delivery.pk, now=NOW)["sent"]
            if not sent:
                refused.set()
            return sent
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
    assert len(receiver.received) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts) == ("delivered", 1)


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_was_announced(receiver, celery_worker):
    project = make_project()
    endpoint = endpoint_for(project, receiver.url)
    tell(project)
    waits_for(lambda: (tasks.sweep(), Attempt.objects.exists())[1])
    assert verified(endpoint.secret, receiver.received[0])["type"] == "version.published"


def test_old_messages_go_but_what_waits_and_the_newest_of_a_kind(project, receiver):
    endpoint_for(project, receiver.url)
    gone, waiting, newest = tell(project), tell(project), tell(project, kind=Kind.RECALLED)
    run(NOW)
    send_again(delivery=waiting.deliveries.get(), by=make_user(), now=NOW + timedelta(days=40))
    tell(project, now=NOW + timedelta(days=30))
    assert clear_old(now=NOW + timedelta(days=29)) == 0
    assert clear_old(now=NOW + timedelta(days=31)) == 1
    assert not Delivery.objects.filter(message=gone.pk).exists() and Attempt.objects.count() == 2
    assert Message.objects.filter(pk__in=[waiting.pk, newest.pk]).count() == 2
    assert deliver(0, now=NOW)["sent"] is False


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_while_a_receiver_is_slow(project, receiver):
    receiver.answers = [slow := Slow()]
    endpoint_for(project, receiver.url)
    tell(project)
    job = Job.objects.get(kind="webhook")
    tasks.send_job(job.pk)
    tasks.send_job(job.pk)
    waits_for(slow.came.is_set)
    # The worker is back; the job is under way and in nobody's way.
    assert Job.objects.get(pk=job.pk).state == "running"
    slow.go_on.set()
    waits_for(lambda: Job.objects.get(pk=job.pk).state == "finished")
    assert (len(receiver.received), Delivery.objects.get().state) == (1, "delivered")


class Slow:
    """Answers when it may."""

    def __init__(self):
        self.came, self.go_on = threading.Event(), threading.Event()

    def __call__(self, handler):
        self.came.set()
        self.go_on.wait(120)
        handler.send_response(204)
        handler.end_headers()
