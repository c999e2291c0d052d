import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from labelling.ingest.models import Example
from tests.factories import make_project, payload

pytestmark = pytest.mark.django_db
GOOD = json.dumps({"id": "one", "payload": payload(1)}) + "\n"


def test_the_report_is_one_json_document(tmp_path, capsys):
    make_project()
    file = tmp_path / "lines.ndjson"
    file.write_text(GOOD)
    call_command("ingest", "matching", str(file), "--json")
    assert json.loads(capsys.readouterr().out) == {
        "lines": 1, "created": 1, "predictions": 0, "repeated": 0, "errors": [], "n_errors": 0,
    }  # fmt: skip


def test_refused_lines_end_in_a_failure_after_the_report(tmp_path, capsys):
    make_project()
    file = tmp_path / "lines.ndjson"
    file.write_text(GOOD + "{}\n")
    with pytest.raises(CommandError, match="1 of 2 lines"):
        call_command("ingest", "matching", str(file), "--json")
    assert json.loads(capsys.readouterr().out)["errors"] == [{"line": 2, "field": "id", "message": "is missing"}]
    assert Example.objects.count() == 1


def test_lines_may_come_from_standard_input(monkeypatch, capsys):
    make_project()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    call_command("ingest", "matching", "-")
    assert "1 new examples" in capsys.readouterr().out


def test_an_unknown_project_or_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="no project 'nowhere'"):
        call_command("ingest", "nowhere", "-")
    make_project()
    with pytest.raises(CommandError, match=r"missing\.ndjson"):
        call_command("ingest", "matching", str(tmp_path / "missing.ndjson"))
