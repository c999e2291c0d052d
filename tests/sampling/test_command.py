import json

import pytest
from django.core.management import CommandError, call_command

from labelling.ingest.actions import ingest
from labelling.sampling.models import SamplingRound
from tests.factories import NOW, make_project, payload

pytestmark = pytest.mark.django_db


def test_the_round_is_one_json_document(capsys):
    project = make_project()
    lines = [json.dumps({"id": str(at), "payload": payload(at), "probabilities": [0.5, 0.5]}) for at in range(9)]
    ingest(project=project, lines=[line.encode() for line in lines], by=None, now=NOW)
    call_command("sample", "matching", "--budget", "4", "--strategy", "entropy", "--seed", "5", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "project": "matching", "round": SamplingRound.objects.get().public_id, "model": "unnamed", "number": 1,
        "strategy": "entropy", "budget": 4, "probability_share": 0.2, "threshold": None, "seed": 5, "needs": {},
        "n_candidates": 9, "n_selected": 4,
    }  # fmt: skip


def test_what_can_not_be_drawn_is_told():
    with pytest.raises(CommandError, match="no project 'nowhere'"):
        call_command("sample", "nowhere", "--budget", "4")
    make_project()
    with pytest.raises(CommandError, match="budget"):
        call_command("sample", "matching", "--budget", "0")
    with pytest.raises(CommandError, match="ingest more"):
        call_command("sample", "matching", "--budget", "4")
