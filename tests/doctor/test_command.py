"""The command `doctor`: its words, its exit code and its JSON document."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labelling.sampling.models import Item
from tests.factories import make_items, make_project

pytestmark = pytest.mark.django_db


def test_the_command_says_that_all_is_well():
    out = StringIO()
    call_command("doctor", stdout=out)
    assert out.getvalue() == "Everything that must hold, holds.\n"


def test_the_command_exits_with_one_and_lists_the_rows_at_fault():
    make_items(make_project(), 1, n_done=1)
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", stdout=out)
    item = Item.objects.get()
    assert end.value.code == 1
    assert out.getvalue().startswith(f"counters: item {item.public_id} n_done is 1, but it has 0 counted labels\n")


def test_the_command_prints_one_json_document():
    make_items(make_project(), 1, n_done=1)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "matching", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert report["ok"] is False
    assert [set(finding) for finding in report["findings"]] == [{"check", "row", "message"}]


def test_an_unknown_project_is_an_error_that_names_it():
    with pytest.raises(CommandError, match="nowhere"):
        call_command("doctor", "nowhere")
