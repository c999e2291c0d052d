"""Every refusal as a problem (RFC 9457): what was wrong, where, and what to do."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    ValidationError,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

from labelling.canonical import NotCanonical
from labelling.errors import Invalid, NotFound, QuorumError
from labelling.schemas import SchemaError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class ProjectNotFound(NotFound):
    """There is no such project, or it is none of yours: which of the two is not told."""

    code = "project_not_found"


class LengthRequired(QuorumError):
    """A body without a length reads as empty, and rows would be lost unnoticed."""

    status, code = 411, "length_required"


class CutShort(QuorumError):
    """The connection gave out before the whole body had come."""

    status, code = 400, "cut_short"


class TooLarge(QuorumError):
    status, code = 413, "too_large"


class UnsupportedEncoding(QuorumError):
    status, code = 415, "unsupported_encoding"


class DatabaseAway(QuorumError):
    """The database can't be reached, is starting, or was too busy: nobody's request is at fault, and it will pass."""

    status, code = 503, "database_away"
    wait = RETRY_SECONDS


class FieldProblemSerializer(serializers.Serializer):
    where = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldProblemSerializer(many=True)  # type: ignore[assignment]  # RFC 9457's word, and the framework's


def problem(status: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The members of a problem document. `code` is stable, for programs; `detail` is for people."""
    title = HTTPStatus(status).phrase
    body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code}
    return {**body, "errors": errors or []}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The problem of an error that a caller can act on; None for a fault of ours, which is raised."""
    if isinstance(error, OperationalError | InterfaceError):
        # The caller can only come again; what it was is for the log.
        logger.error("the database did not answer", exc_info=error)
        error = DatabaseAway("The database can't be reached at the moment. Send the same request again in a moment.")
    body = _describe(error)
    if body is None:
        return None
    set_rollback()
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    headers |= getattr(error, "headers", {})
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _describe(error: Exception) -> dict[str, Any] | None:
    match error:
        case QuorumError():
            return problem(error.status, error.code, str(error), [_field(entry) for entry in error.errors])
        case exceptions.ValidationError():
            return _invalid(list(_flat(error.detail, "")))
        case exceptions.APIException():
            return problem(error.status_code, _code(error), str(error.detail))
        case SchemaError() | NotCanonical():
            return _invalid([{"where": str(error).partition(":")[0], "message": str(error)}])
        case ValidationError():
            return _invalid([{"where": "", "message": message} for message in error.messages])
        case Http404():
            return problem(404, "not_found", str(error) or "There is nothing at this address.")
        case PermissionDenied():
            return problem(403, "forbidden", str(error) or "You may not do this.")
        case RequestDataTooBig() | TooManyFieldsSent():
            return problem(413, "too_large", str(error))
        case SuspiciousOperation() | UnreadablePostError():
            return problem(400, "bad_request", "The request could not be read. Send it again.")
    return None


def _invalid(errors: list[dict[str, Any]]) -> dict[str, Any]:
    detail = "; ".join(f"{entry['where']}: {entry['message']}".removeprefix(": ") for entry in errors[:5])
    return problem(Invalid.status, Invalid.code, detail, errors)


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else "error"


def _field(entry: dict[str, Any]) -> dict[str, str]:
    return {"where": str(entry.get("where", "")), "message": str(entry.get("message", ""))}


def _flat(detail: Any, where: str) -> Iterator[dict[str, str]]:
    """The leaves of DRF's nested errors, each with its path."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            own = where if key == "non_field_errors" else f"{where}.{key}".strip(".")
            yield from _flat(inner, own)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            yield from _flat(inner, f"{where}[{number}]" if isinstance(inner, dict) and inner else where)
    else:
        yield {"where": where, "message": str(detail)}


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """What an address under /api/ that is not one answers, signed in or not."""
    body = problem(404, "not_found", "There is nothing at this address. /api/v1/schema/ lists what there is.")
    return HttpResponse(orjson.dumps(body), status=404, content_type=CONTENT_TYPE)
