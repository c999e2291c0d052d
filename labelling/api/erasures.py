"""Erasing the content of examples, and the record of it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, access
from labelling.api.views import ApiView, read, read_query
from labelling.datasets.models import Erasure
from labelling.loop.erasing.erase import LONGEST_REASON, MOST_AT_ONCE, erase
from labelling.loop.erasing.told import Holder, erasures_of, holders_of


class ErasureSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    key = serializers.CharField(source="example.external_id")
    item = serializers.SerializerMethodField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.SerializerMethodField()
    done_at = serializers.DateTimeField(allow_null=True, help_text="when the last stored copy was gone")
    n_rows = serializers.IntegerField(allow_null=True, help_text="rows of published versions' files that were emptied")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_item(self, erasure: Erasure) -> str | None:
        return erasure.item.public_id if erasure.item else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_by(self, erasure: Erasure) -> str | None:
        return erasure.by.username if erasure.by else None


class HolderSerializer(serializers.Serializer):
    user = serializers.CharField(source="user.username")
    token = serializers.CharField(allow_blank=True, help_text="the name of the token that was used")
    version = serializers.IntegerField(source="version.number")
    export = serializers.CharField(source="export.public_id")
    files = serializers.ListField(child=serializers.CharField())
    last_at = serializers.DateTimeField()


class NewErasureSerializer(serializers.Serializer):
    keys = serializers.ListField(child=Text(max_length=200), required=False, default=list, max_length=MOST_AT_ONCE)
    group = Text(max_length=200, required=False, allow_blank=True, default="")
    reason = Text(max_length=LONGEST_REASON, help_text="stands in the record: name nobody in it")


class ErasedSerializer(serializers.Serializer):
    erased = ErasureSerializer(many=True)
    already = serializers.ListField(child=serializers.CharField(), help_text="keys that had been erased before")
    downloaded_by = HolderSerializer(many=True, help_text="who holds files of what was erased")


ErasurePage = page_of(ErasureSerializer, "Erasure")


class ErasuresView(ApiView):
    @describe("erasures_list", "The record of erasures, newest first", parameters=[PageQuerySerializer],
              responses=ErasurePage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="erase")
        read_query(PageQuerySerializer, request)
        return Response(ErasurePage(paginate(erasures_of(found), request, newest_first=True)).data)

    @describe("erasures_erase", "Erase the content of examples, for ever; ids of versions still verify",
              request=NewErasureSerializer, responses={201: ErasedSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="erase")
        done = erase(project=found, by=self.user, now=self.now, **read(NewErasureSerializer, request))
        holders: list[Holder] = holders_of(done.erasures)
        told: dict[str, Any] = {"erased": done.erasures, "already": done.already, "downloaded_by": holders}
        return Response(ErasedSerializer(told).data, status=201)
