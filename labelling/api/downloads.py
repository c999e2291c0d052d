"""The rows of a version as one file; and the log of who fetched what."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.datasets import version_of
from labelling.api.exports import ExportSerializer, holder_of, reply, require_test_scope
from labelling.api.files import CONDITIONS, FILE_REPLIES, hand_out
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, access
from labelling.api.views import ApiView, read_query
from labelling.datasets import layout
from labelling.datasets import queries as datasets
from labelling.datasets.content import SPLITS
from labelling.errors import Conflict
from labelling.exports import actions, queries, writing
from labelling.exports.models import Download


class DataQuerySerializer(serializers.Serializer):
    format = serializers.ChoiceField(layout.FORMATS, required=False, default="jsonl")
    split = serializers.ChoiceField(SPLITS, required=False, help_text="default: train and validation; test by name")


class ExportFailed(Conflict):
    """The file could not be made."""

    code = "export_failed"


class DataView(ApiView):
    @describe(
        "datasets_data", "The rows of a version as one file; 202 while a large one is made",
        parameters=[DataQuerySerializer, *CONDITIONS],
        responses=FILE_REPLIES | {202: OpenApiResponse(ExportSerializer, description="Ask again after Retry-After.")},
    )  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> HttpResponseBase:
        version = version_of(request, project, n)
        asked = read_query(DataQuerySerializer, request)
        splits = [asked["split"]] if "split" in asked else list(writing.TRAINING)
        require_test_scope(request, splits)
        export = actions.ask(version=version, file_format=asked["format"], splits=splits, by=self.user, now=self.now,
                             options={writing.ONE_FILE: True})  # fmt: skip
        export = actions.make_small(export, now=self.now)
        if export.state == "failed":
            raise ExportFailed(f"The file could not be made: {export.error or 'see the log of the worker'}")
        if export.state != "finished":
            return reply(export)
        file = queries.file_of(export, export.files[0]["name"])
        return hand_out(file, request._request, holder=holder_of(request), now=self.now)


class DownloadSerializer(serializers.Serializer):
    name = serializers.CharField()
    export = serializers.CharField(source="export.public_id")
    format = serializers.CharField(source="export.format")
    splits = serializers.SerializerMethodField(help_text="of the rows that the file holds; none of a card, a schema, …")
    user = serializers.CharField(source="user.username")
    token = serializers.CharField(source="token.name", allow_null=True, default=None)
    signed = serializers.BooleanField(help_text="by a signed address")
    address = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    first_byte = serializers.IntegerField()
    n_bytes = serializers.IntegerField()
    status = serializers.IntegerField()

    def get_splits(self, row: Download) -> list[str]:
        return list(queries.splits_in(row.export, row.name))


DownloadPage = page_of(DownloadSerializer, "Download")


class DownloadsView(ApiView):
    @describe("exports_downloads", "Who fetched which files of a version, newest first",
              parameters=[PageQuerySerializer], responses=DownloadPage)  # fmt: skip
    def get(self, request: Request, project: str, n: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="read")
        version = datasets.find_version(project=found, number=n)
        read_query(PageQuerySerializer, request)
        return Response(DownloadPage(paginate(queries.downloads_of(version), request, newest_first=True)).data)
