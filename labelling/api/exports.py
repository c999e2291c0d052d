"""Exports of versions: asked for, followed while they are made, and fetched file by file."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.datasets import version_of
from labelling.api.fields import AnyJson, Flag
from labelling.api.files import CONDITIONS, FILE_REPLIES, hand_out
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import READER, access, require_scope, row_access
from labelling.api.views import ApiView, read, read_query
from labelling.datasets import queries as datasets
from labelling.datasets.content import SPLITS
from labelling.errors import Forbidden
from labelling.exports import actions, queries, writing
from labelling.exports.models import Export
from labelling.exports.signing import Holder
from labelling.projects.models import ApiToken, Member, Role, User

RETRY_SECONDS = 1


class FileSerializer(serializers.Serializer):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    address = serializers.CharField(help_text="path on this server; needs the token")


class ExportSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    version = serializers.IntegerField(source="version.number")
    version_id = serializers.CharField(source="version.version_id")
    format = serializers.CharField()
    options = AnyJson(help_text="splits, and what else decided the bytes")
    state = serializers.ChoiceField(["waiting", "running", "finished", "failed", "gone"])
    done = serializers.SerializerMethodField(help_text="rows written")
    total = serializers.SerializerMethodField(help_text="rows to write")
    files = serializers.SerializerMethodField(help_text="when it is finished")
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_done(self, export: Export) -> int:
        if export.finished_at:
            return self.get_total(export) or 0
        return export.job.done if export.job else 0

    def get_total(self, export: Export) -> int | None:
        return export.job.total if export.job else None

    def get_error(self, export: Export) -> str:
        return export.error or (export.job.error if export.job and not export.finished_at else "")

    @extend_schema_field(FileSerializer(many=True))
    def get_files(self, export: Export) -> list[dict[str, Any]]:
        if export.state != "finished":
            return []
        return [{**file, "address": address_of(export, file["name"])} for file in export.files]


class NewExportSerializer(serializers.Serializer):
    format = serializers.ChoiceField(
        writing.formats(), default="parquet",
        error_messages={"invalid_choice": f"there is no format {{input!r}}; there is {', '.join(writing.formats())}"},
    )  # fmt: skip
    splits = serializers.ListField(
        child=serializers.ChoiceField(SPLITS), default=list(writing.TRAINING), min_length=1,
        help_text="test only if it is named",
    )  # fmt: skip
    votes = Flag(default=False, help_text="each labeller's answer beside the consensus")
    soft_labels = Flag(default=False, help_text="the probability of each answer, where the format has it not anyway")
    names = Flag(default=False, help_text="names of labellers, for owners, instead of pseudonyms")


ExportPage = page_of(ExportSerializer, "Export")


def address_of(export: Export, name: str) -> str:
    return f"/api/v1/exports/{export.public_id}/files/{quote(name)}"


def require_test_scope(request: Request, splits: Any) -> None:
    """A token that reads the test split says so among its scopes: one that trains shouldn't."""
    if "test" in splits:
        require_scope(request, "datasets:test")


def holder_of(request: Request) -> Holder:
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return Holder(cast(User, request.user), token)


def export_of(request: Request, public_id: str) -> Export:
    """The export that the caller may read. Raises NotFound, Forbidden."""
    found, member = row_access(
        request, queries.all_exports(), public_id, roles=READER, scope="datasets:read",
        project_of=lambda export: export.version.project,
    )  # fmt: skip
    require_test_scope(request, found.splits)
    require_owner_of_names(member, found.options)
    return found


def require_owner_of_names(member: Member, options: Mapping[str, Any]) -> None:
    """Labellers are named to owners alone; to others they have pseudonyms."""
    if options.get("names") and member.role != Role.OWNER:
        raise Forbidden("Only an owner of the project gets labellers by name. Leave out `names` for pseudonyms.")


def reply(export: Export) -> Response:
    """200 with the files when it is finished, 202 and when to ask again while it is not."""
    body = ExportSerializer(export).data
    headers = {"Location": f"/api/v1/exports/{export.public_id}"}
    if export.state in {"waiting", "running"}:
        return Response(body, status=202, headers={**headers, "Retry-After": str(RETRY_SECONDS)})
    return Response(body, headers=headers)


class ExportsView(ApiView):
    @describe("exports_list", "Exports of a version, newest first", parameters=[PageQuerySerializer],
              responses=ExportPage)  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> Response:
        version = version_of(request, project, n)
        read_query(PageQuerySerializer, request)
        return Response(ExportPage(paginate(queries.exports_of(version), request, newest_first=True)).data)

    @describe("exports_ask", "Ask for the files of a version; the same again gives the same export",
              request=NewExportSerializer, responses={200: ExportSerializer, 202: ExportSerializer})  # fmt: skip
    def post(self, request: Request, project: str, n: str) -> Response:
        found, member = access(request, project, roles=READER, scope="datasets:read")
        version = datasets.find_version(project=found, number=n)
        asked = read(NewExportSerializer, request)
        require_test_scope(request, asked["splits"])
        require_owner_of_names(member, asked)
        export = actions.ask(version=version, file_format=asked.pop("format"), by=self.user, now=self.now,
                             splits=asked.pop("splits"), options=asked)  # fmt: skip
        return reply(actions.make_small(export, now=self.now))


class ExportView(ApiView):
    @describe("exports_read", "An export: its state, progress and files",
              responses={200: ExportSerializer, 202: ExportSerializer})  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        return reply(export_of(request, public_id))


class ExportFileView(ApiView):
    @describe("exports_file", "One file of an export, or a range of it", parameters=CONDITIONS, responses=FILE_REPLIES)
    def get(self, request: Request, public_id: str, name: str) -> HttpResponseBase:
        file = queries.file_of(export_of(request, public_id), name)
        return hand_out(file, request._request, holder=holder_of(request), now=self.now)
