"""One step of a version's life, in a process of its own so that its memory can be told: prints a line of JSON."""

import json
import resource
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django

STEPS: dict[str, Callable[..., dict[str, Any]]] = {}


def step(made: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    STEPS[made.__name__] = made
    return made


def _project() -> Any:
    from labelling.projects.models import Project  # noqa: PLC0415 - needs settings

    return Project.objects.get()


@step
def copy() -> dict[str, Any]:
    """A plain COPY of the same rows: nothing is done with what comes."""
    from django.db import connection  # noqa: PLC0415 - needs settings

    from labelling.datasets import approved  # noqa: PLC0415 - needs settings

    found = approved.selected(_project(), names=approved.TOLD.names)
    sql, params = found.query.sql_with_params()
    n = 0
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT", params) as copied:
        for block in copied:
            n += len(block)
    return {"bytes": n}


@step
def parquet() -> dict[str, Any]:
    """The approved items of the database as a Parquet file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - not every step needs it

    from labelling.datasets import approved, layout  # noqa: PLC0415 - needs settings

    project, rows = _project(), 0
    with tempfile.NamedTemporaryFile() as file:
        coded = [name for name in layout.arrow_schema().names if name not in ("key", "payload")]
        with pq.ParquetWriter(file.name, layout.arrow_schema(), compression="zstd", compression_level=1,
                              use_dictionary=coded, write_statistics=False) as writer:  # fmt: skip
            for raw in approved.read(project, schema=approved.TOLD):
                writer.write_batch(approved.rows_of(raw, project.schema_in_force))
                rows += len(raw)
        return {"rows": rows, "bytes": Path(file.name).stat().st_size}


@step
def serializer(rows: int = 20_000) -> dict[str, Any]:
    """The same rows through a DRF serializer, as JSON."""
    from rest_framework import serializers  # noqa: PLC0415 - needs settings
    from rest_framework.renderers import JSONRenderer  # noqa: PLC0415 - needs settings

    from labelling.datasets.approved import approved  # noqa: PLC0415 - needs settings

    class Row(serializers.Serializer):
        key = serializers.CharField(source="item.example.external_id")
        payload = serializers.CharField(source="item.example.payload")
        slice = serializers.CharField(source="item.example.slice")
        group = serializers.CharField(source="item.example.group")
        origin = serializers.CharField(source="item.example.source")
        split = serializers.CharField(source="item.split")
        answer = serializers.CharField()
        authority = serializers.IntegerField()
        confidence = serializers.FloatField()
        posterior = serializers.JSONField()

    found = approved(_project()).select_related("item__example")[:rows]
    return {"rows": rows, "bytes": len(JSONRenderer().render(Row(found, many=True).data))}


@step
def commit() -> dict[str, Any]:
    """What changed, read, hashed and frozen as the next version; the checks are measured apart."""
    from django.db import transaction  # noqa: PLC0415 - needs settings
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    from labelling.datasets import actions  # noqa: PLC0415 - needs settings
    from labelling.datasets.draft import prepared  # noqa: PLC0415 - needs settings
    from labelling.datasets.models import Segment, SegmentContent, VersionSegment  # noqa: PLC0415 - needs settings

    project = _project()
    parent = project.versions.order_by("-number").first()
    known = set(Segment.objects.values_list("pk", flat=True))
    with transaction.atomic(), prepared(project=project, parent=parent) as draft:
        version = actions.freeze_draft(
            draft=draft, report={"verdict": "pass", "checks": []}, project=project, parent=parent, by=None, message="",
            override_reason="", now=timezone.now(),
        )  # fmt: skip
    new = [segment for segment in Segment.objects.all() if segment.pk not in known]
    stored = sum(one.n_bytes for one in SegmentContent.objects.filter(segment__in=new))
    vectors = sum(len(one.deleted) for one in VersionSegment.objects.filter(version=version))
    return {
        "rows": version.n_rows, "bytes": sum(one.n_bytes for one in new) + stored + vectors + len(version.manifest),
        "segments": len(new),
    }  # fmt: skip


@step
def compare() -> dict[str, Any]:
    """The newest version against the one before: the counts and the first hundred changes with their reasons."""
    from labelling.datasets.diff import diff  # noqa: PLC0415 - needs settings

    after = _project().versions.order_by("-number").first()
    found = diff(before=after.parent, after=after)
    return {"counts": found.counts, "listed": len(found.changes)}


@step
def erasure() -> dict[str, Any]:
    """The content of one example, from the database and from every version that held it."""
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    from labelling.datasets.models import ErasedRow, Version  # noqa: PLC0415 - needs settings
    from labelling.loop.erasing.erase import erase  # noqa: PLC0415 - needs settings

    project = _project()
    key = project.examples.values_list("external_id", flat=True).order_by("pk")[1_000]
    done = erase(project=project, keys=[key], reason="asked for", by=None, now=timezone.now()).erasures
    return {"rows": done[0].n_rows, "versions": Version.objects.count(), "emptied": ErasedRow.objects.count()}


@step
def export() -> dict[str, Any]:
    """The newest version as Parquet, all splits, with its leaves."""
    from django.conf import settings  # noqa: PLC0415 - needs settings

    from labelling.datasets.content import SPLITS  # noqa: PLC0415 - needs settings
    from labelling.datasets.export import export_version  # noqa: PLC0415 - needs settings
    from labelling.datasets.formats import Options  # noqa: PLC0415 - needs settings

    version = _project().versions.order_by("-number").first()
    to = Path(settings.DATA_DIR) / "exported"
    export_version(version=version, file_format="parquet", to=to, options=Options(splits=SPLITS))
    return {"rows": version.n_rows, "bytes": sum(file.stat().st_size for file in to.rglob("*") if file.is_file())}


@step
def verify() -> dict[str, Any]:
    """What `export` wrote, checked offline."""
    from django.conf import settings  # noqa: PLC0415 - needs settings

    from labelling.datasets.verify import verify_directory  # noqa: PLC0415 - needs settings

    found = verify_directory(Path(settings.DATA_DIR) / "exported")
    assert found.good, found.problems
    return {"rows": found.rows, "checked": found.checked}


def main() -> None:
    django.setup()
    import_module("pandas")  # pyarrow imports it sooner or later; importing isn't measured
    import_module("labelling.datasets.actions")
    import_module("labelling.datasets.diff")
    import_module("labelling.loop.erasing.erase")
    from tests.bench.clock import measured  # noqa: PLC0415 - as above

    _project().versions.count()  # the connection is open
    with measured() as spent:
        told = STEPS[sys.argv[1]]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"here": spent.here, "database": spent.database, "wall": spent.wall, "peak": peak, **told}))  # noqa: T201 - its reply


if __name__ == "__main__":
    main()
