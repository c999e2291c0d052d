"""What an expert sees of a case, and what not."""

import json
from typing import Any

import numpy as np
import pytest

from experts import actions, queries
from experts.models import Case
from labelling.errors import NotFound
from labelling.ingest.models import ModelVersion, Prediction
from labelling.loop.refit import refit_project
from labelling.projects.models import User
from tests.experts.crowd import agreed, contested
from tests.factories import NOW, make_project

pytestmark = pytest.mark.django_db


def case_of(made: Any) -> Case:
    project, (item,) = made
    model = ModelVersion.objects.create(project=project, model="m", pipeline="rules-2")
    Prediction.objects.create(
        example=item.example, model_version=model, schema=project.schema, received_at=NOW,
        probabilities=np.array([0.75, 0.25], dtype=np.float32).tobytes(),
        explanation={"tokens": [{"start": 0, "end": 7, "weight": 0.5}]},
    )  # fmt: skip
    actions.pull(project=project, now=NOW)
    return Case.objects.get()


def test_votes_are_shown_with_letters_for_labellers_and_their_reliability():
    made = contested()
    refit_project(project=made[0], now=NOW)
    story = queries.case_story(case_of(made))
    assert [vote["labeller"] for vote in story["votes"]] == ["A", "B"]
    assert [vote["answer"]["choice"] for vote in story["votes"]] == ["match", "no match"]
    assert story["votes"][0]["reliability"]["n_labels"] == 1
    assert story["posterior"] == {"match": 500_000, "no match": 500_000}
    assert story["payload"]["request"].startswith("Someone")


def test_nothing_in_a_story_tells_who_the_labellers_are():
    text = json.dumps(queries.case_story(case_of(contested())), default=str)
    assert "labeller-00" not in text
    assert not any(user.public_id in text for user in User.objects.all())


def test_abstentions_come_with_their_reasons():
    story = queries.case_story(case_of(contested(abstained=True)))
    assert story["votes"] == []
    assert [(one["reason"], one["note"]) for one in story["abstentions"]] == [("unclear", "two cats")] * 2


def test_the_model_is_not_in_the_story_and_is_shown_on_request():
    case = case_of(contested())
    assert "0.75" not in json.dumps(queries.case_story(case), default=str)
    (view,) = queries.model_view(case)
    assert (view["model"], view["probabilities"]) == ("m behind rules-2", {"match": 0.75, "no match": 0.25})
    assert view["explanation"] == {"tokens": [{"start": 0, "end": 7, "weight": 0.5}]}
    assert "tokens" not in json.dumps(queries.case_story(case), default=str)


def test_an_audit_is_blind_until_it_is_answered():
    case = case_of(agreed())
    story = queries.case_story(case)
    assert (story["blind"], story["votes"], story["abstentions"], story["posterior"]) == (True, None, None, None)
    assert story["value"] is None
    assert queries.model_view(case) == []
    eva = User.objects.get(username="eva")
    actions.decide(case=case, by=eva, kind="answer", answer={"choice": "match"}, rationale="", now=NOW)
    story = queries.case_story(case)
    assert (story["blind"], len(story["votes"])) == (False, 2)
    assert len(queries.model_view(case)) == 1


def test_after_26_labellers_letters_double():
    letters = [queries.letter(number) for number in (0, 25, 26, 27, 51, 52)]
    assert letters == ["A", "Z", "AA", "AB", "AZ", "BA"]


def test_a_case_is_found_in_its_own_project_only():
    case = case_of(contested())
    assert queries.find_case(project=case.project, public_id=case.public_id) == case
    with pytest.raises(NotFound):
        queries.find_case(project=make_project(slug="other"), public_id=case.public_id)
