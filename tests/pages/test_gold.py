"""The owner's page about gold: what it shows, what is done on it, and who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labelling.consensus.models import Authority
from labelling.loop import resolve
from labelling.projects.models import Role
from labelling.reliability import disputes
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, SamplingRound
from tests.factories import NOW, make_items, make_labellers, make_member, make_project
from tests.pages.browsing import client_of, text_of
from tests.reliability.golds import after, give_all, make_gold_items, said

pytestmark = pytest.mark.django_db

HOME = "/p/matching/gold/"


def look(path="", username="olga"):
    return client_of(username).get(HOME + path)


def send(path="", username="olga", **fields):
    return client_of(username).post(HOME + path, fields)


def test_a_project_without_gold_is_told_what_it_is_for_and_how_to_make_it():
    make_project()
    shown = text_of(look())
    assert "No gold yet" in shown
    assert "tell who can be relied on" in shown
    assert "draw them at random" in shown


def test_the_table_shows_each_item_with_its_share_right_interval_and_time():
    project = make_project(gold_exposure=2)
    item, other = make_gold_items(project, 2)
    labellers = make_labellers(project, 4)
    choices = ["match", "match", "match", "no match"]
    given = [(who, item, said, after(1), 6.0) for who, said in zip(labellers, choices, strict=True)]
    give_all(given)
    Item.objects.filter(pk=other.pk).update(n_exposed=2)
    shown = text_of(look())
    assert '75% <span class="quiet">of 4</span>' in shown
    assert "30% to 95%" in shown
    assert "6.0 s" in shown
    assert "Chosen by hand" in shown
    assert "Shown to enough people" in shown


def test_an_open_dispute_says_why_and_an_owner_settles_it():
    project = make_project()
    (item,) = make_gold_items(project, 1)
    evidence = {"n": 14, "otherwise": 13, "instead": said("no match"), "n_instead": 12, "accuracy": 0.91}
    dispute = disputes.raise_dispute(
        item=item, reason="", by=None, kind=GoldDispute.Kind.OUTVOTED, evidence=evidence, now=after(5)
    ).dispute
    shown = text_of(look())
    assert "13 of 14 labellers who do well on other gold (91% right) answered otherwise, 12 of them “no match”" in shown
    assert "given to nobody meanwhile" in shown
    asked = {"do": "close", "dispute": dispute.public_id, "outcome": "corrected", "answer": "no match"}
    refused = send(**asked, answered="")
    assert refused.status_code == 422
    assert "selected>no match" in text_of(refused)
    assert send(**asked, answered="they are right").status_code == 302
    assert Gold.objects.get(closed_at=None).answer == said("no match")
    assert send(**asked, answered="they are right").status_code == 422


def test_a_bad_file_names_its_lines_and_nothing_is_taken_in():
    make_items(make_project(), 2)
    rows = "key,answer\nitem-0001,match\nitem-0002,perhaps\n"
    reply = send(do="upload", purpose="gold", file=SimpleUploadedFile("gold.csv", rows.encode()))
    assert reply.status_code == 422
    assert "line 3, answer" in text_of(reply)
    assert not Gold.objects.exists()
    good = SimpleUploadedFile("gold.csv", rows.replace("perhaps", "no match").encode())
    assert send(do="upload", purpose="training", file=good).status_code == 302
    assert Item.objects.filter(purpose="training").count() == 2


@pytest.mark.parametrize("fields", [{}, {"purpose": "work"}])
def test_a_file_that_is_none_is_refused_in_words(fields):
    make_project()
    reply = send(do="upload", **fields)
    assert (reply.status_code, "Choose a file" in text_of(reply)) == (422, True)


def a_round(project, n):
    drawn_from = SamplingRound.objects.create(
        project=project, number=1, strategy="margin", budget=n, probability_share=0.2, seed=1, n_candidates=n,
        n_selected=n, created_at=NOW,
    )  # fmt: skip
    make_items(project, n, round=drawn_from)
    return drawn_from


def test_drawn_items_are_answered_one_by_one_by_an_expert_who_sees_no_answers():
    project = make_project()
    make_member(project, "eva", Role.EXPERT)
    drawn_from = a_round(project, 3)
    assert send(do="draw", round=drawn_from.public_id, n="9").status_code == 422
    assert send(do="draw", round=drawn_from.public_id, n="2").status_code == 302
    assert "2 drawn items wait" in text_of(look())
    shown = text_of(look("answer/", "eva"))
    assert "Does the offer answer the request?" in shown
    first, second = Item.objects.filter(purpose="gold").order_by("pk")
    assert send("answer/", "eva", do="answer", item=first.public_id, answer="").status_code == 422
    assert send("answer/", "eva", do="answer", item=first.public_id, answer="match").status_code == 302
    assert send("answer/", "eva", do="leave_out", item=second.public_id, reason="cut off").status_code == 302
    assert Gold.objects.get().origin == "probability"
    assert "Nothing waits for an answer" in text_of(look("answer/", "eva"))


def test_no_item_promises_to_become_gold_when_it_cannot():
    (item,) = make_items(make_project(), 1)
    Item.objects.filter(pk=item.pk).update(n_done=1)
    assert "Make it gold" not in text_of(client_of("olga").get(f"/p/matching/items/{item.public_id}/"))


def test_an_item_is_made_gold_from_its_page():
    (item,) = make_items(make_project(), 1)
    assert "Make it gold" in text_of(client_of("olga").get(f"/p/matching/items/{item.public_id}/"))
    path = f"items/{item.public_id}/"
    assert send(path, do="make", answer="perhaps", purpose="gold").status_code == 422
    assert send(path, do="make", answer="match", purpose="training", reason="plain").status_code == 302
    assert Gold.objects.get().reason == "plain"
    assert send(path, do="dispute", reason="look at August").status_code == 302
    assert "look at August" in text_of(look(path))


def test_a_decision_is_promoted_from_the_items_page():
    project = make_project()
    (item,) = make_items(project, 1)
    resolve.decide(
        item=item, answer={"choice": "match"}, authority=Authority.EXPERT, reason="a whole month", by=None, now=NOW
    )
    path = f"items/{item.public_id}/"
    assert "An expert decided <strong>match</strong>" in text_of(look(path))
    assert send(path, do="make", origin="decision", purpose="gold").status_code == 302
    assert (Gold.objects.get().origin, Gold.objects.get().reason) == ("decision", "a whole month")


def test_auditors_read_and_dispute_but_change_nothing_and_labellers_see_nothing():
    project = make_project()
    make_member(project, "aude", Role.AUDITOR)
    make_member(project, "lara", Role.LABELLER)
    (item,) = make_gold_items(project, 1)
    assert look(username="aude").status_code == 200
    assert send("", "aude", do="draw", round="x", n="1").status_code == 403
    assert send(f"items/{item.public_id}/", "aude", do="dispute", reason="look").status_code == 302
    for path in ("", "answer/", f"items/{item.public_id}/"):
        assert look(path, "lara").status_code == 403


def test_an_expert_reads_no_work_through_the_pages_about_gold():
    project = make_project()
    make_member(project, "eva", Role.EXPERT)
    (work,) = make_items(project, 1)
    assert look(f"items/{work.public_id}/", "eva").status_code == 403
