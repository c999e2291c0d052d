"""`make bench`: what a refit of a million labels takes, step by step, in CPU seconds and memory."""

import pytest
from django.db import connection

from tests.bench.refitting import crowd, refit_by_steps
from tests.bench.tables import show

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ITEMS, LABELLERS = 200_000, 2_000


def test_a_million_labels_are_refitted_in_minutes_and_less_than_a_gigabyte():
    assert connection.vendor == "postgresql", "the bench writes its rows in SQL of PostgreSQL"
    costs = refit_by_steps(crowd(ITEMS, LABELLERS))
    rows = [("1,000,000 labels, 2,000 labellers", "CPU s", "of it PostgreSQL", "s", "peak MB")]
    rows += [
        (name, f"{one.spent.cpu:.1f}", f"{one.spent.database:.1f}", f"{one.spent.wall:.1f}", f"{one.peak:.0f}")
        for name, one in costs.items()
    ]
    show("a refit", rows)
    assert sum(one.spent.cpu for one in costs.values()) < 600
    assert max(one.peak for one in costs.values()) < 1024
