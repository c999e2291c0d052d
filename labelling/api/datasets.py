"""Published versions: what is in them, what changed, where each row comes from."""

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, JsonText, Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, READER, access, require_scope
from labelling.api.views import ApiView, read, read_query
from labelling.datasets import queries
from labelling.datasets.compare import KINDS
from labelling.datasets.content import SPLITS
from labelling.datasets.diff import changes, csv_lines, diff
from labelling.datasets.models import Version
from labelling.loop.erasing.told import since_download
from labelling.loop.publish import publish

MOST_CHANGES = 500
MOST_RECALLS = 200


class RecallSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    reason = serializers.CharField()
    n_rows = serializers.IntegerField()
    keys = serializers.ListField(child=serializers.CharField())
    rejection = serializers.SerializerMethodField(help_text="labels were rejected")
    ruling = serializers.SerializerMethodField(help_text="or somebody ruled otherwise: the resolution's id")
    at = serializers.DateTimeField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_rejection(self, recall: Any) -> str | None:
        return recall.rejection.public_id if recall.rejection else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_ruling(self, recall: Any) -> str | None:
        return recall.resolution.public_id if recall.resolution else None


class ErasedSinceSerializer(serializers.Serializer):
    erasure = serializers.CharField()
    key = serializers.CharField()
    split = serializers.CharField()
    at = serializers.DateTimeField()


class VersionSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    data_id = serializers.CharField(help_text="SHA-256: depends on the rows and their splits alone")
    version_id = serializers.CharField(help_text="SHA-256: also on where the content came from")
    n_rows = serializers.IntegerField()
    message = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.SerializerMethodField()
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of that name

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_created_by(self, version: Version) -> str | None:
        return version.created_by.username if version.created_by else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_parent(self, version: Version) -> int | None:
        return version.parent.number if version.parent else None


class VersionStorySerializer(VersionSerializer):
    checks = AnyJson(help_text="the checks' report")
    n_erased = serializers.SerializerMethodField(help_text="rows whose content was erased")
    erased_since_download = serializers.SerializerMethodField(
        help_text="rows whose content was erased after you downloaded a file that held them: delete your copies"
    )

    def get_n_erased(self, version: Version) -> int:
        return version.erased_rows.count()

    @extend_schema_field(ErasedSinceSerializer(many=True))
    def get_erased_since_download(self, version: Version) -> Any:
        user = self.context["user"]
        return ErasedSinceSerializer(since_download(version=version, user=user), many=True).data

    recalls = serializers.SerializerMethodField(help_text=f"standing ones, the newest {MOST_RECALLS}")
    n_rows_recalled = serializers.SerializerMethodField(help_text="rows that any standing recall names")
    corrected_by = serializers.SerializerMethodField(help_text="the first later version without them; null: publish")

    @extend_schema_field(RecallSerializer(many=True))
    def get_recalls(self, version: Version) -> Any:
        return RecallSerializer(queries.recalls_of(version)[:MOST_RECALLS], many=True).data

    @extend_schema_field(serializers.IntegerField())
    def get_n_rows_recalled(self, version: Version) -> int:
        found = self._recalled(version)
        return found.n_rows if found else 0

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_corrected_by(self, version: Version) -> int | None:
        found = self._recalled(version)
        return found.corrected.number if found and found.corrected else None

    def _recalled(self, version: Version) -> queries.Recalled | None:
        if not hasattr(self, "_found"):
            self._found = queries.recalled(version)
        return self._found


class NewVersionSerializer(serializers.Serializer):
    message = Text(max_length=2000, allow_blank=True, default="")
    override_reason = Text(max_length=2000, allow_blank=True, default="", help_text="why a failed check may pass")


class DiffQuerySerializer(serializers.Serializer):
    against = serializers.RegexField(
        r"^([1-9][0-9]{0,8}|[a-z][a-z0-9_-]{0,59})$", required=False, help_text="default: its parent"
    )
    kind = serializers.ChoiceField(KINDS, required=False, default="")
    split = serializers.ChoiceField(
        SPLITS, required=False, default="", help_text="default: train and validation; test by name"
    )
    format = serializers.ChoiceField(
        ("json", "csv"), required=False, default="json", help_text="csv: every change, whatever the limit"
    )
    after_key = serializers.CharField(required=False, max_length=200, default="")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_CHANGES, default=100)


class ChangeSerializer(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    before = AnyJson(allow_null=True)
    after = AnyJson(allow_null=True)
    why = serializers.CharField(allow_blank=True)
    differs = serializers.ListField(child=serializers.CharField(), help_text="the fields that differ")


class DiffSerializer(serializers.Serializer):
    before = serializers.IntegerField(source="before.number")
    after = serializers.IntegerField(source="after.number")
    counts = AnyJson(help_text="{kind: rows}, complete")
    changes = ChangeSerializer(many=True)
    more = serializers.BooleanField(help_text="go on with `after_key`")
    n_test = serializers.IntegerField(help_text="rows that differ and are in test on one side; ask for them by name")


class LineageSerializer(serializers.Serializer):
    """Everything behind one row. `frozen` is what the version's hash committed to."""

    key = serializers.CharField()
    position = serializers.IntegerField()
    split = serializers.CharField()
    leaf = serializers.CharField()
    lineage_hash = serializers.CharField()
    item = serializers.CharField()
    row = AnyJson(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)
    resolution = AnyJson()
    labels = AnyJson()
    rejections = AnyJson()
    round = AnyJson(allow_null=True)
    predictions = AnyJson()
    schema = serializers.IntegerField()
    guideline = serializers.IntegerField()
    policy = serializers.IntegerField()
    inclusion = serializers.FloatField(allow_null=True, help_text="with which probability the round chose it")
    proof = AnyJson(help_text="{lineage_root, holds}: hashed anew, and held against what version_id is the hash of")
    frozen = AnyJson()


VersionPage = page_of(VersionSerializer, "Version")


def version_of(request: Request, project: str, n: str) -> Version:
    """The version that the caller may read. Raises NotFound, Forbidden."""
    found, _ = access(request, project, roles=READER, scope="datasets:read")
    return queries.find_version(project=found, number=n)


class VersionsView(ApiView):
    @describe("datasets_list", "Versions, newest first", parameters=[PageQuerySerializer], responses=VersionPage)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="datasets:read")
        read_query(PageQuerySerializer, request)
        return Response(VersionPage(paginate(queries.versions_of(found), request, newest_first=True)).data)

    @describe("datasets_publish", "Check and freeze what is approved as the next version",
              request=NewVersionSerializer, responses={201: VersionStorySerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="datasets:write")
        version = publish(project=found, by=self.user, **read(NewVersionSerializer, request), now=self.now)
        return Response(VersionStorySerializer(version, context={"user": self.user}).data, status=201)


class VersionView(ApiView):
    @describe("datasets_read", "One version, its checks and recalls", responses=VersionStorySerializer)
    def get(self, request: Request, project: str, n: str) -> Response:
        return Response(VersionStorySerializer(version_of(request, project, n), context={"user": self.user}).data)


class ManifestView(ApiView):
    @describe("datasets_manifest", "What version_id is the SHA-256 of (canonical JSON)",
              responses={200: OpenApiTypes.OBJECT})  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> Response:
        return Response(JsonText().to_representation(version_of(request, project, n).manifest))


class DiffView(ApiView):
    @describe("datasets_diff", "What changed against another version, row by row, and why",
              parameters=[DiffQuerySerializer],
              responses={(200, "application/json"): DiffSerializer, (200, "text/csv"): OpenApiTypes.STR})  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> HttpResponseBase:
        after = version_of(request, project, n)
        asked = read_query(DiffQuerySerializer, request)
        if asked["split"] == "test":
            require_scope(request, "datasets:test")
        against = asked.pop("against", None)
        before = after.parent or after
        if against:
            before = queries.find_version(project=after.project, number=against)
        if asked.pop("format") == "csv":
            lines = csv_lines(changes(before=before, after=after, kind=asked["kind"], split=asked["split"]))
            reply = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
            name = f"{after.project.slug}-{before.number}-to-{after.number}.csv"
            reply["Content-Disposition"] = f'attachment; filename="{name}"'
            return reply
        return Response(DiffSerializer(diff(before=before, after=after, **asked)).data)


class LineageView(ApiView):
    @describe("datasets_lineage", "Everything behind one row", responses=LineageSerializer)
    def get(self, request: Request, project: str, n: str, key: str) -> Response:
        version = version_of(request, project, n)
        told = queries.lineage(version=version, key=key)
        if told["split"] == "test":
            require_scope(request, "datasets:test")
        return Response(LineageSerializer(told).data)
