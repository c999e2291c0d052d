"""`make bench`: what versions cost at a million rows, beside a plain COPY of the same rows."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from labelling.datasets.integrity import check_version
from tests.bench.dataset_world import published_world, relabel
from tests.bench.tables import show
from tests.worker import address_of

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def run(step: str) -> dict[str, Any]:
    env = {**os.environ, "DATABASE_URL": address_of(connection.settings_dict), "DATA_DIR": str(settings.DATA_DIR),
           "DJANGO_SETTINGS_MODULE": "labelling.settings"}  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "tests.bench.dataset_steps", step], env=env, check=True,
                          stdout=subprocess.PIPE, text=True)  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    told["cpu"] = told["here"] + told["database"]
    return told


def test_what_a_version_costs():
    if connection.vendor != "postgresql":
        pytest.fail("the figures are of PostgreSQL: run it by `make bench`")
    project = published_world(ROWS)
    steps = {name: run(name) for name in ("copy", "serializer", "parquet")}
    steps["first version"] = run("commit")
    changed = relabel(project, 0.01)
    steps["a change of 1%"] = run("commit")
    steps["diff"] = run("compare")
    steps |= {name: run(name) for name in ("export", "verify")}
    steps["erasure of one"] = run("erasure")
    table = [("step", "CPU s", "of PostgreSQL", "rows a CPU s", "peak MB", "MB")]
    for name, told in steps.items():
        rows = told.get("rows", ROWS)
        table.append((name, f"{told['cpu']:.2f}", f"{told['database']:.2f}", f"{rows / told['cpu']:,.0f}",
                      f"{told['peak']:.0f}", f"{told.get('bytes', 0) / 1e6:.1f}"))  # fmt: skip
    show(f"versions of {ROWS:,} rows", table)
    erased = steps["erasure of one"]
    assert erased["emptied"] == erased["versions"] and erased["cpu"] <= 2
    assert [fault for version in project.versions.all() for fault in check_version(version)] == []
    assert steps["diff"]["counts"]["relabelled"] + steps["diff"]["counts"]["changed"] == changed
    share = steps["a change of 1%"]["bytes"] / steps["first version"]["bytes"]
    print(f"a change of 1% takes {share:.2%} of the first version's bytes")  # noqa: T201 - figures are for the terminal
