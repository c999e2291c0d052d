"""Names that move from version to version: "production"."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import OWNER, READER, access
from labelling.api.views import ApiView, read
from labelling.datasets import queries
from labelling.datasets.aliases import LATEST, point_alias, remove_alias
from labelling.datasets.models import Alias


class AliasSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.IntegerField(source="version.number")
    version_id = serializers.CharField(source="version.version_id")
    moved_at = serializers.DateTimeField()
    moved_by = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_moved_by(self, alias: Alias) -> str | None:
        return alias.moved_by.username if alias.moved_by else None


class AliasesSerializer(serializers.Serializer):
    latest = serializers.IntegerField(allow_null=True, help_text="the newest version; nobody moves it")
    aliases = AliasSerializer(many=True)


class PointSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=1, max_value=999_999_999)
    expected = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=999_999_999,
        help_text="the version it must mean now, 0 for none yet; left out: whatever it means",
    )  # fmt: skip


class AliasesView(ApiView):
    @describe("aliases_list", "Names of versions that move", responses=AliasesSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="datasets:read")
        newest = queries.versions_of(found).values_list("number", flat=True).first()
        named: dict[str, Any] = {LATEST: newest, "aliases": queries.aliases_of(found)}
        return Response(AliasesSerializer(named).data)


class AliasView(ApiView):
    @describe("aliases_put", "Let a name mean a version from now on", request=PointSerializer,
              responses=AliasSerializer)  # fmt: skip
    def put(self, request: Request, project: str, alias: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="datasets:write")
        given = read(PointSerializer, request)
        moved = point_alias(project=found, name=alias, number=given["version"], expected=given["expected"],
                            by=self.user, now=self.now)  # fmt: skip
        return Response(AliasSerializer(moved).data)

    @describe("aliases_delete", "Let a name mean nothing", responses={204: None})
    def delete(self, request: Request, project: str, alias: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="datasets:write")
        remove_alias(project=found, name=alias, by=self.user, now=self.now)
        return Response(status=204)
