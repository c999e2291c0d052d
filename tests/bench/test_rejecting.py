"""`make bench`: what a preview of 10,000 labels costs among 100,000, and rejecting and lifting them in chunks."""

import pytest
from django.db import connection

from labelling import tasks
from labelling.loop.reject import lift, reject
from labelling.loop.rejecting.preview import preview
from labelling.loop.rejecting.target import by_query
from tests.bench.clock import Spent, measured
from tests.bench.rejecting import crowd
from tests.bench.tables import show
from tests.factories import NOW

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ITEMS, BIGGEST = 25_000, 10_000


def test_a_labeller_of_ten_thousand_labels_is_previewed_in_under_two_seconds_and_rejected_in_the_background():
    project, labeller = crowd(ITEMS, biggest=BIGGEST)
    steps: dict[str, Spent] = {}
    since = {"since": NOW.isoformat(), "labellers": [labeller.public_id]}
    for name, which in (("labeller", {"labeller": labeller}), ("query", {"target": by_query(project, since)})):
        with measured() as steps[f"preview of a {name}"]:
            said = preview(**which)
        assert (said.n_labels, said.items_reopen, said.versions[0][1]) == (BIGGEST, BIGGEST, BIGGEST)
        assert steps[f"preview of a {name}"].cpu < 2
    with measured() as steps["deciding to reject"]:
        rejection = reject(labeller=labeller, reason="a measurement", by=None, now=NOW)
    with measured() as steps["rejecting, in chunks"]:
        tasks.jobs.run(project_job("reject"), handlers=tasks.HANDLERS, now=NOW)
    with measured() as steps["deciding to lift"]:
        lift(rejection=rejection, reason="measured", by=None, now=NOW)
    with measured() as steps["lifting, in chunks"]:
        tasks.jobs.run(project_job("lift"), handlers=tasks.HANDLERS, now=NOW)
    rejection.refresh_from_db()
    assert rejection.restored_at is not None
    rows = [(f"{BIGGEST:,} labels of {4 * ITEMS:,}", "CPU s", "s")]
    rows += [(name, f"{spent.cpu:.2f}", f"{spent.wall:.2f}") for name, spent in steps.items()]
    show(f"a rejection on {connection.vendor}", rows)


def project_job(kind: str) -> int:
    return tasks.jobs.Job.objects.get(kind=kind, finished_at=None).pk
