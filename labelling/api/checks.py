"""Data CI: what the checks say of a version, of what would be the next one, and what they said before."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.datasets import version_of
from labelling.api.fields import AnyJson
from labelling.api.jobs import JobSerializer
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.views import ApiView, read_query
from labelling.datasets.checks import history
from labelling.datasets.checks.models import Occasion, QualityReport
from labelling.datasets.checks.verdicts import FAIL, OF_A_CHECK, VERDICTS, WARN
from labelling.loop import checking
from labelling.projects.limits import ADVICE, LIMITS


class DataCheckSerializer(serializers.Serializer):
    """One check. It warns, or fails, where `value` is above `warn`, or `fail`; null: never."""

    name = serializers.ChoiceField(list(LIMITS))
    verdict = serializers.ChoiceField(OF_A_CHECK, help_text="not_looked_for: nothing to go by, nobody looked, or off")
    summary = serializers.CharField()
    advice = serializers.SerializerMethodField(help_text="what to do about what it found; empty where it found nothing")
    n = serializers.IntegerField(help_text="rows at fault")
    rows = serializers.ListField(child=serializers.CharField(), help_text="their first hundred keys")
    value = serializers.IntegerField()
    unit = serializers.CharField(required=False)
    warn = serializers.IntegerField(required=False, allow_null=True)
    fail = serializers.IntegerField(required=False, allow_null=True)  # type: ignore[assignment]  # a field of that name
    off = serializers.BooleanField(required=False)
    later = serializers.BooleanField(
        required=False,
        help_text="some rows were left out: all are searched in the background, see the project's reports",
    )
    figure = AnyJson(required=False, allow_null=True, help_text="what its picture shows")

    def get_advice(self, check: dict[str, Any]) -> str:
        return ADVICE.get(check["name"], "") if check["verdict"] in (WARN, FAIL) else ""


class QualityReportSerializer(serializers.Serializer):
    """override_reason: why an owner published a version that failed."""

    verdict = serializers.ChoiceField(VERDICTS)
    n_rows = serializers.IntegerField()
    classes = AnyJson()
    splits = AnyJson()
    checks = DataCheckSerializer(many=True)
    override_reason = serializers.CharField(required=False, allow_blank=True)
    version = serializers.IntegerField(
        required=False, help_text="of a search through all rows of a version that is published: its number"
    )


class QualityReadingSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    occasion = serializers.ChoiceField(Occasion.choices)
    version = serializers.IntegerField(source="version.number", allow_null=True, default=None)
    policy = serializers.IntegerField(source="policy.number")
    verdict = serializers.ChoiceField(VERDICTS)
    n_rows = serializers.IntegerField()
    metrics = AnyJson(help_text="{name: whole number}: what is drawn over time")
    at = serializers.DateTimeField()


class QualityReadingStorySerializer(QualityReadingSerializer):
    report = QualityReportSerializer(source="told")


ReadingPage = page_of(QualityReadingSerializer, "QualityReport")


class VersionChecksView(ApiView):
    @describe("datasets_checks", "What the checks said of a version", responses=QualityReportSerializer)
    def get(self, request: Request, project: str, n: str) -> Response:
        return Response(QualityReportSerializer(version_of(request, project, n).checks).data)


class ChecksView(ApiView):
    @describe("checks_list", "What the checks said over time, newest first", parameters=[PageQuerySerializer],
              responses=ReadingPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="datasets:read")
        read_query(PageQuerySerializer, request)
        return Response(ReadingPage(paginate(history.reports_of(found), request, newest_first=True)).data)

    @describe("checks_ask", "Check now what the next version would hold, in the background", request=None,
              responses={202: JobSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="datasets:write")
        job = checking.ask(project=found, by=self.user, now=self.now)
        return Response(JobSerializer(job).data, status=202)


class ReportView(ApiView):
    @describe("checks_read", "One report of the checks", responses=QualityReadingStorySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        rows = QualityReport.objects.select_related("project", "version", "policy")
        report, _ = row_access(request, rows, public_id, roles=READER, scope="datasets:read")
        return Response(QualityReadingStorySerializer(report).data)
