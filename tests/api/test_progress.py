"""How a project stands, over HTTP."""

from labelling.assignment.models import Desk
from labelling.projects.actions import pause_project
from tests.factories import NOW, make_items
from tests.loop.test_outlook import make_fit, make_forecast


def progress(owner):
    reply = owner.get("projects/matching/progress")
    assert reply.status_code == 200, reply.content
    return reply.json()


def test_progress_says_why_nobody_labels(owner, project, lara):
    assert [cause["code"] for cause in progress(owner)["standstill"]] == ["nothing_sampled"]
    make_items(project, 2)
    Desk.objects.create(labeller=lara, seen_at=NOW)
    pause_project(project=project, by=None, now=NOW)
    assert progress(owner)["standstill"] == [
        {
            "code": "paused",
            "sentence": "The project is paused: nobody gets new items.",
            "what_to_do": "Resume it when labelling may go on.",
            "since": "2026-03-02T09:00:00Z",
            "until": None,
        }
    ]


def test_progress_has_no_forecast_before_there_is_one(owner, project):
    found = progress(owner)
    assert found["forecast"] is None
    assert found["money"]["verdict"] == "no_budget"
    make_forecast(make_fit(project, 3))
    forecast = progress(owner)["forecast"]
    assert forecast["fit"] == 3
    assert (forecast["cost_low"], forecast["cost"], forecast["cost_high"]) == (30_000_000, 40_000_000, 50_000_000)
    assert forecast["level"] == 0.9
