"""Addresses of an export's files that need no token, for a while: for programs that can't send one."""

from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.exports import FileSerializer, export_of, holder_of
from labelling.api.fields import Whole
from labelling.api.files import CONDITIONS, FILE_REPLIES, hand_out
from labelling.api.openapi import describe
from labelling.api.permissions import OWNER, READER
from labelling.api.views import ApiView, read
from labelling.exports import queries, signing
from labelling.exports.models import Export
from labelling.exports.signing import Holder
from labelling.projects.models import Member

LONGEST_SECONDS = int(signing.LONGEST.total_seconds())
LAST_SECOND = 10**11


class SignedQuerySerializer(serializers.Serializer):
    files = serializers.ListField(child=serializers.CharField(max_length=200), required=False, min_length=1,
                                  help_text="names of files; default: all")  # fmt: skip
    seconds = Whole(min_value=1, max_value=LONGEST_SECONDS, default=3600, help_text="how long the addresses work")


class SignedFileSerializer(FileSerializer):
    address = serializers.CharField(help_text="the whole address; needs no token")


class SignedSerializer(serializers.Serializer):
    expires_at = serializers.DateTimeField()
    files = SignedFileSerializer(many=True)


class SignedUrlsView(ApiView):
    @describe("exports_sign", "Addresses of an export's files that need no token, for a while",
              request=SignedQuerySerializer, responses=SignedSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        export = export_of(request, public_id)
        asked = read(SignedQuerySerializer, request)
        files = [queries.file_of(export, name) for name in asked.get("files", [file["name"] for file in export.files])]
        until = int((self.now + timedelta(seconds=asked["seconds"])).timestamp())
        holder = holder_of(request).reference
        signed = [
            {"name": file.name, "bytes": file.n_bytes, "sha256": file.sha256,
             "address": request.build_absolute_uri(_signed_path(file, until, holder))}
            for file in files
        ]  # fmt: skip
        told = {"expires_at": datetime.fromtimestamp(until, self.now.tzinfo), "files": signed}
        return Response(SignedSerializer(told).data)


def _signed_path(file: queries.ExportFile, until: int, holder: str) -> str:
    signature = signing.sign(file=file, until=until, holder=holder)
    query = urlencode({"until": until, "for": holder, "signature": signature})
    return f"/api/v1/signed/{file.export.public_id}/{quote(file.name)}?{query}"


SIGNED_PARAMETERS = [
    OpenApiParameter("until", int, required=True, description="seconds since 1970"),
    OpenApiParameter("for", str, required=True, description="who asked for it"),
    OpenApiParameter("signature", str, required=True),
    *CONDITIONS,
]


class SignedFileView(ApiView):
    """For programs that can't send a token: pandas, polars, a browser."""

    authentication_classes = ()
    permission_classes = ()

    @describe("exports_signed", "A file by its signed address", parameters=SIGNED_PARAMETERS, responses=FILE_REPLIES)
    def get(self, request: Request, public_id: str, name: str) -> HttpResponseBase:
        file, holder = _by_signature(request, public_id, name, now=self.now)
        return hand_out(file, request._request, holder=holder, signed=True, now=self.now)


def _by_signature(request: Request, public_id: str, name: str, *, now: datetime) -> tuple[queries.ExportFile, Holder]:
    """The file, and who asked for its address. Raises WrongSignature for whatever doesn't fit together."""
    told = {key: request.query_params.get(key, "") for key in ("until", "for", "signature")}
    export = queries.all_exports().filter(public_id=public_id).first()
    listed = next((file for file in export.files if file["name"] == name), None) if export else None
    seconds = told["until"] if told["until"].isascii() and told["until"].isdigit() else ""
    if export is None or listed is None or not seconds or int(seconds[:20]) > LAST_SECOND:
        raise signing.WrongSignature("This address was not made by this server, or was changed. Ask for a new one.")
    unchecked = queries.listed_file(export, listed)
    holder = signing.check(file=unchecked, until=int(seconds), holder=told["for"], signature=told["signature"], now=now)
    _require_reader(holder, export)
    return queries.file_of(export, name), holder


def _require_reader(holder: Holder, export: Export) -> None:
    """Raises LinkOver when who asked for the address could not read the file by now."""
    project = export.version.project
    roles = OWNER if export.options.get("names") else READER
    reader = Member.objects.filter(project=project, user=holder.user, role__in=roles, suspended_at=None).exists()
    needed = {"datasets:read", "datasets:test"} if "test" in export.splits else {"datasets:read"}
    if holder.token:
        reader = reader and needed <= set(holder.token.scopes) and holder.token.project_id in {None, project.pk}
    if not reader:
        raise signing.LinkOver("Who asked for this address may no longer read the file.")
