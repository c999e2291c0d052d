"""The loop once around the real parts: HTTP, database, Redis, a Celery worker in a process of its own."""

import json

import pytest

from labelling.celery import app
from labelling.client import Quorum
from labelling.consensus.models import Fit
from labelling.jobs.models import Job
from labelling.reliability.models import Scorecard
from labelling.sampling.models import Item, State
from tests.browser.rest import Program, wait_until
from tests.factories import make_labellers, make_project, make_user, payload

N_EXAMPLES = 40
BUDGET = 30
ANSWERS = ("match", "no match")


def truth(request: str) -> str:
    """The answer that everybody gives: by the number at the end of the request."""
    return ANSWERS[int(request.rsplit(maxsplit=1)[-1]) % 2]


def predictions() -> bytes:
    lines = []
    for number in range(1, N_EXAMPLES + 1):
        share = 0.3 + 0.4 * number / N_EXAMPLES
        lines.append({
            "id": f"request-{number}", "payload": payload(number), "model": "matcher", "pipeline": "1",
            "probabilities": {"match": share, "no match": 1 - share},
        })  # fmt: skip
    return b"\n".join(json.dumps(line).encode() for line in lines)


def label_all(labeller: Program, project_id: str) -> int:
    """Leases and answers until there is nothing left; returns how many answers were given."""
    given = 0
    while leases := labeller.post(f"projects/{project_id}/leases", {"count": 10})["leases"]:
        for lease in leases:
            answer = {"choice": truth(lease["payload"]["request"])}
            reply = labeller.post(f"leases/{lease['token']}/label", {"answer": answer, "active_seconds": 3})
            assert reply["standing"]
            given += 1
    return given


@pytest.mark.django_db(transaction=True)
def test_predictions_become_a_verified_version_through_the_real_stack(
    celery_worker, live_server, settings, tmp_path, redis_url
):
    settings.DATA_DIR = tmp_path / "server"
    project = make_project(gold_share=0.0, minimum_labels=3, initial_labels=3, maximum_labels=3, fit_max_age=20)
    owner = Program(
        live_server.url, make_user("olga"), project, "predictions:write", "rounds:write", "datasets:write",
        "datasets:read", "datasets:test", "read",
    )  # fmt: skip
    address = f"projects/{project.public_id}"

    report = owner.post(f"{address}/predictions", predictions(), content_type="application/x-ndjson")
    assert (report["created"], report["predictions"], report["n_errors"]) == (N_EXAMPLES, N_EXAMPLES, 0)
    assert owner.post(f"{address}/rounds", {"budget": BUDGET, "strategy": "margin"})["n_selected"] == BUDGET

    for member in make_labellers(project, 3):
        assert label_all(Program(live_server.url, member.user, project, "label"), project.public_id) == BUDGET

    waiting = Item.objects.filter(project=project).exclude(state=State.RESOLVED)
    app.send_task("labelling.tasks.sweep")  # What beat sends every five seconds.
    wait_until(lambda: not waiting.exists(), what="the worker's refit resolves every item")
    wait_until(lambda: Scorecard.objects.count() == 3, what="the refit's scorecards")
    assert Fit.objects.filter(project=project).exists()
    finished = Job.objects.filter(kind="refit", finished_at__isnull=False)
    wait_until(finished.exists, what="the worker notes that the refit is done")
    assert "run_job" in celery_worker.log
    assert owner.get(f"{address}/progress")["items"]["resolved"] == BUDGET

    published = owner.post(f"{address}/versions", {"message": "first", "override_reason": "one round only"})
    assert published["n_rows"] == BUDGET

    version = Quorum(live_server.url, owner.secret).project(project.slug).version("latest")
    assert version.data_id == published["data_id"]
    assert version.download(tmp_path / "data", splits=("train", "validation", "test")).good
    rows = [row for split in ("train", "validation", "test") for row in version.to_arrow(split).to_pylist()]
    assert len(rows) == BUDGET
    assert all(row["label"] == truth(json.loads(row["payload"])["request"]) for row in rows)
