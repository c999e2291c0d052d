"""The files of a version: each with a strong ETag and a length, so that it can be cached and checked."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from labelling.api.datasets import version_of
from labelling.api.openapi import describe
from labelling.api.views import ApiView, read_query
from labelling.datasets import layout, queries
from labelling.datasets.content import SPLITS
from labelling.datasets.models import Version
from labelling.datasets.queries import DataFile
from labelling.datasets.verify import file_digest

UNASKED = ("train", "validation")
READ_BYTES = 1 << 20


class DataQuerySerializer(serializers.Serializer):
    format = serializers.ChoiceField(layout.FORMATS, required=False, default="jsonl")
    split = serializers.ChoiceField(SPLITS, required=False, help_text="default: train, then validation; test by name")


class DataView(ApiView):
    @describe(
        "datasets_data", "The rows of a version as a file", parameters=[DataQuerySerializer],
        responses={(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in layout.CONTENT_TYPES.values()}
        | {304: OpenApiResponse(description="You have these bytes already (If-None-Match).")},
    )  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> HttpResponseBase:
        version = version_of(request, project, n)
        asked = read_query(DataQuerySerializer, request)
        split = asked.get("split")
        if split:
            file = queries.data_file(version=version, file_format=asked["format"], split=split)
        else:
            file = without_test(version, asked["format"])
        return handed_out(file, request)


class FileQuerySerializer(serializers.Serializer):
    format = serializers.ChoiceField(layout.FORMATS, required=False, default="jsonl")


class FileView(ApiView):
    @describe(
        "datasets_file", "One file of a version's export: SHA256SUMS, manifest.json, leaves.jsonl, data/SPLIT.FORMAT",
        parameters=[FileQuerySerializer],
        responses={
            (200, kind.partition(";")[0]): OpenApiTypes.BINARY
            for kind in (*layout.CONTENT_TYPES.values(), "text/plain")
        }
        | {(200, "application/json"): OpenApiTypes.OBJECT}
        | {304: OpenApiResponse(description="You have these bytes already (If-None-Match).")},
    )  # fmt: skip
    def get(self, request: Request, project: str, n: str, name: str) -> HttpResponseBase:
        version = version_of(request, project, n)
        file_format = read_query(FileQuerySerializer, request)["format"]
        return handed_out(queries.export_file(version=version, file_format=file_format, name=name), request)


def handed_out(file: DataFile, request: Request) -> HttpResponseBase:
    headers = {"ETag": file.etag, "Cache-Control": "private, no-cache", "X-Content-SHA256": file.sha256}
    same = get_conditional_response(request._request, etag=file.etag, response=HttpResponse(headers=headers))
    if same is not None and same.status_code != 200:
        return same
    if request.method == "HEAD":
        length = str(file.path.stat().st_size)
        disposition = f'attachment; filename="{file.filename}"'
        headers |= {"Content-Length": length, "Content-Disposition": disposition}
        return HttpResponse(headers=headers, content_type=file.content_type)
    return FileResponse(
        file.path.open("rb"), as_attachment=True, filename=file.filename, content_type=file.content_type,
        headers=headers,
    )  # fmt: skip


def without_test(version: Version, file_format: str) -> DataFile:
    """One file of all rows but those of the test split, kept beside the export it is made of."""
    parts = [queries.data_file(version=version, file_format=file_format, split=split) for split in UNASKED]
    folder = Path(settings.DATA_DIR) / "exports" / version.version_id
    path, seal = folder / f"{'+'.join(UNASKED)}.{file_format}", folder / f"{'+'.join(UNASKED)}.{file_format}.sha256"
    if not (path.is_file() and seal.is_file()):
        _replace(path, lambda to: JOINED[file_format]([part.path for part in parts], to))
        _replace(seal, lambda to: to.write_text(file_digest(path)))
    digest = seal.read_text()
    filename = f"{version.project.slug}-{version.number}.{file_format}"
    return DataFile(path, parts[0].content_type, f'"{digest}"', digest, filename)


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    """The file appears whole or not at all, also when two requests make it at once."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(descriptor)
    try:
        write(Path(name))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _join_lines(parts: list[Path], to: Path) -> None:
    with to.open("wb") as whole:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole, READ_BYTES)


def _join_csv(parts: list[Path], to: Path) -> None:
    """Only the first header stays: names of columns hold no line break."""
    with to.open("wb") as whole:
        for number, part in enumerate(parts):
            with part.open("rb") as file:
                if number:
                    file.readline()
                shutil.copyfileobj(file, whole, READ_BYTES)


def _join_parquet(parts: list[Path], to: Path) -> None:
    import pyarrow.parquet  # noqa: PLC0415 - slow to import, and only this format needs it

    with pyarrow.parquet.ParquetWriter(to, layout.arrow_schema(), compression="zstd") as whole:
        for part in parts:
            with pyarrow.parquet.ParquetFile(part) as file:
                for batch in file.iter_batches(layout.READ_ROWS):
                    whole.write_batch(batch)


JOINED: dict[str, Callable[[list[Path], Path], None]] = {
    "jsonl": _join_lines, "csv": _join_csv, "parquet": _join_parquet,
}  # fmt: skip
