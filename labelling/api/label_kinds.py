"""The kinds of label there are: what a definition and an answer of each must look like, as JSON Schema."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson
from labelling.api.openapi import describe
from labelling.api.views import ApiView, NoQuerySerializer, read_query
from labelling.errors import NotFound
from labelling.schemas import KINDS, Kind
from labelling.schemas.published import document


class LabelKindSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    parts = serializers.BooleanField(help_text="answers have parts; otherwise each is one of a few classes")
    definition_schema = AnyJson(help_text="JSON Schema (draft 2020-12) of a label schema's definition")
    answer_schema = AnyJson(help_text="JSON Schema (draft 2020-12) of an answer; the definition narrows it further")
    example = AnyJson(help_text="a definition to start from")


class LabelKindsSerializer(serializers.Serializer):
    kinds = LabelKindSerializer(many=True)


class LabelKindsView(ApiView):
    @describe("label_kinds_list", "The kinds of label, with their JSON Schemas", responses=LabelKindsSerializer)
    def get(self, request: Request) -> Response:
        read_query(NoQuerySerializer, request)
        return Response(LabelKindsSerializer({"kinds": [told(KINDS[name]) for name in sorted(KINDS)]}).data)


class LabelKindView(ApiView):
    @describe("label_kinds_read", "One kind of label, with its JSON Schemas", responses=LabelKindSerializer)
    def get(self, request: Request, kind: str) -> Response:
        read_query(NoQuerySerializer, request)
        if kind not in KINDS:
            raise NotFound(f"there is no kind {kind!r}; the kinds are {', '.join(sorted(KINDS))}")
        return Response(LabelKindSerializer(told(KINDS[kind])).data)


def told(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": kind.title,
        "parts": kind.merging is not None,
        "definition_schema": document(kind.definition_schema, title=f"Definition of {kind.name}"),
        "answer_schema": document(kind.answer_schema, title=f"Answer of {kind.name}"),
        "example": kind.example,
    }
