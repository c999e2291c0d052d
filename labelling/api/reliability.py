"""Who can be relied on, and what is thrown out or taken back."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Flag, Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate, paginate_ranked
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Batch, Rejection
from labelling.errors import NotFound
from labelling.loop import reject
from labelling.loop.accept import accept_batch
from labelling.loop.rejecting import preview as previewing
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
    quality = serializers.FloatField(allow_null=True)
    suspicion = serializers.FloatField(allow_null=True, help_text="higher is worse")
    gold_given = serializers.IntegerField()
    gold_right = serializers.IntegerField()
    gold_blocks = AnyJson(help_text="[right, given] a block of ten")
    confusion = AnyJson(help_text="rows: the likely truth; columns: what they answered")
    median_seconds = serializers.FloatField(allow_null=True)
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


class RejectionSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    labeller = WhoSerializer()
    batch = serializers.CharField(source="batch.public_id", allow_null=True, default=None)
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    n_labels = serializers.IntegerField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    lift_reason = serializers.CharField(allow_blank=True)


class NewRejectionSerializer(serializers.Serializer):
    """Name a labeller (all their standing labels, and no more work) or one batch."""

    labeller = Text(max_length=16, required=False)
    batch = Text(max_length=16, required=False)
    reason = Text(max_length=2000, allow_blank=True, default="")
    dry_run = Flag(default=False, help_text="only say what it would change")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("labeller" in attrs) == ("batch" in attrs):
            raise serializers.ValidationError("Name either a labeller or a batch.")
        if not attrs["dry_run"] and not attrs["reason"].strip():
            raise serializers.ValidationError({"reason": "Say why, so that the labeller can be told."})
        return attrs


class TouchedSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    n_rows = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer):
    n_labels = serializers.IntegerField()
    items_reopen = serializers.IntegerField()
    resolutions_close = serializers.IntegerField()
    versions = TouchedSerializer(many=True)
    cost_micro = serializers.IntegerField(help_text="micro-units to have the lost labels given again")


class LiftSerializer(serializers.Serializer):
    reason = Text(max_length=2000)


LabellerPage = page_of(LabellerSerializer, "Labeller")
BatchPage = page_of(BatchSerializer, "Batch")
RejectionPage = page_of(RejectionSerializer, "Rejection")


def labellers(project: Project) -> QuerySet[Member]:
    """The project's labellers, worst first: by the most that can be said for them; the unknown last."""
    rows = Member.objects.filter(project=project, role=Role.LABELLER).select_related("scorecard__fit")
    return rows.order_by(F("scorecard__agreement_high").asc(nulls_last=True), "name")


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


class RejectionsView(ApiView):
    @describe("reliability_rejections", "Rejections, newest first", parameters=[PageQuerySerializer],
              responses=RejectionPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        rows = Rejection.objects.filter(project=found).select_related("labeller", "batch")
        return Response(RejectionPage(paginate(rows, request, newest_first=True)).data)

    @describe("reliability_reject", "Reject a labeller's or a batch's labels; or see what that would change",
              request=NewRejectionSerializer,
              responses={200: PreviewSerializer, 201: RejectionSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(NewRejectionSerializer, request)
        target = _target(found, asked)
        if asked["dry_run"]:
            return Response(PreviewSerializer(_preview(target)).data)
        rejection = reject.reject(**target, reason=asked["reason"], by=self.user, now=self.now)
        return Response(RejectionSerializer(rejection).data, status=201)


def _target(project: Project, asked: dict[str, Any]) -> dict[str, Any]:
    if "labeller" in asked:
        rows = Member.objects.filter(project=project, role=Role.LABELLER).select_related("project__policy")
        labeller = rows.filter(public_id=asked["labeller"]).first()
        if labeller is None:
            raise NotFound(f"labeller: there is no labeller {asked['labeller']!r} in this project.")
        return {"labeller": labeller}
    batches = Batch.objects.filter(labeller__project=project).select_related("labeller__project__policy")
    batch = batches.filter(public_id=asked["batch"]).first()
    if batch is None:
        raise NotFound(f"batch: there is no batch {asked['batch']!r} in this project.")
    return {"batch": batch}


def _preview(target: dict[str, Any]) -> dict[str, Any]:
    found = previewing.preview(**target)
    return {
        "n_labels": found.n_labels,
        "items_reopen": found.items_reopen,
        "resolutions_close": found.resolutions_close,
        "versions": [{"version": version.number, "n_rows": n_rows} for version, n_rows in found.versions],
        "cost_micro": found.cost,
    }


class LiftView(ApiView):
    @describe("reliability_lift", "Lift a rejection: exactly what it closed counts again", request=LiftSerializer,
              responses=RejectionSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Rejection.objects.select_related("project", "labeller", "batch")
        rejection, _ = row_access(request, rows, public_id, roles=OWNER, scope="review")
        lifted = reject.lift(rejection=rejection, **read(LiftSerializer, request), by=self.user, now=self.now)
        return Response(RejectionSerializer(lifted).data)
