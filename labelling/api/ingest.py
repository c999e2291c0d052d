"""Predictions in: NDJSON read from the connection line by line, never held whole."""

from collections.abc import Iterator
from typing import Any

import orjson
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.parsers import StrictJsonParser
from labelling.api.permissions import OWNER, access
from labelling.api.problems import LengthRequired
from labelling.api.views import ApiView
from labelling.ingest.actions import ingest
from labelling.ingest.parsing import lines_of

LINES = ("application/x-ndjson", "text/plain")
ONE = "application/json"


class LineErrorSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class IngestReportSerializer(serializers.Serializer):
    lines = serializers.IntegerField()
    created = serializers.IntegerField(help_text="new examples")
    predictions = serializers.IntegerField(help_text="new ones")
    repeated = serializers.IntegerField(help_text="lines that brought nothing new")
    n_errors = serializers.IntegerField()
    errors = LineErrorSerializer(many=True, help_text="the first 1,000")  # type: ignore[assignment]  # a field of that name


class PredictionsView(ApiView):
    @describe(
        "ingest_predictions", "Send predictions, one JSON object a line; the good lines are kept",
        request={LINES[0]: OpenApiTypes.STR, LINES[1]: OpenApiTypes.STR, ONE: OpenApiTypes.OBJECT},
        responses={200: IngestReportSerializer, 422: IngestReportSerializer},
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="predictions:write")
        report = ingest(project=found, lines=_lines(request), by=self.user, now=self.now)
        all_failed = report.n_errors > 0 and report.n_errors >= report.lines
        return Response(IngestReportSerializer(report).data, status=422 if all_failed else 200)


def _lines(request: Request) -> Iterator[bytes]:
    """The lines of the body. Refuses a body without a length, which would read as empty."""
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired("Send the body with a Content-Length.")
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in (*LINES, ONE):
        raise UnsupportedMediaType(kind, f"Send {', '.join(LINES)} with one object a line, or {ONE} with one object.")
    if request.stream is None:
        return iter(())
    if kind == ONE:
        return _one(StrictJsonParser().parse(request.stream))
    return lines_of(request.stream)


def _one(data: Any) -> Iterator[bytes]:
    for entry in data if isinstance(data, list) else [data]:
        yield orjson.dumps(entry)
