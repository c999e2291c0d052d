"""Pay over HTTP: who may see and do what, and what a spreadsheet gets."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.assignment.models import Batch
from labelling.loop.reject import reject
from labelling.pay.files import safe, units
from labelling.pay.models import Payment, Withholding
from labelling.projects.models import Role
from labelling.reliability.models import Appeal
from tests.api.calls import Caller, is_problem, program
from tests.factories import NOW, make_labeller, make_member, make_project, make_user
from tests.pay.crowd import DAY, PRICE, a_worker, cannot_say, work

pytestmark = pytest.mark.django_db

TEXTS = {"evidence": "I read them all.", "notice": "They do not fit."}


def callers():
    """Of a project with one worker: the owner, the worker, an expert, an auditor, and an owner elsewhere."""
    project, lara, batches, _ = a_worker()
    make_member(project, "eva", Role.EXPERT)
    make_member(project, "aude", Role.AUDITOR)
    make_member(make_project(slug="elsewhere"), "nora", Role.OWNER)
    people = {name: Caller(make_user(name)) for name in ("olga", "lara", "eva", "aude", "nora")}
    return project, lara, batches, people


def rows_of(response):
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_an_owner_sees_earned_withheld_paid_and_due_of_everybody():
    _, lara, batches, people = callers()
    body = people["olga"].get("projects/matching/pay").json()
    assert body["currency"] == "EUR"
    assert body["totals"]["due"] == 4 * PRICE
    [row] = body["results"]
    assert row["labeller"] == {"id": lara.public_id, "name": "lara"}
    assert (row["n_batches"], row["n_labels"], row["earned"]) == (2, 4, 4 * PRICE)
    empty = people["aude"].get("projects/matching/pay", start=(batches[-1].closed_at + DAY).isoformat()).json()
    assert (empty["results"], empty["totals"]["earned"]) == ([], 0)


def test_a_period_is_from_its_start_and_before_its_end():
    project, lara, batches, people = callers()
    second = work(lara, project.items.filter(leases=None).order_by("id")[:2], start=NOW + DAY)[-1]
    closed = second.closed_at.isoformat()
    of_second = people["olga"].get("projects/matching/pay", start=closed).json()["totals"]
    of_first = people["olga"].get("projects/matching/pay", end=closed).json()["totals"]
    assert (of_first["n_batches"], of_second["n_batches"]) == (len(batches), 1)


def test_an_owner_pays_sees_it_and_takes_it_back():
    _, lara, _, people = callers()
    olga = people["olga"]
    asked = {"labeller": lara.public_id, "reference": "SEPA 1", "amount": 4 * PRICE}
    paid = olga.post("projects/matching/payments", asked)
    assert (paid.status_code, paid.json()["amount"]) == (201, 4 * PRICE)
    is_problem(olga.post("projects/matching/payments", asked), 409, "nothing_due")
    back = olga.post(f"payments/{paid.json()['id']}/correct", {"reason": "it bounced"})
    assert (back.status_code, back.json()["corrects"]) == (201, paid.json()["id"])
    is_problem(olga.post(f"payments/{paid.json()['id']}/correct", {"reason": "again"}), 409, "already_corrected")
    is_problem(olga.post("projects/matching/payments", {**asked, "amount": 1}), 409, "due_changed")
    listed = people["aude"].get("projects/matching/payments").json()["results"]
    assert [row["amount"] for row in listed] == [-4 * PRICE, 4 * PRICE]


def test_a_withholding_is_told_appealed_against_and_granted():
    _, _, batches, people = callers()
    olga, lara = people["olga"], people["lara"]
    made = olga.post("projects/matching/withholdings", {"batch": batches[0].public_id, **TEXTS})
    assert (made.status_code, made.json()["amount"], made.json()["state"]) == (201, 2 * PRICE, "standing")
    [told] = lara.get("projects/matching/me/withholdings").json()["results"]
    assert told["notice"] == TEXTS["notice"]
    assert "evidence" not in told and "by" not in told
    asked = {"withholding": told["id"], "why": "I read each of them twice."}
    assert lara.post("projects/matching/me/appeals", asked).status_code == 201
    assert lara.post("projects/matching/me/appeals", asked).status_code == 200
    is_problem(olga.post(f"withholdings/{told['id']}/confirm", {"reason": "sure"}), 409, "not_heard_yet")
    [waits] = olga.get("projects/matching/appeals", waiting="true").json()["results"]
    answered = olga.post(f"appeals/{waits['id']}/answer", {"outcome": "granted", "answer": "You are right."})
    assert answered.status_code == 200
    own = lara.get("projects/matching/me/pay").json()["totals"]
    assert (own["withheld"], own["due"]) == (0, 4 * PRICE)
    assert lara.get("projects/matching/me/appeals").json()["results"][0]["answer"] == "You are right."
    is_problem(olga.post(f"withholdings/{told['id']}/lift", {"reason": "late"}), 409, "withholding_over")


def test_what_a_labeller_sees_tells_nothing_of_gold():
    _, _, _, people = callers()
    body = people["lara"].get("projects/matching/me/pay").json()
    assert "n_gold" not in body["totals"]
    assert not {"n_gold", "labeller"} & set(body["batches"][0])
    assert body["batches"][0]["earned"] == 2 * PRICE


@pytest.mark.parametrize("name", ["lara", "eva", "aude", "nora"])
def test_only_an_owner_pays_withholds_and_answers(name):
    project, lara, batches, people = callers()
    now = timezone.now()
    one = Withholding.objects.create(project=project, labeller=lara, **TEXTS, n_labels=0, amount=0, at=now,
                                     by=make_user("olga"), heard_from=now, lapses_at=now + DAY)  # fmt: skip
    appeal = Appeal.objects.create(project=project, labeller=lara, subject="card", why="x", at=now)
    payment = Payment.objects.create(project=project, labeller=lara, amount=1, up_to=now, reference="x",
                                     by=make_user("olga"), at=now)  # fmt: skip
    status = 404 if name == "nora" else 403
    for address, body in (
        ("projects/matching/payments", {"labeller": lara.public_id, "reference": "x"}),
        (f"payments/{payment.public_id}/correct", {"reason": "x"}),
        ("projects/matching/withholdings", {"batch": batches[0].public_id, **TEXTS}),
        (f"withholdings/{one.public_id}/confirm", {"reason": "x"}),
        (f"withholdings/{one.public_id}/lift", {"reason": "x"}),
        (f"appeals/{appeal.public_id}/answer", {"outcome": "granted", "answer": "x"}),
    ):
        is_problem(people[name].post(address, body), status)
    assert (Payment.objects.count(), Withholding.objects.count()) == (1, 1)


@pytest.mark.parametrize("address", ["pay", "pay/lines", "payments", "withholdings", "appeals"])
def test_labellers_and_experts_do_not_read_the_books(address):
    _, _, _, people = callers()
    for name, status in (("lara", 403), ("eva", 403), ("nora", 404), ("aude", 200), ("olga", 200)):
        assert people[name].get(f"projects/matching/{address}").status_code == status, name


def test_a_token_needs_its_scope():
    _, lara, _, _ = callers()
    reader = program(make_user("olga"), "read")
    assert reader.get("projects/matching/pay").status_code == 200
    asked = {"labeller": lara.public_id, "reference": "x"}
    is_problem(reader.post("projects/matching/payments", asked), 403)


def test_rows_of_another_project_are_not_found():
    _, lara, batches, people = callers()
    nora = people["nora"]
    for body in ({"labeller": lara.public_id}, {"batch": batches[0].public_id}):
        is_problem(nora.post("projects/elsewhere/withholdings", {**body, **TEXTS}), 404)
    is_problem(nora.post("projects/elsewhere/payments", {"labeller": lara.public_id, "reference": "x"}), 404)
    rejection = reject(batch=batches[0], reason="x", by=None, now=NOW + DAY)
    other = make_labeller(make_project(slug="third"), "max")
    is_problem(
        Caller(other.user).post("projects/third/me/appeals", {"rejection": rejection.public_id, "why": "x"}), 404
    )
    max_here = make_labeller(lara.project, "mia")
    is_problem(
        Caller(max_here.user).post("projects/matching/me/appeals", {"rejection": rejection.public_id, "why": "x"}), 404
    )


@pytest.mark.parametrize(("address", "body", "where"), [
    ("payments", {"reference": "x"}, "labeller"),
    ("payments", {"labeller": "x", "reference": ""}, "reference"),
    ("payments", {"labeller": "x", "reference": "x", "amount": "5"}, "amount"),
    ("payments", {"labeller": "x", "reference": "x", "note": "5"}, "note"),
    ("withholdings", {"batch": "x", "notice": "x"}, "evidence"),
    ("withholdings", TEXTS, "labeller"),
])  # fmt: skip
def test_bad_input_names_its_field(address, body, where):
    _, _, _, people = callers()
    problem = is_problem(people["olga"].post(f"projects/matching/{address}", body), 422)
    assert where in {error["where"] for error in problem["errors"]}


def test_the_csv_has_a_row_a_batch_with_the_reasons_and_sums_to_the_figures():
    _, lara, batches, people = callers()
    reject(batch=batches[1], reason="=cmd|' /C calc'!A0", by=None, now=NOW + DAY)
    people["olga"].post("projects/matching/withholdings", {"batch": batches[0].public_id, **TEXTS})
    rows = rows_of(people["olga"].get("projects/matching/pay/lines", format="csv"))
    assert [row["state"] for row in rows] == ["withheld", "due"]
    assert rows[0]["reason"] == "2 labels withheld: I read them all."
    assert rows[1]["reason"].startswith("2 labels excluded, which takes no pay away: =cmd")
    assert (rows[0]["rate"], rows[0]["per"], rows[0]["amount"], rows[0]["hours"]) == ("0.05", "label", "0.1", "0.0056")
    total = people["olga"].get("projects/matching/pay").json()["totals"]["earned"]
    assert sum(round(float(row["amount"]) * 1e6) for row in rows) == total
    assert lara.public_id == rows[0]["labeller_id"]


def test_no_cell_begins_a_formula():
    project, _, _, people = callers()
    bad = make_labeller(project, "=HYPERLINK(1)")
    work(bad, project.items.order_by("id")[:2], start=NOW + DAY)
    rows = rows_of(people["olga"].get("projects/matching/pay/lines", format="csv", labeller=bad.public_id))
    assert rows[0]["labeller"] == "'=HYPERLINK(1)"
    assert [safe(text) for text in ("+1", "-1", "@x", "\tx", "fine", 5)] == ["'+1", "'-1", "'@x", "'\tx", "fine", 5]
    assert [units(micro) for micro in (0, 1, 1_250_000, -50_000)] == ["0", "0.000001", "1.25", "-0.05"]


def test_abstentions_and_hours_are_in_the_books():
    project, lara, _, people = callers()
    for item in project.items.filter(leases=None).order_by("id")[:2]:
        cannot_say(lara, item, now=NOW + DAY)
    Batch.objects.filter(full_at__isnull=True).update(full_at=NOW + DAY)
    work(lara, [], start=NOW + DAY + timedelta(hours=1))
    totals = people["olga"].get("projects/matching/pay").json()["totals"]
    assert (totals["n_abstained"], totals["n_labels"], totals["earned"]) == (2, 6, 6 * PRICE)


def test_the_books_cost_the_same_statements_however_many_work():
    project, _, _, people = callers()
    counts = []
    for n in (1, 3):
        for number in range(n):
            work(make_labeller(project, f"w{n}-{number}"), project.items.order_by("id")[:2], start=NOW + DAY)
        with CaptureQueriesContext(connection) as caught:
            people["olga"].get("projects/matching/pay")
        counts.append(len(caught))
    assert counts[0] == counts[1]
