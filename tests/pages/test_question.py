"""The owner's form for the label schema."""

import json

import pytest
from django.test import Client

from labelling.loop.renaming import Reach, reach
from labelling.projects.models import Role
from labelling.sampling.actions import add_gold
from labelling.sampling.models import Gold
from tests.factories import (
    NOW,
    definition,
    make_items,
    make_labeller,
    make_labellers,
    make_member,
    make_project,
    make_user,
)
from tests.loop.crowd import give_all
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

PAGE = "/p/matching/settings/question/"
CHECK = "/projects/question/check/"


def changed(*names: str, **more) -> str:
    return json.dumps(definition(names or ("match", "no match")) | more)


def post(text: str, number: int = 1, **more):
    return client_of("olga").post(PAGE, {"definition": text, "number": number, **more})


def test_a_change_that_takes_nothing_away_is_the_next_version():
    project = make_project()
    assert post(changed(question="Is it a match?")).status_code == 302
    project.refresh_from_db()
    assert (project.schema.number, project.schema.definition["question"]) == (2, "Is it a match?")
    assert project.schema.mapping == {"match": "match", "no match": "no match"}
    assert "Nothing differs" in text_of(client_of("olga").post(PAGE, {
        "definition": json.dumps(project.schema.definition), "number": 2,
    }, follow=True))  # fmt: skip
    assert project.schemaversions.count() == 2


def test_before_something_goes_it_is_asked_what_it_becomes_and_said_what_that_reaches():
    project = make_project(gold_share=0.0, maximum_labels=2, stop_confidence=0.6)
    items = make_items(project, 4)
    give_all(make_labellers(project, 2), items[0], "no match", "no match")
    add_gold(item=items[3], answer={"choice": "no match"}, origin=Gold.Origin.CHOSEN, by=make_user("olga"), reason="",
             now=NOW)  # fmt: skip
    wanted, seen = changed("match", "none"), json.dumps({"no match": "none"})
    asked = post(wanted, renamed=seen)
    assert asked.status_code == 200 and project.schemaversions.count() == 1
    [row] = asked.context["mapping"]
    assert (row["name"], row["chosen"], row["options"]) == ("no match", "none", ["match", "none"])
    assert row["reach"] == Reach(labels=2, gold=1, resolutions=1)
    assert reach(project=project, names=["match"]) == {"match": Reach(0, 0, 0)}
    assert post(wanted, **{"map:no match": "none"}).status_code == 302
    project.refresh_from_db()
    assert project.schema.mapping == {"match": "match", "no match": "none"}
    assert "“no match” became “none”" in text_of(client_of("olga").get(PAGE))


@pytest.mark.parametrize(
    ("sent", "where"),
    [("{", "definition"), ("[]", "definition"), (changed("one"), "choices"), (changed(question=""), "question"),
     (changed("a", "a"), "choices"), (changed(input={"kind": "smell"}), "input.kind")],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field_and_what_was_typed_is_kept(sent, where):
    project = make_project()
    refused = post(sent)
    assert refused.status_code == 422
    assert [fault["where"] for fault in refused.context["island"]["errors"]] == [where]
    assert refused.context["island"]["text"] == sent
    assert project.schemaversions.count() == 1


@pytest.mark.parametrize("odd", ["[1]", "{", "null", '{"no match": 7}', '{"no match": "gone"}'])
def test_odd_renames_are_only_a_suggestion(odd):
    make_project()
    assert post(changed("match", "none"), renamed=odd).status_code == 200
    refused = post(changed("match", "none"), **{"map:no match": "gone"})
    assert refused.status_code == 422 and "which is not one of match, none" in text_of(refused)


def test_a_version_saved_meanwhile_is_not_overwritten_unseen():
    project = make_project()
    post(changed(question="Mine?"))
    late = post(changed(question="Theirs?"))
    assert "Somebody saved version 2" in text_of(late) and late.context["number"] == 2
    assert project.schemaversions.count() == 2
    assert post(changed(question="Theirs?"), number=2).status_code == 302


def test_only_owners_open_it():
    project = make_project()
    make_labeller(project, "lara")
    make_member(project, "aude", Role.AUDITOR)
    assert client_of("lara").get(PAGE).status_code == client_of("aude").get(PAGE).status_code == 403


def test_a_definition_is_checked_as_it_is_typed_and_nothing_is_kept():
    project = make_project()
    lara = client_of("lara")
    found = lara.post(CHECK, {"kind": "single_choice", "definition": changed(question=" Is it? ")}).json()
    assert (found["definition"]["question"], found["errors"]) == ("Is it?", [])
    for sent in ({}, {"kind": "smell", "definition": "{}"}, {"kind": "single_choice", "definition": "{"}):
        assert lara.post(CHECK, sent).json()["errors"], sent
    assert Client().post(CHECK).status_code == 302
    assert project.schemaversions.count() == 1


def test_only_this_site_may_frame_the_preview():
    shown = client_of("lara").get("/projects/question/preview/")
    assert shown["X-Frame-Options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client_of("lara").get("/")["Content-Security-Policy"]
