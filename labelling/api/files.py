"""Handing out a file of an export, whole or a range, with what callers need to check it and to go on after a cut."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from labelling import blobs
from labelling.api.problems import CONTENT_TYPE, ProblemSerializer
from labelling.api.ranges import Unsatisfiable, digest_field, range_of, still_same
from labelling.errors import QuorumError
from labelling.exports import actions
from labelling.exports.queries import CONTENT_TYPES, ExportFile, Gone
from labelling.exports.signing import Holder

CACHE = "private, no-cache, no-transform"
FILE_KINDS = {*CONTENT_TYPES.values(), "text/plain; charset=utf-8"}
CONDITIONS = [
    OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="bytes=0-99, bytes=100- or bytes=-100"),
    OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="the ETag of what you have a part of"),
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="the ETag of what you have"),
]
FILE_REPLIES: dict[Any, Any] = {
    **{(status, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in sorted(FILE_KINDS) for status in (200, 206)},
    304: OpenApiResponse(description="You have these bytes already (If-None-Match)."),
    (410, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description="The content was erased."),
    (416, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description="The range lies outside the file."),
}


class RangeNotSatisfiable(QuorumError):
    status, code = 416, "range_not_satisfiable"

    def __init__(self, n_bytes: int) -> None:
        super().__init__(f"The file has {n_bytes:,} bytes; the range lies outside it.")
        self.headers = {"Content-Range": f"bytes */{n_bytes}"}


def hand_out(
    file: ExportFile, request: HttpRequest, *, holder: Holder, signed: bool = False, now: datetime
) -> HttpResponseBase:
    """The reply to GET or HEAD; what is handed out is logged. Raises RangeNotSatisfiable, Gone."""
    same = get_conditional_response(request, etag=file.etag, response=HttpResponse(headers=_headers(file)))
    if same is not None and same.status_code != 200:
        return same
    if request.method == "HEAD":
        head = {**_headers(file), "Content-Length": str(file.n_bytes), "Content-Disposition": _disposition(file)}
        return HttpResponse(headers=head, content_type=file.content_type)
    start, end, status = _asked(file, request)
    response = _body(file, start, end, now=now)
    response.status_code = status
    for name, value in _headers(file).items():
        response[name] = value
    response["Content-Length"] = str(end - start)
    response["Content-Disposition"] = _disposition(file)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{file.n_bytes}"
    else:
        response["Content-Digest"] = digest_field(file.sha256)
    actions.log(
        file=file, by=holder.user, token=holder.token, signed=signed, address=request.META.get("REMOTE_ADDR") or None,
        first_byte=start, n_bytes=end - start, status=status, now=now,
    )  # fmt: skip
    return response


def _headers(file: ExportFile) -> dict[str, str]:
    return {
        "ETag": file.etag, "Repr-Digest": digest_field(file.sha256), "Accept-Ranges": "bytes", "Cache-Control": CACHE,
    }  # fmt: skip


def _disposition(file: ExportFile) -> str:
    return f'attachment; filename="{file.filename}"'


def _asked(file: ExportFile, request: HttpRequest) -> tuple[int, int, int]:
    """(first byte, byte after the last, status)."""
    if not still_same(request.META.get("HTTP_IF_RANGE"), file.etag):
        return 0, file.n_bytes, 200
    try:
        wanted = range_of(request.META.get("HTTP_RANGE"), file.n_bytes)
    except Unsatisfiable:
        raise RangeNotSatisfiable(file.n_bytes) from None
    return (0, file.n_bytes, 200) if wanted is None else (*wanted, 206)


def _body(file: ExportFile, start: int, end: int, *, now: datetime) -> HttpResponseBase:
    try:
        if not settings.BLOBS_URL and end == file.n_bytes:
            # The web server sends the rest of the file itself (sendfile).
            opened = blobs.path_of(file.sha256).open("rb")
            opened.seek(start)
            return FileResponse(opened, content_type=file.content_type)
        pieces: Iterator[bytes] = blobs.read(file.sha256, start, end)
    except blobs.MissingBlob:
        actions.lost(file.export, now=now)
        raise Gone("A file of this export was lost from the storage. Ask for the export again.") from None
    return StreamingHttpResponse(pieces, content_type=file.content_type)
