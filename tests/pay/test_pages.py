"""The pages of pay and appeals: what owners, auditors and labellers see and do there."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.loop.reject import reject
from labelling.pay.models import Payment, Withholding
from labelling.pay.withholding import withhold
from labelling.projects.models import Role
from labelling.reliability.appeals import raise_appeal
from labelling.reliability.models import Appeal
from tests.factories import make_labeller, make_member, make_project
from tests.pages.browsing import client_of, text_of, without_ids
from tests.pay.crowd import PRICE, a_worker, cannot_say, money, work

pytestmark = pytest.mark.django_db

PAY = "/p/matching/labellers/pay/"
APPEALS = "/p/matching/labellers/appeals/"
WORK = "/p/matching/work/"
TEXTS = {"evidence": "I read all of them.", "notice": "They do not fit their texts."}


def a_payroll():
    project, lara, batches, olga = a_worker()
    make_member(project, "aude", Role.AUDITOR)
    return project, lara, batches, olga


def test_an_owner_reads_what_everybody_earned_and_is_due():
    a_payroll()
    page = text_of(client_of("olga").get(PAY))
    assert "lara</a>" in page and "0.20 EUR" in page
    assert "Mark 0.20 EUR as paid" in page


def test_an_auditor_reads_and_does_nothing():
    a_payroll()
    client = client_of("aude")
    page = text_of(client.get(PAY))
    assert "0.20 EUR" in page and "as paid" not in page
    sent = {"do": "pay", "reference": "x", "amount": 4 * PRICE, "up_to": timezone.now().isoformat()}
    assert client.post(PAY, sent).status_code == 403
    assert not Payment.objects.exists()


@pytest.mark.parametrize("who", ["lara", "nora"])
def test_nobody_else_reads_it(who):
    _, lara, batches, _ = a_payroll()
    make_member(make_project(slug="elsewhere"), "nora", Role.OWNER)
    for address in (PAY, f"{PAY}{lara.public_id}/", f"{PAY}withhold/?batch={batches[0].public_id}", APPEALS):
        assert client_of(who).get(address).status_code == (403 if who == "lara" else 404)


def test_a_project_without_pay_says_when_there_is_some():
    make_project()
    assert "Nothing was earned yet" in text_of(client_of("olga").get(PAY))
    assert "in this period" in text_of(client_of("olga").get(f"{PAY}?from=2020-01-01&to=2020-01-31"))
    for odd in ("?from=x&to=y", "?from=9999-12-31&to=0001-01-01", "?from=2026-13-01"):
        assert client_of("olga").get(f"{PAY}{odd}").status_code == 200


def form_of(client, address):
    """The fields of the form that pays, as the page has them."""
    page = client.get(address).content.decode()
    hidden = {name: re.search(rf'name="{name}" value="([^"]+)"', page).group(1) for name in ("up_to", "amount")}
    return {**hidden, "reference": "SEPA 9"}


def test_an_owner_pays_everybody_and_takes_it_back():
    _, lara, _, _ = a_payroll()
    client = client_of("olga")
    sent = {"do": "pay", **form_of(client, PAY)}
    assert client.post(PAY, sent).status_code == 302
    again = client.post(PAY, sent)
    assert again.status_code == 422 and "Nothing is due" in text_of(again)
    [payment] = Payment.objects.all()
    assert "SEPA 9" in text_of(client.get(PAY))
    client.post(PAY, {"do": "take_back", "payment": payment.public_id, "reason": "it bounced"})
    assert money(lara, now=timezone.now())[3] == 4 * PRICE
    assert "Taken back: it bounced" in text_of(client.get(PAY))


def test_an_owner_pays_one_from_their_account():
    project, lara, _, _ = a_payroll()
    max_ = make_labeller(project, "max")
    work(max_, project.items.order_by("id")[:2])
    client, address = client_of("olga"), f"{PAY}{lara.public_id}/"
    assert client.post(address, form_of(client, address)).status_code == 302
    assert list(Payment.objects.values_list("labeller__name", "amount")) == [("lara", 4 * PRICE)]
    assert "paid on" in text_of(client.get(address))


@pytest.mark.parametrize(
    "change",
    [{"up_to": "x"}, {"up_to": "0001-01-01T00:00+14:00"}, {"amount": "-1"}, {"amount": "1"}, {"reference": " "}],
)
def test_a_form_that_is_not_right_writes_nothing_and_says_so(change):
    a_payroll()
    client = client_of("olga")
    refused = client.post(PAY, {"do": "pay", **form_of(client, PAY), **change})
    assert refused.status_code == 422
    assert not Payment.objects.exists()


def test_an_owner_withholds_a_batch_and_the_labeller_reads_the_notice_alone():
    _, lara, batches, _ = a_payroll()
    client, address = client_of("olga"), f"{PAY}withhold/?batch={batches[0].public_id}"
    refused = client.post(address, {**TEXTS, "evidence": " "})
    assert refused.status_code == 422 and TEXTS["notice"] in text_of(refused), "what was typed is kept"
    assert client.post(address, TEXTS).status_code == 302
    assert Withholding.objects.get().n_labels == 2
    own = text_of(client_of("lara").get(WORK))
    assert "0.10 EUR withheld of batch 1" in own and TEXTS["notice"] in own
    assert TEXTS["evidence"] not in own
    assert money(lara, now=timezone.now())[1] == 2 * PRICE


def test_a_withholding_is_lifted_at_once_and_confirmed_only_once_the_labeller_was_heard():
    _, _, batches, olga = a_payroll()
    row = withhold(batch=batches[0], **TEXTS, by=olga, now=timezone.now())
    client = client_of("olga")
    assert "Confirm: it stays withheld" not in text_of(client.get(PAY))
    asked = {"withholding": row.public_id, "reason": "certain"}
    refused = client.post(PAY, {"do": "confirm", **asked})
    assert refused.status_code == 422 and "to appeal" in text_of(refused)
    client.post(PAY, {"do": "lift", **asked})
    row.refresh_from_db()
    assert row.ending == "lifted"


def test_a_labeller_appeals_and_reads_the_answer():
    _, _, batches, olga = a_payroll()
    rejection = reject(batch=batches[0], reason="at random", by=olga, now=timezone.now())
    client = client_of("lara")
    page = text_of(client.get(WORK))
    assert "at random" in page and "costs you no pay" in page
    sent = {"appeal": "rejection", "subject": rejection.public_id, "why": "I read each one twice."}
    assert client.post(WORK, sent).status_code == 302
    assert "It waits for an owner." in text_of(client.get(WORK))
    assert "An appeal waits" in text_of(client_of("olga").get("/p/matching/"))
    waiting = text_of(client_of("olga").get(APPEALS))
    assert "I read each one twice." in waiting and "at random" in waiting
    answer = {"appeal": Appeal.objects.get().public_id, "outcome": "granted", "answer": "You are right."}
    assert client_of("olga").post(APPEALS, answer).status_code == 302
    assert client_of("olga").post(APPEALS, answer).status_code == 422
    own = text_of(client.get(WORK))
    assert "You are right." in own and "Lifted: they count again" in own
    assert "appeals wait" not in text_of(client_of("olga").get("/p/matching/"))


def test_an_appeal_that_is_refused_keeps_what_was_typed():
    _, lara, batches, olga = a_payroll()
    rejection = reject(batch=batches[0], reason="at random", by=olga, now=timezone.now())
    raise_appeal(labeller=lara, rejection=rejection, why="First.", now=timezone.now())
    sent = {"appeal": "rejection", "subject": rejection.public_id, "why": "Second."}
    refused = client_of("lara").post(WORK, sent)
    assert refused.status_code == 422 and "waits for an answer" in text_of(refused)
    max_ = make_labeller(lara.project, "max")
    assert client_of("max").post(WORK, sent).status_code == 422, f"{max_} has nothing to do with it"
    assert client_of("lara").post(WORK, {"appeal": "withholding", "subject": "x\x00", "why": "y"}).status_code == 404


def test_the_labellers_page_tells_nothing_of_gold_and_of_nobody_else():
    project, _, _, _ = a_payroll()
    max_ = make_labeller(project, "max")
    work(max_, project.items.order_by("id")[:2])
    page = without_ids(text_of(client_of("lara").get(WORK)))
    assert "max" not in page.replace("maxlength", "").replace("max=", "")
    assert "gold" not in page.lower()


def test_the_pages_cost_the_same_statements_however_many_batches():
    project, lara, _, _ = a_payroll()
    counts = []
    for n in (0, 3):
        for number in range(n):
            items = project.items.filter(leases=None).order_by("id")[:2]
            for item in items:
                cannot_say(lara, item, now=timezone.now() - timedelta(hours=2 - number / 10))
        work(lara, [], start=timezone.now() - timedelta(hours=1))
        for who, address in (("olga", PAY), ("olga", f"{PAY}{lara.public_id}/"), ("lara", WORK), ("olga", APPEALS)):
            client = client_of(who)
            with CaptureQueriesContext(connection) as caught:
                assert client.get(address).status_code == 200
            counts.append(len(caught))
    assert counts[:4] == counts[4:]


def test_the_pay_of_rejected_labels_is_withheld_from_the_rejections_page():
    _, lara, batches, olga = a_payroll()
    rejection = reject(batch=batches[1], reason="at random", by=olga, now=timezone.now())
    client = client_of("olga")
    page = client.get(f"/p/matching/labellers/rejections/{rejection.public_id}/")
    address = f"{PAY}withhold/?rejection={rejection.public_id}"
    assert address in page.content.decode()
    client.post(address, TEXTS)
    assert Withholding.objects.get().rejection == rejection
    assert money(lara, now=timezone.now())[1] == 2 * PRICE
