"""What an owner is to approve and to pay, by worker id; and that statistics reject nobody."""

import csv
import io
from datetime import timedelta

import pytest

from labelling.loop.appeals import confirm_withholding, lift_withholding
from labelling.loop.reject import reject
from labelling.pay.actions import record_payment
from labelling.pay.withholding import withhold
from labelling.visits.approvals import Advice, all_approvals
from labelling.visits.files import approvals_csv
from tests.factories import NOW
from tests.pay.crowd import HOUR
from tests.visits.workers import PRICE, come, label, study

pytestmark = pytest.mark.django_db

LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(days=8)
TEXTS = {"evidence": "I read them all.", "notice": "They are random."}


def advised(entrance, now=LATER):
    return list(all_approvals(entrance, now=now))


def the_only(entrance, now=LATER):
    (one,) = advised(entrance, now)
    return one


def paid(visit, now=LATER):
    owner = visit.worker.entrance.created_by
    record_payment(labeller=visit.worker.member, up_to=now, reference="Prolific", by=owner, now=now)


def test_a_complete_visit_is_approved_and_what_its_reward_does_not_cover_is_its_bonus():
    entrance = study(n_labels=4, reward=3 * PRICE)
    visit = come(entrance)
    label(visit, 4)
    one = the_only(entrance)
    assert (one.advice, one.reason, one.code) == (Advice.APPROVE, "4 of 4 labels given.", visit.code)
    assert (one.given.n, one.given.n_counted, one.given.n_excluded) == (4, 4, 0)
    assert (one.reward, one.bonus) == (3 * PRICE, PRICE)
    paid(visit)
    assert the_only(entrance).bonus == 0


def test_a_reward_above_what_was_earned_leaves_no_bonus():
    entrance = study(n_labels=2, reward=5 * PRICE)
    label(come(entrance), 2)
    assert the_only(entrance).bonus == 0


def test_labels_excluded_by_statistics_are_approved_and_paid():
    entrance = study(n_labels=2)
    visit = come(entrance)
    label(visit, 2)
    reject(labeller=visit.worker.member, reason="Flagged: answers at random.", by=None, now=LATER)
    one = the_only(entrance)
    assert (one.advice, one.given.n_counted, one.given.n_excluded, one.bonus) == (Advice.APPROVE, 0, 2, 2 * PRICE)
    assert "2 labels excluded, which takes no pay away." in one.reason


def test_only_a_withholding_that_a_person_confirmed_rejects_a_visit():
    entrance = study(n_labels=2)
    visit, owner = come(entrance), entrance.created_by
    label(visit, 2)
    withholding = withhold(labeller=visit.worker.member, **TEXTS, by=owner, now=LATER)
    held = the_only(entrance)
    assert (held.advice, held.bonus) == (Advice.WAIT, 0)
    assert "nobody has confirmed it yet" in held.reason
    heard = withholding.heard_from
    confirm_withholding(withholding=withholding, reason="No answer.", by=owner, now=heard)
    one = the_only(entrance, now=heard)
    assert (one.advice, one.bonus, one.reward) == (Advice.REJECT, 0, 0)
    assert "They are random." in one.reason
    lift_withholding(withholding=withholding, reason="A mistake.", by=owner, now=heard)
    assert (the_only(entrance, now=heard).advice, the_only(entrance, now=heard).bonus) == (Advice.APPROVE, 2 * PRICE)


def test_a_visit_of_which_some_is_withheld_is_approved_without_that():
    entrance = study(n_labels=4)
    visit, owner = come(entrance), entrance.created_by
    batch = label(visit, 4)[0].batch
    withholding = withhold(batch=batch, **TEXTS, by=owner, now=LATER)
    confirm_withholding(withholding=withholding, reason="No answer.", by=owner, now=withholding.heard_from)
    one = the_only(entrance, now=withholding.heard_from)
    assert (one.advice, one.bonus) == (Advice.APPROVE, 2 * PRICE)
    assert "The pay of 2 labels is withheld: They are random." in one.reason


def test_who_left_gets_what_they_gave_as_a_bonus_and_who_may_still_come_back_is_waited_for():
    entrance = study(n_labels=5, reward=PRICE)
    label(come(entrance), 2)
    assert (the_only(entrance).advice, the_only(entrance).bonus) == (Advice.WAIT, 0)
    left = the_only(entrance, now=MUCH_LATER)
    assert (left.advice, left.reward, left.bonus) == (Advice.RETURN, 0, 2 * PRICE)


def test_the_labels_of_a_batch_are_paid_to_the_visits_they_belong_to_and_add_up():
    entrance = study(n_labels=3, policy={"batch_size": 4})
    first = come(entrance, assignment="a-1")
    label(first, 3)
    second = come(entrance, assignment="a-2")
    label(second, 5)
    one, two = advised(entrance)
    assert [one.given.n, two.given.n] == [3, 5]
    assert [one.bonus, two.bonus] == [3 * PRICE, 5 * PRICE]
    paid(first)
    assert [row.bonus for row in advised(entrance)] == [0, 0]


def test_labels_in_an_open_batch_are_said_to_be_still_to_come():
    entrance = study(n_labels=3)
    label(come(entrance), 3)
    one = the_only(entrance)
    assert (one.given.n_open, one.bonus) == (1, 2 * PRICE)
    assert "1 label in a batch that is still open: the bonus may grow." in one.reason


def test_work_by_the_hour_is_paid_by_the_time_of_each_label():
    entrance = study(n_labels=4, policy={"pay_hour": HOUR, "batch_size": 4})
    first = come(entrance, assignment="a-1")
    label(first, 1)
    label(come(entrance, assignment="a-2"), 3, now=NOW + timedelta(seconds=10))
    one, two = advised(entrance, MUCH_LATER)
    assert [one.bonus, two.bonus] == [40_000, 120_000]


def test_the_csv_has_a_row_a_visit_by_worker_id_that_no_spreadsheet_takes_for_a_formula():
    entrance = study(n_labels=2, reward=PRICE)
    for worker in ("5f1a", "77b2"):
        label(come(entrance, worker), 2)
    text = b"".join(approvals_csv(all_approvals(entrance, now=LATER), currency="EUR")).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["worker_id"] for row in rows] == ["5f1a", "77b2"]
    assert [rows[0][name] for name in ("assignment", "session", "labels_given", "recommendation", "currency")] == [
        "a-1", "s-a-1", "2", "approve", "EUR"
    ]  # fmt: skip
    assert [rows[0][name] for name in ("reward", "bonus")] == ["0.05", "0.05"]
    assert all(len(row["completion_code"]) == 10 for row in rows)
