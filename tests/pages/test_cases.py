"""The expert's pages: who sees them, what a blind case hides, and what its form does."""

import pytest
from django.test import Client

from experts import actions
from experts.models import Case, Decision
from labelling.consensus.models import Resolution, StoppingDecision
from labelling.projects.models import Project, Role
from labelling.sampling.models import Item, State
from tests.experts.crowd import agreed, contested
from tests.factories import NOW, make_member, make_user
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

QUEUE = "/p/matching/experts/"


def opened(made: tuple[Project, list[Item]]) -> list[Case]:
    actions.pull(project=made[0], now=NOW)
    return list(Case.objects.order_by("-value", "opened_at", "id"))


def page_of(case: Case) -> str:
    return f"{QUEUE}{case.public_id}/"


def send(case: Case, username: str = "eva", **fields):
    return client_of(username).post(page_of(case), fields)


@pytest.mark.parametrize("username", ["eva", "olga"])
def test_experts_and_owners_open_the_queue_and_its_first_case(username):
    contested(3)
    response = client_of(username).get(QUEUE)
    assert response.status_code == 200
    assert Case.objects.count() == 3
    assert "Does the offer answer the request?" in text_of(response)
    assert "3 to decide" in text_of(response)


def test_others_are_turned_away():
    project, _ = contested()
    (case,) = opened((project, []))
    make_member(project, "aude", Role.AUDITOR)
    make_user("nobody")
    for address in (QUEUE, page_of(case)):
        assert client_of("labeller-001").get(address).status_code == 403
        assert client_of("aude").get(address).status_code == 403
        assert client_of("nobody").get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_an_empty_queue_says_when_a_case_opens():
    contested(0)
    assert "Nothing to decide" in text_of(client_of("eva").get(QUEUE))


def test_a_case_shows_the_item_the_votes_without_names_and_the_posterior():
    (case,) = opened(contested())
    shown = text_of(client_of("eva").get(page_of(case)))
    assert "Someone to look after cat 1" in shown and "I can look after pet 1" in shown
    assert "the labellers disagree" in shown
    assert "What they said" in shown and "50%" in shown
    assert "labeller-001" not in shown and "labeller-002" not in shown


def test_reasons_of_abstentions_are_shown_in_words():
    (case,) = opened(contested(abstained=True))
    shown = text_of(client_of("eva").get(page_of(case)))
    assert "The guideline doesn&#x27;t say: <bdi>two cats</bdi>" in shown


def test_a_blind_case_hides_what_was_said_until_it_is_answered():
    (case,) = opened(agreed())
    before = text_of(client_of("eva").get(page_of(case)))
    assert "Answer first" in before
    for hidden in ("What they said", "Where that leaves it", "The model's view", " bit<"):
        assert hidden not in before
    send(case, kind="answer", choice="match")
    after = text_of(client_of("eva").get(page_of(case)))
    assert "What they said" in after and "Where that leaves it" in after and "How it ended" in after


def test_what_is_almost_certain_does_not_read_as_certain():
    (case,) = opened(agreed(stop_confidence=0.5))
    send(case, kind="answer", choice="match")
    posterior = StoppingDecision.objects.latest("id").posterior
    StoppingDecision(
        item=case.item, pass_number=1, n_labels=2, verdict="stop", confidence=0.999, at=NOW,
        posterior=dict(zip(posterior, (999_000, 1_000), strict=True)), policy=case.project.policy,
    ).save()  # fmt: skip
    shown = text_of(client_of("eva").get(page_of(case)))
    assert "&gt;99%" in shown and "&lt;1%" in shown


def test_deciding_resolves_the_item_and_goes_to_the_next_case():
    first, second = opened(contested(2))
    response = send(first, kind="answer", choice="match", rationale="both are about cats")
    assert (response.status_code, response["Location"]) == (302, page_of(second))
    assert Resolution.objects.get(item=first.item_id, closed_at=None).answer == '{"choice":"match"}'


def test_the_next_page_says_that_the_decision_was_taken():
    first, _ = opened(contested(2))
    fields = {"kind": "answer", "choice": "match", "rationale": "cats"}
    assert "Decided. Here is the next case." in text_of(client_of("eva").post(page_of(first), fields, follow=True))


def test_after_the_last_case_comes_the_queue():
    (case,) = opened(contested())
    assert send(case, kind="answer", choice="match", rationale="cats")["Location"] == QUEUE


def test_a_decision_without_an_answer_or_a_reason_names_both_fields_and_keeps_what_was_typed():
    (case,) = opened(contested())
    nothing = send(case, kind="answer", choice="", rationale="both are about cats")
    assert nothing.status_code == 422
    assert "Choose an answer." in text_of(nothing) and "both are about cats" in text_of(nothing)
    silent = send(case, kind="answer", choice="no match", rationale=" ")
    assert "Say why" in text_of(silent)
    assert 'value="no match" required checked' in text_of(silent)
    assert not Decision.objects.exists()


def test_discarding_asks_for_a_reason_and_discards():
    (case,) = opened(contested())
    assert "Say why the item can" in text_of(send(case, kind="discard", rationale="no text"))
    send(case, kind="discard", rationale="no text", discard_reason="empty")
    assert Item.objects.get().state == State.DISCARDED


def test_sending_back_asks_for_that_many_more_labels():
    (case,) = opened(contested())
    target = Item.objects.get().target
    send(case, kind="send_back", n_more="3", rationale="")
    item = Item.objects.get()
    assert (item.state, item.target) == (State.OPEN, target + 3)


def test_sending_back_afresh_begins_a_new_pass():
    (case,) = opened(contested())
    send(case, kind="send_back", n_more="", afresh="on")
    assert Item.objects.get().pass_number == case.pass_number + 1


@pytest.mark.parametrize("fields", [{}, {"kind": "sell"}, {"kind": "send_back", "n_more": "99"}, {"do": "dance"}])
def test_a_form_that_makes_no_sense_changes_nothing(fields):
    (case,) = opened(contested())
    assert send(case, **fields).status_code == 422
    assert not Decision.objects.exists()


def test_taking_a_case_up_keeps_other_experts_from_deciding_it():
    project, _ = contested()
    (case,) = opened((project, []))
    make_member(project, "egon", Role.EXPERT)
    assert send(case, do="take")["Location"] == page_of(case)
    assert "eva works on this case" in text_of(client_of("egon").get(page_of(case)))
    assert "Other experts are at work on every open case" in text_of(client_of("egon").get(QUEUE))
    refused = send(case, "egon", kind="answer", choice="match", rationale="cats")
    assert refused.status_code == 422 and not Decision.objects.exists()
    send(case, do="release")
    assert send(case, "egon", kind="answer", choice="match", rationale="cats").status_code == 302


def test_a_case_decided_meanwhile_says_so():
    (case,) = opened(contested())
    send(case, kind="answer", choice="match", rationale="cats")
    assert "How it ended" in text_of(send(case, kind="answer", choice="match", rationale="cats again"))
    assert Decision.objects.count() == 1


def test_a_suspended_expert_neither_sees_nor_decides_cases():
    project, _ = contested()
    (case,) = opened((project, []))
    project.members.filter(user__username="eva").update(suspended_at=NOW)
    assert send(case, kind="answer", choice="match", rationale="cats").status_code == 403
    assert client_of("eva").get(QUEUE).status_code == 403
    assert not Decision.objects.exists()


def test_a_case_of_another_project_is_not_found():
    contested()
    assert client_of("eva").get(f"{QUEUE}aaaaaaaaaaaaaaaa/").status_code == 404


def test_the_queries_of_a_page_do_not_grow_with_the_queue(django_assert_max_num_queries):
    cases = opened(contested(30))
    eva = client_of("eva")
    with django_assert_max_num_queries(22):
        eva.get(page_of(cases[0]))
