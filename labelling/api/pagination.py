"""Lists by cursor: a page costs the same wherever it is. A cursor names the last row shown."""

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from labelling.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_RANK = 1_000_000


class PageQuerySerializer(serializers.Serializer):
    cursor = serializers.CharField(required=False, max_length=60, help_text="`next` of the page before")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)


def page_of(item: type[serializers.Serializer], name: str) -> type[serializers.Serializer]:
    """The serializer of a page of such items."""
    fields: dict[str, Any] = {
        "results": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text="the cursor of the next page; null: this is the last"),
    }
    return type(f"{name}PageSerializer", (serializers.Serializer,), fields)


def paginate(rows: QuerySet[Any], request: Request, *, newest_first: bool = False) -> dict[str, Any]:
    """{"results", "next"} of the rows in the order they were made. Raises Invalid for a cursor that is none."""
    asked = PageQuerySerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    limit = asked.validated_data["limit"]
    if cursor := asked.validated_data.get("cursor"):
        position = _decode(cursor)
        rows = rows.filter(pk__lt=position) if newest_first else rows.filter(pk__gt=position)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    more = len(found) > limit
    return {"results": found[:limit], "next": _encode(found[limit - 1].pk) if more else None}


def paginate_ranked(rows: QuerySet[Any], request: Request) -> dict[str, Any]:
    """The same for a short list in an order of its own, such as worst first: the cursor counts rows."""
    asked = PageQuerySerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    limit, cursor = asked.validated_data["limit"], asked.validated_data.get("cursor")
    start = min(_decode(cursor), MAX_RANK) if cursor else 0
    found = list(rows[start : start + limit + 1])
    return {"results": found[:limit], "next": _encode(start + limit) if len(found) > limit else None}


def _encode(position: int) -> str:
    return base64.urlsafe_b64encode(position.to_bytes(8, "big")).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        raw = base64.b64decode(cursor + "=", altchars=b"-_", validate=True)
        if len(raw) == 8 and (position := int.from_bytes(raw, "big")) < 2**63:
            return position
    except (binascii.Error, ValueError):
        pass
    raise Invalid("cursor: is not one; use `next` of the page before, or leave it out.")
