"""Several experts at once: one wins, and nobody pays or decides twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from experts import actions
from experts.doctor.examine import examine
from experts.models import Case, Decision
from labelling.errors import Conflict
from labelling.projects.models import Account, Role
from tests.experts.crowd import contested
from tests.factories import NOW, make_member

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6


def at_once(act: Callable[[int], object]) -> list[object]:
    """What each of six threads got: a result, or the Conflict it met."""

    def attempt(number: int) -> object:
        try:
            return act(number)
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(attempt, range(THREADS)))


def test_pulling_at_once_opens_each_case_once():
    project, items = contested(5)
    at_once(lambda _: actions.pull(project=project, now=NOW))
    assert sorted(Case.objects.values_list("item", flat=True)) == [item.pk for item in items]


def test_of_experts_who_decide_at_once_one_decides_and_one_price_is_spent():
    project, _ = contested()
    experts = [make_member(project, f"expert-{number}", Role.EXPERT).user for number in range(THREADS)]
    actions.pull(project=project, now=NOW)
    case = Case.objects.select_related("project__policy", "project__schema", "item").get()
    before = Account.objects.get().spent
    replies = at_once(
        lambda number: actions.decide(
            case=Case.objects.get(pk=case.pk), by=experts[number], kind="answer", answer={"choice": "match"},
            rationale="because", now=NOW,
        )
    )  # fmt: skip
    assert sum(isinstance(reply, Decision) for reply in replies) == 1
    assert sum(isinstance(reply, actions.CaseClosed) for reply in replies) == THREADS - 1
    assert Account.objects.get().spent - before == project.policy.price_expert
    assert list(examine()) == []


def test_of_experts_who_claim_at_once_one_gets_the_case():
    project, _ = contested()
    experts = [make_member(project, f"expert-{number}", Role.EXPERT).user for number in range(THREADS)]
    actions.pull(project=project, now=NOW)
    case = Case.objects.get()
    replies = at_once(lambda number: actions.claim(case=Case.objects.get(pk=case.pk), by=experts[number], now=NOW))
    assert sum(isinstance(reply, actions.CaseClaimed) for reply in replies) == THREADS - 1
    assert Case.objects.get().claimed_by in experts
