"""Asking for the rows of many ids: as a run from the first to the last where they lie close together, else one by one.

A run is read in the order of an index, without a search for each id.
"""

import numpy as np
from django.db import models
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from labelling.statements import one_of

CLOSE = 0.25  # at least this share of the ids from the first to the last is asked for


def run_of(ids: np.ndarray) -> tuple[int, int] | None:
    """The first and the last id where they lie close together."""
    return close(int(ids.min()), int(ids.max()), len(ids)) if len(ids) else None


def close(first: int, last: int, n: int) -> tuple[int, int] | None:
    """Both ids where the n that are asked for lie close together."""
    return (first, last) if n >= CLOSE * (last - first + 1) else None


def among(field: str, ids: np.ndarray) -> Q:
    """At least what refers to one of these ids; in a run also what refers to the ones between."""
    if run := run_of(ids):
        return Q(**{f"{field}__gte": run[0], f"{field}__lte": run[1]})
    return Q(**{f"{field}__in": one_of(ids.tolist())})


def joined_between(model: type[models.Model], first: int, last: int) -> RawSQL:
    """That the id in a table which a query joins lies between these, ends included: that the column which refers to it
    does, PostgreSQL doesn't carry over."""
    between = f'"{model._meta.db_table}"."id" BETWEEN %s AND %s'
    return RawSQL(between, [first, last], output_field=BooleanField())  # noqa: S611 - a name of ours
