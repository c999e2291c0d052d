"""Predictions in: NDJSON read from the connection line by line, never held whole."""

from collections.abc import Iterator
from typing import Any

import msgspec
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.parsers import body_of
from labelling.api.permissions import OWNER, access
from labelling.api.problems import CutShort, LengthRequired
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
        return _objects(body_of(request.stream))
    return _whole(request.stream, int(request.META["CONTENT_LENGTH"]))


def _objects(body: bytes) -> Iterator[bytes]:
    """The object, or the objects of a list, byte for byte as they were sent: numbers keep every digit."""
    if not body.lstrip().startswith(b"["):
        yield body
        return
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"The body is not valid JSON: {error}") from None
    yield from map(bytes, parts)


def _whole(stream: Any, length: int) -> Iterator[bytes]:
    """The lines. Raises CutShort when the body ends before its length: what is missing must not be lost unnoticed."""
    came = _Counted(stream)
    yield from lines_of(came)  # type: ignore[arg-type]  # all that is asked of it is readline
    if came.bytes < length:
        raise CutShort(
            f"The body ended after {came.bytes:,} of {length:,} bytes. Send all of it again: what is stored by now "
            "stays and is not stored twice."
        )


class _Counted:
    def __init__(self, stream: Any) -> None:
        self.stream, self.bytes = stream, 0

    def readline(self, most: int) -> bytes:
        line: bytes = self.stream.readline(most)
        self.bytes += len(line)
        return line
