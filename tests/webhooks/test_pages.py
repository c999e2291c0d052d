"""The owner's pages of webhooks."""

import html

import pytest

from labelling.audit.models import Entry
from labelling.projects.models import Role
from labelling.webhooks.announcing import announce
from labelling.webhooks.delivering import deliver
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Delivery, Endpoint
from tests.factories import NOW, make_member
from tests.pages.browsing import client_of
from tests.pages.browsing import text_of as plain_of

LIST = "/p/matching/settings/webhooks/"


def text_of(response):
    return html.unescape(plain_of(response))


@pytest.fixture
def olga(project):
    return client_of("olga")


@pytest.fixture
def here(olga, receiver):
    made = olga.post(LIST, {"url": receiver.url, "description": "Retraining", "kinds": ["version.published"]})
    assert made["Location"] == f"{LIST}{Endpoint.objects.get().public_id}/"
    return made["Location"]


def test_an_owner_makes_a_webhook_and_finds_it_in_the_list(olga, here, receiver):
    page = text_of(olga.get(LIST))
    for said in ("Retraining", receiver.url, "version.published", "Enabled"):
        assert said in page
    assert "Nothing yet. Send a test event" in text_of(olga.get(here))


def test_an_address_that_leads_inside_is_refused_beside_the_field(olga):
    refused = olga.post(LIST, {"url": "http://169.254.169.254/latest/meta-data"})
    assert refused.status_code == 422
    assert "an address that is not public" in text_of(refused)
    assert not Endpoint.objects.exists()


def test_the_secret_is_shown_on_request_alone_and_that_is_on_record(olga, here):
    secret = Endpoint.objects.get().secret
    assert secret not in text_of(olga.get(here))
    shown = olga.post(here, {"do": "reveal"})
    assert secret in text_of(shown)
    assert shown["Cache-Control"] == "no-store"
    assert Entry.objects.filter(action="webhook.secret_read", by__username="olga").count() == 1
    assert "with the secret before, too" in text_of(olga.post(here, {"do": "rotate"}, follow=True))
    assert Endpoint.objects.get().previous_secret == secret


def test_a_test_event_appears_in_the_log_with_its_reply_and_is_sent_again(olga, here, receiver):
    receiver.answers = [418]
    assert "A test event is on its way" in text_of(olga.post(here, {"do": "test"}, follow=True))
    delivery = Delivery.objects.get()
    deliver(delivery.pk, now=delivery.next_at)
    page = text_of(olga.get(here))
    for said in ("webhook.test", "Failed", "It answered 418.", delivery.message.public_id):
        assert said in page
    again = olga.post(here, {"do": "again", "of": delivery.public_id}, follow=True)
    assert "on its way again, under the same id" in text_of(again)
    assert olga.post(here, {"do": "again", "of": "nonsense"}).status_code == 404


def test_an_endpoint_that_is_gone_says_so_and_can_be_mended_and_enabled(olga, here, receiver, project):
    receiver.answers = [410]
    announce(project=project, kind=Kind.PUBLISHED, data={}, now=NOW)
    deliver(Delivery.objects.get().pk, now=NOW)
    assert "it answered 410, that it is gone for good" in text_of(olga.get(here))
    saved = olga.post(here, {"do": "save", "url": receiver.url + "/new", "description": "", "kinds": []}, follow=True)
    assert receiver.url + "/new" in text_of(saved)
    refused = olga.post(here, {"do": "save", "url": "ftp://x/"})
    assert (refused.status_code, "Must begin with https://" in text_of(refused)) == (422, True)
    assert "Enabled, from the next event on" in text_of(olga.post(here, {"do": "enable"}, follow=True))
    olga.post(here, {"do": "disable"})
    assert "Disabled by an owner" in text_of(olga.get(here))
    assert "is removed" in text_of(olga.post(here, {"do": "remove"}, follow=True))
    assert olga.get(here).status_code == 404


def test_the_pages_are_for_owners_of_the_project(olga, here, project):
    for role in (Role.LABELLER, Role.EXPERT, Role.AUDITOR):
        someone = client_of(make_member(project, role, role).user.username)
        for address in (LIST, here):
            assert (someone.get(address).status_code, someone.post(address).status_code) == (403, 403)
    assert client_of("stranger").get(here).status_code == 404
