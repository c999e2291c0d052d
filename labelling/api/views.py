"""What all views of the API share: strict reading in, JSON out, one `now` a request."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.views import APIView

from labelling.api.openapi import ProblemSchema
from labelling.api.parsers import StrictJsonParser
from labelling.api.problems import LengthRequired, UnsupportedEncoding
from labelling.api.renderers import AlwaysJson
from labelling.projects.models import User


class ApiView(APIView):
    """HTTP in, one call, HTTP out. `self.now` is read once, when the request came."""

    now: datetime
    parser_classes = [StrictJsonParser]
    content_negotiation_class = AlwaysJson
    schema = ProblemSchema()

    @property
    def user(self) -> User:
        """Who asks; a request without anybody never gets as far as a method."""
        return cast(User, self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now = timezone.now()
        super().initial(request, *args, **kwargs)
        _refuse_unreadable(request)


def _refuse_unreadable(request: Request) -> None:
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired("The body came in chunks, without a length. Send it with a Content-Length.")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in {"", "identity"}:
        raise UnsupportedEncoding("The body is compressed, which is not understood. Send it as it is.")
    for name, values in request.query_params.lists():
        if "\x00" in name or any("\x00" in value for value in values):
            raise ParseError(f"The parameter {name!r} holds the character NUL. Remove it.")


def read(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The checked body. Raises ValidationError naming every field at fault, unknown ones included."""
    return _checked(serializer(data=request.data), request.data)


def read_quickly(
    struct: type[msgspec.Struct], serializer: type[serializers.Serializer], request: Request
) -> dict[str, Any]:
    """The same, where every microsecond counts: what the struct does not take goes to the serializer, which says what
    is wrong with it."""
    try:
        return msgspec.structs.asdict(msgspec.convert(request.data, struct))
    except msgspec.ValidationError:
        return read(serializer, request)


class NoQuerySerializer(serializers.Serializer):
    """Of an address that takes no parameters."""


def read_query(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The checked query parameters. Unknown and empty ones are refused: a misspelt filter, or one whose value a program
    did not find, must not return everything."""
    given = request.query_params.lists()
    if empty := sorted(name for name, values in given if not all(str(value).strip() for value in values)):
        raise serializers.ValidationError(dict.fromkeys(empty, "is empty; give it a value or leave it out"))
    return _checked(serializer(data=request.query_params), request.query_params)


def _checked(checked: serializers.Serializer, data: Any) -> dict[str, Any]:
    checked.is_valid(raise_exception=True)
    if unknown := sorted(_unknown(checked, data)):
        raise serializers.ValidationError(dict.fromkeys(unknown, "is not known here; remove it"))
    return checked.validated_data


def _unknown(serializer: serializers.Serializer, data: Mapping[str, Any]) -> Iterator[str]:
    """Names in the data that no field reads, those within objects too: `where.stat`."""
    for name, value in data.items():
        field = serializer.fields.get(name)
        if field is None:
            yield name
        elif isinstance(field, serializers.Serializer) and isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _unknown(field, value))
