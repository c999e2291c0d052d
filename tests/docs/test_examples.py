"""The examples that readers copy work as printed, over real HTTP."""

import contextlib
import csv
import io
import json
import re
import shlex
import urllib.error
import urllib.request

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labelling.api.scopes import SCOPES
from labelling.ingest.models import Prediction
from labelling.projects.actions import add_member, issue_token
from labelling.projects.models import ApiToken, Role
from tests.datasets.helpers import labelled_project, publish_now
from tests.docs.pages import ROOT, code_blocks, text_of
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = "http://localhost:8000"


def run_command(*arguments):
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().strip()


def test_the_training_example_prints_the_rows_of_the_sample_project(live_server, monkeypatch):
    project, _, _ = labelled_project(10, slug="neighbours")
    version = publish_now(project, message="first")
    add_member(project=project, user=make_user("owner"), role=Role.OWNER, name="owner", by=None, now=timezone.now())
    issue = re.search(r"manage\.py (token .+)", text_of(ROOT / "README.md"))
    monkeypatch.setenv("QUORUM_TOKEN", run_command(*shlex.split(issue[1])))
    (example,) = code_blocks(ROOT / "README.md", "python")
    assert len(example.splitlines()) == 5
    assert SAMPLE in example
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example.replace(SAMPLE, live_server.url), "README.md", "exec"), {})  # noqa: S102 - our own page
    assert f"1 {version.data_id[:12]}" in printed.getvalue()
    for shown in ("request", "offer", "label", "look after"):
        assert shown in printed.getvalue()


def test_the_examples_of_training_work_one_after_the_other(live_server, monkeypatch):
    project, _, _ = labelled_project(10)
    publish_now(project)
    owner = make_user("olga")
    _, secret = issue_token(
        user=owner, project=project, name="training", scopes=["datasets:read", "predictions:write"], expires_at=None,
        by=owner, now=timezone.now(),
    )  # fmt: skip
    monkeypatch.setenv("QUORUM_TOKEN", secret)
    monkeypatch.setenv("QUORUM_URL", live_server.url)
    names = {}
    for example in code_blocks(ROOT / "docs" / "training.md", "python"):
        ready = example.replace("https://quorum.example", live_server.url).replace("quorum_…", secret)
        exec(compile(ready, "training.md", "exec"), names)  # noqa: S102 - our own page
    assert len(names["frame"]) == 6
    assert Prediction.objects.filter(model_version__model="ranker-2026-11").count() == 1


def send(arguments, values):
    """What a curl command line would send, and the reply; refuses an option that isn't understood."""
    address, headers, body = None, {}, None
    words = iter(arguments)
    for word in words:
        if word in {"-H", "--header"}:
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in {"-d", "--data-binary"}:
            body = next(words).encode()
        elif word != "-s":
            assert not word.startswith("-"), f"curl {word} is not understood here"
            address = word
    for name, value in values.items():
        address = address.replace(f"${name}", value)
        headers = {key: text.replace(f"${name}", value) for key, text in headers.items()}
        body = body and body.replace(f"${name}".encode(), value.encode())
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - the tests' own server
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - the same
        return reply.read().decode()


def curl_lines(code):
    joined = code.replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in joined.splitlines() if line.startswith("curl ")]


def test_the_curl_examples_take_an_example_from_prediction_to_dataset(live_server):
    project = make_project("fixed", slug="matching", initial_labels=1, minimum_labels=1, maximum_labels=1,
                           contest_below=0.5, gold_share=0.0, test_share=0.0, validation_share=0.0)  # fmt: skip
    owner = make_user("olga")
    labeller = add_member(project=project, user=owner, role=Role.LABELLER, name="olga", by=owner, now=timezone.now())
    _, secret = issue_token(
        user=owner, project=project, name="all", scopes=list(SCOPES), expires_at=None, by=owner, now=timezone.now()
    )
    (code,) = code_blocks(ROOT / "docs/api.md", "sh")
    values = {"QUORUM": live_server.url, "TOKEN": secret, "LABELLER": labeller.public_id}
    replies = []
    for arguments in curl_lines(code):
        replies.append(send(arguments, values))
        if '"leases"' in replies[-1]:
            values["LEASE"] = json.loads(replies[-1])["leases"][0]["token"]
    ingested, drawn, _, given, progress, preview, by_query, version, data = replies
    assert json.loads(ingested)["created"] == 1
    assert json.loads(drawn)["n_selected"] == 1
    assert json.loads(given)["standing"] is True
    assert json.loads(progress)["items"]["resolved"] == 1
    assert json.loads(preview)["n_labels"] == 1
    assert json.loads(by_query)["n_labels"] == 0
    assert json.loads(version)["n_rows"] == 1
    assert next(csv.DictReader(io.StringIO(data)))["key"] == "a-1"


def test_the_quick_start_makes_a_project_with_a_token_of_a_person(live_server, tmp_path):
    make_user("owner", is_staff=True)
    page = text_of(ROOT / "docs/quick-start.md")
    secret = run_command(*shlex.split(re.search(r"manage\.py (token .+)", page)[1]))
    code = "\n".join(line.removeprefix("    ") for line in page.splitlines())
    command = shlex.split(re.search(r"^curl (.+?\}')$", code.replace("\\\n", " "), re.MULTILINE | re.DOTALL)[1])
    reply = send([word.replace(SAMPLE, live_server.url) for word in command], {"TOKEN": secret})
    assert json.loads(reply)["slug"] == "tickets"
    line = re.search(r'^ *(\{"id": "t-1".+\})$', page, re.MULTILINE)[1]
    (tmp_path / "predictions.ndjson").write_text(line)
    run_command("ingest", "tickets", str(tmp_path / "predictions.ndjson"))
    assert "1 of 1 examples" in run_command(*shlex.split(re.search(r"manage\.py (sample .+)", page)[1]))


# --- manage.py token ---


def test_a_token_of_one_project_opens_that_one_alone(live_server):
    project, other = make_project(slug="matching"), make_project(slug="other")
    secret = run_command("token", "matching", "--user", "olga", "--scope", "read")
    assert ApiToken.objects.get().project == project
    headers = ["-H", f"Authorization: Bearer {secret}"]
    assert json.loads(send([f"{live_server.url}/api/v1/projects/matching", *headers], {}))["slug"] == "matching"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        send([f"{live_server.url}/api/v1/projects/{other.slug}", *headers], {})


def test_a_token_ends_when_its_days_are_over_and_never_is_stored_in_clear():
    make_project(slug="matching")
    issued = json.loads(run_command("token", "--user", "olga", "--scope", "read", "--days", "2", "--json"))
    token = ApiToken.objects.get(public_id=issued["id"])
    assert 1.9 < (token.expires_at - timezone.now()).total_seconds() / 86400 <= 2
    assert issued["secret"] not in str(token.__dict__)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--user", "nobody", "--scope", "read"], "there is no user 'nobody'"),
        (["--user", "olga", "--scope", "everything"], "invalid choice: 'everything'"),
        (["elsewhere", "--user", "olga", "--scope", "read"], "there is no project 'elsewhere'"),
        (["matching", "--user", "stranger", "--scope", "read"], "stranger is no member of it"),
        (["--user", "olga", "--scope", "read", "--days", "0"], "--days: must be 1 to 36500"),
        (["--user", "olga", "--scope", "read", "--days", "99999999999"], "--days: must be 1 to 36500"),
    ],
)
def test_a_token_that_can_t_be_is_refused_in_words(arguments, said):
    make_project(slug="matching")
    make_user("stranger")
    with pytest.raises(CommandError, match=re.escape(said)):
        run_command("token", *arguments)
    assert not ApiToken.objects.exists()
