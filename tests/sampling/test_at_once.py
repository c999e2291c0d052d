"""Several at once, on a real database with connections of their own."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from labelling.errors import Conflict
from labelling.ingest.actions import ingest
from labelling.ingest.models import Example, Prediction
from labelling.sampling.actions import sample
from labelling.sampling.models import Item, SamplingRound
from tests.factories import NOW, make_project, payload

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


def at_once(work):
    start = Barrier(THREADS)

    def run(number):
        start.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def lines(n):
    return [
        json.dumps({"id": f"p-{at:03d}", "payload": payload(at), "model": "m", "probabilities": [0.5, 0.5]}).encode()
        for at in range(n)
    ]


def test_the_same_upload_four_times_at_once_is_stored_once():
    project, sent = make_project(), lines(200)
    reports = at_once(lambda number: ingest(project=project, lines=sent[:: (-1) ** number], by=None, now=NOW))
    assert sum(report.created for report in reports) == Example.objects.count() == 200
    assert sum(report.predictions for report in reports) == Prediction.objects.count() == 200
    assert sum(report.repeated for report in reports) == 600
    assert sum(report.n_errors for report in reports) == 0


def test_rounds_at_once_never_share_an_example():
    project = make_project()
    ingest(project=project, lines=lines(40), by=None, now=NOW)

    def draw(number):
        try:
            return sample(project=project, budget=12, by=None, seed=number, now=NOW)
        except Conflict:
            return None

    rounds = [made for made in at_once(draw) if made is not None]
    assert rounds
    assert Item.objects.count() == sum(made.n_selected for made in rounds) <= 40
    assert sorted(made.number for made in rounds) == list(range(1, len(rounds) + 1))
    assert SamplingRound.objects.count() == len(rounds)
