"""Projects of other tools: their files in, how far the move is, and what came of it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import require_free_token, require_scope
from labelling.api.problems import TooLarge
from labelling.api.views import ApiView, read, read_query
from labelling.errors import Forbidden, NotFound
from labelling.incoming.actions import slug_of
from labelling.incoming.models import ProjectImport, Source
from labelling.incoming.offsets import CODE_POINTS, UTF_16
from labelling.incoming.opening import Export
from labelling.incoming.options import Options
from labelling.incoming.uploads import MOST_BYTES, State, job_of, state_of, upload
from labelling.projects.queries import may_create

RETRY_SECONDS = 2
# Of the form around the files.
FRAME_BYTES = 1_000_000


class NewImportSerializer(serializers.Serializer):
    source = serializers.ChoiceField(Source.values)  # type: ignore[assignment]  # a field of that name
    files = serializers.ListField(
        child=serializers.FileField(), min_length=1, help_text="as exported, also as zip; a part of the form for each"
    )  # fmt: skip
    config = serializers.FileField(required=False, help_text="Label Studio's label config (XML)")
    name = serializers.CharField(max_length=200, help_text="of the new project")
    slug = serializers.CharField(max_length=60, required=False, help_text="made of the name if left out")
    question = serializers.CharField(max_length=200, required=False, default="", help_text="the first if left out")
    images = serializers.CharField(max_length=500, required=False, default="/", help_text="address before pictures")
    offsets = serializers.ChoiceField([CODE_POINTS, UTF_16], required=False, default="")
    pictures = serializers.FileField(required=False, help_text="zip of doccano's pictures, for their sizes")


class ImportSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    name = serializers.CharField()
    slug = serializers.CharField()
    files = AnyJson(help_text="names")
    options = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField(help_text="refused: nothing was written; stopped: refused part-way")
    step = serializers.CharField(allow_blank=True, help_text="items, labels, agreement, version")
    done = serializers.IntegerField(help_text="of `total`, of the step")
    total = serializers.IntegerField()
    error = serializers.SerializerMethodField(help_text="a line a fault, with file, item and field")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    project = serializers.CharField(source="project.slug", allow_null=True, default=None, help_text="its short name")
    report = AnyJson(allow_null=True, help_text="what came, and `not_taken`; null until it is finished")

    @extend_schema_field(serializers.DictField())
    def get_options(self, moved: ProjectImport) -> dict[str, Any]:
        return {name: value for name, value in moved.options.items() if name != "sizes"}

    @extend_schema_field(serializers.ChoiceField(State.values))
    def get_state(self, moved: ProjectImport) -> str:
        return state_of(moved, job_of(moved)).value

    def get_error(self, moved: ProjectImport) -> str:
        job = None if moved.error or moved.report is not None else job_of(moved)
        return moved.error or (job.error if job else "")


ImportPage = page_of(ImportSerializer, "Import")


class ImportsView(ApiView):
    parser_classes = [MultiPartParser]

    @describe("imports_list", "Your moves of projects from other tools, newest first",
              parameters=[PageQuerySerializer], responses=ImportPage)  # fmt: skip
    def get(self, request: Request) -> Response:
        require_scope(request, "read")
        require_free_token(request)
        read_query(PageQuerySerializer, request)
        rows = ProjectImport.objects.filter(by=self.user).select_related("project")
        return Response(ImportPage(paginate(rows, request, newest_first=True)).data)

    @describe("imports_create", "Move a project here: upload what Label Studio or doccano exported",
              request={"multipart/form-data": NewImportSerializer},
              responses={200: ImportSerializer, 202: ImportSerializer})  # fmt: skip
    def post(self, request: Request) -> Response:
        require_scope(request, "manage")
        require_free_token(request)
        if not may_create(self.user):
            raise Forbidden("only staff, and owners of another project, may move one here; ask one of them")
        asked = read(NewImportSerializer, request)
        config, pictures = asked.get("config"), asked.get("pictures")
        moved = upload(
            source=asked["source"], files=[Export(file.name, file.read()) for file in asked["files"]],
            config=config.read() if config else None, slug=asked.get("slug") or slug_of(asked["name"]),
            options=Options(asked["question"], asked["images"], asked["offsets"]), name=asked["name"],
            pictures=Export(pictures.name, pictures.read()) if pictures else None, by=self.user, now=self.now,
        )  # fmt: skip
        status, headers = (200, {}) if moved.report else (202, {"Retry-After": str(RETRY_SECONDS)})
        address = {"Location": f"/api/v1/imports/{moved.public_id}"}
        return Response(ImportSerializer(moved).data, status=status, headers=headers | address)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length) > MOST_BYTES + FRAME_BYTES:
            most = f"{MOST_BYTES // 1_000_000} MB"
            raise TooLarge(f"The files are larger than {most} together. Move them with manage.py move on the server.")
        super().initial(request, *args, **kwargs)


class ImportView(ApiView):
    @describe("imports_read", "One of your moves: how far it is, and its report", responses=ImportSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, "read")
        require_free_token(request)
        moved = ProjectImport.objects.filter(by=self.user, public_id=public_id).select_related("project").first()
        if moved is None:
            raise NotFound(f"There is no import {public_id!r} of yours.")
        return Response(ImportSerializer(moved).data)
