"""Drafts over HTTP: for their giver alone, and with nothing in them that a lease would not show."""

import json

import pytest

from labelling.assignment.models import Draft
from labelling.ids import new_token
from tests.api.calls import Caller, is_problem, program
from tests.factories import NOW, make_items, make_labeller, make_project, make_user, payload
from tests.loop.crowd import later

MATCH = '{"choice":"match"}'


@pytest.fixture
def item(project):
    return make_items(project, 1)[0]


def make_draft(labeller, item, *, answer=MATCH, at=NOW, **fields):
    return Draft.objects.create(
        labeller=labeller,
        item=item,
        token=new_token(),
        answer=answer,
        at=at,
        refused_because="lease_expired",
        **fields,
    )


def drafts(caller):
    return caller.get("projects/matching/drafts").json()["drafts"]


def test_a_draft_shows_what_its_item_showed_the_answer_when_and_why(labeller, lara, item):
    item.example.payload = json.dumps({**payload(1), "model_answer": "no match"})
    item.example.save(update_fields=["payload"])
    draft = make_draft(lara, item)
    assert drafts(labeller) == [
        {
            "token": draft.token,
            "payload": payload(1),
            "answer": {"choice": "match"},
            "abstention": "",
            "note": "",
            "refused_because": "lease_expired",
            "message": "Its time was over and the item had moved on.",
            "at": "2026-03-02T09:00:00Z",
        }
    ]


def test_an_abstention_is_a_draft_without_an_answer(labeller, lara, item):
    make_draft(lara, item, answer="", abstention="unclear", note="which August?")
    shown = drafts(labeller)[0]
    assert (shown["answer"], shown["abstention"], shown["note"]) == (None, "unclear", "which August?")


def test_the_newest_comes_first_and_what_is_put_away_is_kept_but_not_shown(labeller, lara, item):
    first, second = make_draft(lara, item), make_draft(lara, item, at=later(60))
    assert [draft["token"] for draft in drafts(labeller)] == [second.token, first.token]
    for _ in range(2):
        assert labeller.post(f"drafts/{second.token}/put-away").status_code == 204
    assert [draft["token"] for draft in drafts(labeller)] == [first.token]
    assert Draft.objects.get(pk=second.pk).put_away_at is not None


def test_nobody_else_sees_a_draft_or_puts_it_away(labeller, lara, owner, project, item):
    draft = make_draft(lara, item)
    ben = Caller(make_labeller(project, "ben").user)
    assert drafts(ben) == []
    is_problem(ben.post(f"drafts/{draft.token}/put-away"), 404, "draft_unknown")
    is_problem(owner.post(f"drafts/{draft.token}/put-away"), 404, "draft_unknown")
    is_problem(owner.get("projects/matching/drafts"), 403)
    is_problem(Caller(make_user("sten")).get("projects/matching/drafts"), 404)
    assert len(drafts(labeller)) == 1


def test_a_token_sees_drafts_of_its_own_project_and_within_its_scopes(lara, item):
    draft = make_draft(lara, item)
    elsewhere = make_project(slug="elsewhere")
    make_labeller(elsewhere, "lara")
    is_problem(program(lara.user, "label", project=elsewhere).post(f"drafts/{draft.token}/put-away"), 404)
    is_problem(program(lara.user, "read").get("projects/matching/drafts"), 403)
    is_problem(program(lara.user, "read").post(f"drafts/{draft.token}/put-away"), 403)
    assert program(lara.user, "label").post(f"drafts/{draft.token}/put-away").status_code == 204
