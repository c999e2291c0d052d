"""Entrances for workers of crowd marketplaces, and what to approve and pay there by worker id."""

from datetime import datetime

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.pay import CSV
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.views import ApiView, read, read_query
from labelling.projects.models import Role
from labelling.visits import queries
from labelling.visits.actions import close_entrance, create_entrance
from labelling.visits.approvals import Advice, Approval, all_approvals, approvals
from labelling.visits.files import approvals_csv
from labelling.visits.models import Entrance


class NewEntranceSerializer(serializers.Serializer):
    """Parameters and the return address may be left out for Prolific, Mechanical Turk and Toloka."""

    provider = Text(max_length=60)
    n_labels = Whole(min_value=1, max_value=10_000, help_text="that make a visit complete")
    worker_parameter = Text(required=False, max_length=40, help_text="its name in the address; so the next two")
    assignment_parameter = Text(required=False, max_length=40, allow_blank=True)
    session_parameter = Text(required=False, max_length=40, allow_blank=True)
    fixed_code = Text(required=False, max_length=100, allow_blank=True, help_text="empty: each visit has its own")
    return_url = Text(required=False, max_length=500, allow_blank=True, help_text="{code} and the ids are filled in")
    reward = Whole(required=False, min_value=0, help_text="micro-units the marketplace pays for a visit")
    most_workers = Whole(required=False, min_value=1, max_value=1_000_000)


class EntranceSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    provider = serializers.CharField()
    n_labels = serializers.IntegerField()
    worker_parameter = serializers.CharField()
    assignment_parameter = serializers.CharField()
    session_parameter = serializers.CharField()
    fixed_code = serializers.CharField()
    return_url = serializers.CharField()
    reward = serializers.IntegerField()
    most_workers = serializers.IntegerField()
    n_workers = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    path = serializers.SerializerMethodField(help_text="of its link on this server; null for who is no owner")

    def get_path(self, row: Entrance) -> str | None:
        return f"/enter/{row.secret}/" if self.context.get("owner") else None


class VisitsQuerySerializer(PageQuerySerializer):
    format = serializers.ChoiceField(["json", "csv"], required=False, default="json")


class ApprovalSerializer(serializers.Serializer):
    """One visit. Money in micro-units."""

    id = serializers.CharField(source="visit.public_id")
    worker_id = serializers.CharField(source="visit.worker.worker_id")
    assignment = serializers.CharField(source="visit.assignment")
    session = serializers.CharField(source="visit.session")
    labeller = serializers.CharField(source="visit.worker.member.public_id")
    begun_at = serializers.DateTimeField(source="visit.begun_at")
    completed_at = serializers.DateTimeField(source="visit.completed_at", allow_null=True)
    n_wanted = serializers.IntegerField(source="visit.n_labels")
    n_given = serializers.IntegerField(source="given.n")
    n_counted = serializers.IntegerField(source="given.n_counted")
    n_excluded = serializers.IntegerField(source="given.n_excluded")
    recommendation = serializers.ChoiceField(Advice.choices, source="advice")
    reason = serializers.CharField()
    code = serializers.CharField(help_text="empty before the visit is complete")
    reward = serializers.IntegerField(help_text="what the marketplace pays once it is approved")
    bonus = serializers.IntegerField(help_text="due beyond that")


EntrancePage = page_of(EntranceSerializer, "Entrance")
ApprovalPage = page_of(ApprovalSerializer, "Approval")


class EntrancesView(ApiView):
    @describe("entrances_list", "Ways in from crowd marketplaces", parameters=[PageQuerySerializer],
              responses=EntrancePage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate(queries.entrances(found), request)
        return Response(EntrancePage(page, context={"owner": member.role == Role.OWNER}).data)

    @describe("entrances_make", "Let workers of a marketplace in", request=NewEntranceSerializer,
              responses={201: EntranceSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        values = read(NewEntranceSerializer, request)
        made = create_entrance(project=found, by=self.user, now=self.now, **values)
        return Response(EntranceSerializer(made, context={"owner": True}).data, status=201)


class CloseEntranceView(ApiView):
    @describe("entrances_close", "Let nobody new in; visits that are begun can be finished", request=None,
              responses=EntranceSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Entrance.objects.select_related("project")
        found, _ = row_access(request, rows, public_id, roles=OWNER, scope="manage")
        closed = close_entrance(entrance=found, by=self.user, now=self.now)
        return Response(EntranceSerializer(closed, context={"owner": True}).data)


class VisitsView(ApiView):
    @describe(
        "entrances_visits", "What to approve and to pay as a bonus, by worker id; as CSV whole",
        parameters=[VisitsQuerySerializer],
        responses={(200, "application/json"): ApprovalPage, (200, "text/csv"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        rows = Entrance.objects.select_related("project__policy")
        found, _ = row_access(request, rows, public_id, roles=READER, scope="read")
        asked = read_query(VisitsQuerySerializer, request)
        if asked["format"] == "csv":
            return csv_of(found, self.now)
        page = paginate(queries.visits_of(found), request)
        told: list[Approval] = approvals(page["results"], now=self.now)
        return Response(ApprovalPage({**page, "results": told}).data)


def csv_of(entrance: Entrance, now: datetime) -> StreamingHttpResponse:
    rows = all_approvals(entrance, now=now)
    name = f"{entrance.project.slug}-visits-{entrance.public_id}-{now:%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        approvals_csv(rows, currency=entrance.project.policy_in_force.currency), content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )  # fmt: skip
