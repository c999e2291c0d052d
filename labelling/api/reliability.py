"""Who can be relied on, and what is thrown out or taken back."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate, paginate_ranked
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Batch
from labelling.loop.accept import accept_batch
from labelling.projects.models import Member, Project, Role

LAST_BATCHES = 50


class CardSerializer(serializers.Serializer):
    """Shares are 0 to 1."""

    fit = serializers.IntegerField(source="fit.number")
    n_labels = serializers.IntegerField(help_text="counted answers")
    n_abstained = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    agreement_low = serializers.FloatField(allow_null=True)
    agreement_high = serializers.FloatField(allow_null=True)
    adjusted = serializers.FloatField(
        allow_null=True, help_text="agreement, had their items been as hard as the average"
    )
    adjusted_low = serializers.FloatField(allow_null=True)
    adjusted_high = serializers.FloatField(allow_null=True)
    quality = serializers.FloatField(allow_null=True, help_text="0 for any spammer, 1 for perfect")
    quality_low = serializers.FloatField(allow_null=True)
    quality_high = serializers.FloatField(allow_null=True)
    suspicion = serializers.FloatField(allow_null=True, help_text="higher is worse")
    gold_given = serializers.IntegerField()
    gold_right = serializers.IntegerField()
    gold_blocks = AnyJson(help_text="[right, given] a block of ten")
    confusion = AnyJson(help_text="rows: the likely truth; columns: what they answered")
    median_seconds = serializers.FloatField(allow_null=True)
    seconds = AnyJson(help_text="10th, 50th and 90th percentile of active seconds")
    drift = AnyJson(help_text="[{first, n, share, low, high}], windows of their labels, oldest first")
    copies = AnyJson(help_text="[{labeller, name, shared, same, expected, log_evidence}], the likeliest first")
    computed_at = serializers.DateTimeField()


class LabellerSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    joined_at = serializers.DateTimeField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    card = CardSerializer(allow_null=True, source="own_card")


class BatchSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    labeller = WhoSerializer()
    number = serializers.IntegerField()
    size = serializers.IntegerField()
    n_labels = serializers.IntegerField()
    price = serializers.IntegerField(help_text="micro-units a label; paid by the hour: at most")
    pay_hour = serializers.IntegerField(allow_null=True, help_text="micro-units an hour; null: paid by the label")
    amount = serializers.IntegerField(allow_null=True, help_text="micro-units earned; null: still open")
    opened_at = serializers.DateTimeField()
    full_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(source="review.at", allow_null=True, default=None)


class AcceptSerializer(serializers.Serializer):
    reason = Text(max_length=2000, allow_blank=True, default="")


class LabellerStorySerializer(LabellerSerializer):
    batches = BatchSerializer(many=True, source="last_batches", help_text="the last fifty")


class BatchQuerySerializer(PageQuerySerializer):
    labeller = serializers.CharField(required=False, max_length=16)


LabellerPage = page_of(LabellerSerializer, "Labeller")
BatchPage = page_of(BatchSerializer, "Batch")


def labellers(project: Project) -> QuerySet[Member]:
    """The project's labellers, worst first: by the most that can be said for them; the unknown last."""
    rows = Member.objects.filter(project=project, role=Role.LABELLER).select_related("scorecard__fit")
    return rows.order_by(F("scorecard__adjusted_high").asc(nulls_last=True), "name")


def with_card(member: Any) -> Any:
    member.own_card = getattr(member, "scorecard", None)
    return member


class LabellersView(ApiView):
    @describe("reliability_labellers", "Labellers, worst first", parameters=[PageQuerySerializer],
              responses=LabellerPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate_ranked(labellers(found), request)
        return Response(LabellerPage({**page, "results": [with_card(member) for member in page["results"]]}).data)


class LabellerView(ApiView):
    @describe("reliability_labeller", "One labeller: card and batches", responses=LabellerStorySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        rows = Member.objects.filter(role=Role.LABELLER).select_related("project", "scorecard__fit")
        member, _ = row_access(request, rows, public_id, roles=READER, scope="read")
        shown: Any = with_card(member)
        shown.last_batches = member.batches.select_related("labeller", "review").order_by("-number")[:LAST_BATCHES]
        return Response(LabellerStorySerializer(shown).data)


class BatchesView(ApiView):
    @describe("reliability_batches", "Batches, newest first", parameters=[BatchQuerySerializer], responses=BatchPage)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        asked = read_query(BatchQuerySerializer, request)
        rows = Batch.objects.filter(labeller__project=found).select_related("labeller", "review")
        if labeller := asked.get("labeller"):
            rows = rows.filter(labeller__public_id=labeller)
        return Response(BatchPage(paginate(rows, request, newest_first=True)).data)


class AcceptView(ApiView):
    @describe("reliability_accept", "Accept a full batch after looking at it", request=AcceptSerializer,
              responses=BatchSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Batch.objects.select_related("labeller__project", "review")
        batch, _ = row_access(
            request, rows, public_id, roles=OWNER, scope="review", project_of=lambda row: row.labeller.project
        )
        accept_batch(batch=batch, **read(AcceptSerializer, request), by=self.user, now=self.now)
        return Response(BatchSerializer(rows.get(pk=batch.pk)).data)
