"""Pay that is withheld, and labellers who say that something is wrong."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.pay import labeller_named
from labelling.api.permissions import LABELLER, OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Batch, Rejection
from labelling.errors import NotFound
from labelling.loop import appeals as loop
from labelling.pay import queries, withholding
from labelling.pay.models import Withholding
from labelling.projects.models import Project, Role
from labelling.reliability import appeals
from labelling.reliability.models import Appeal


class OwnWithholdingSerializer(serializers.Serializer):
    """What the labeller is told of a withholding."""

    id = serializers.CharField(source="public_id")
    batch = serializers.CharField(source="batch.public_id", allow_null=True, default=None)
    rejection = serializers.CharField(source="rejection.public_id", allow_null=True, default=None)
    notice = serializers.CharField()
    n_labels = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="micro-units")
    at = serializers.DateTimeField()
    lapses_at = serializers.DateTimeField(help_text="unless it is confirmed before")
    state = serializers.SerializerMethodField(help_text="standing, confirmed, lapsed or lifted")
    confirmed_at = serializers.DateTimeField(allow_null=True)
    confirm_reason = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField(allow_blank=True)

    def get_state(self, row: Withholding) -> str:
        return queries.state_of(row, self.context["now"])


class WithholdingSerializer(OwnWithholdingSerializer):
    labeller = WhoSerializer()
    evidence = serializers.CharField()
    by = serializers.CharField(source="by.username")
    heard_from = serializers.DateTimeField(help_text="from then on it can be confirmed without an appeal")


class NewWithholdingSerializer(serializers.Serializer):
    """Name a labeller, a batch or a rejection; beside a rejection of several people's labels, whose."""

    labeller = Text(max_length=16, required=False)
    batch = Text(max_length=16, required=False)
    rejection = Text(max_length=16, required=False)
    evidence = Text(max_length=withholding.LONGEST, help_text="what you saw yourself")
    notice = Text(max_length=withholding.LONGEST, help_text="what the labeller is told")


class WithholdingReasonSerializer(serializers.Serializer):
    reason = Text(max_length=2000)


class OwnAppealSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    subject = serializers.ChoiceField(Appeal.Subject.choices)
    rejection = serializers.CharField(source="rejection.public_id", allow_null=True, default=None)
    withholding = serializers.CharField(source="withholding.public_id", allow_null=True, default=None)
    why = serializers.CharField()
    at = serializers.DateTimeField()
    outcome = serializers.CharField(help_text="granted, refused, moot; empty: nobody answered yet")
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class AppealSerializer(OwnAppealSerializer):
    labeller = WhoSerializer()
    answered_by = serializers.CharField(source="answered_by.username", allow_null=True, default=None)


class NewAppealSerializer(serializers.Serializer):
    """Name a rejection or a withholding; neither: what your card and flags say of you."""

    rejection = Text(max_length=16, required=False)
    withholding = Text(max_length=16, required=False)
    why = Text(max_length=appeals.LONGEST)


class AppealAnswerSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField([Appeal.Outcome.GRANTED, Appeal.Outcome.REFUSED])
    answer = Text(max_length=appeals.LONGEST, help_text="the labeller reads it")


class AppealQuerySerializer(PageQuerySerializer):
    waiting = serializers.BooleanField(required=False, default=False, help_text="only those to be answered")


WithholdingPage = page_of(WithholdingSerializer, "Withholding")
OwnWithholdingPage = page_of(OwnWithholdingSerializer, "OwnWithholding")
AppealPage = page_of(AppealSerializer, "Appeal")
OwnAppealPage = page_of(OwnAppealSerializer, "OwnAppeal")


class WithholdingsView(ApiView):
    @describe("pay_withholdings", "Withheld pay, newest first", parameters=[PageQuerySerializer],
              responses=WithholdingPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate(queries.withholdings(found), request, newest_first=True)
        return Response(WithholdingPage(page, context={"now": self.now}).data)

    @describe("pay_withhold", "Hold back the pay of labels, on evidence that a person names",
              request=NewWithholdingSerializer, responses={201: WithholdingSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(NewWithholdingSerializer, request)
        texts = {"evidence": asked["evidence"], "notice": asked["notice"]}
        made = withholding.withhold(**_subject(found, asked), **texts, by=self.user, now=self.now)
        return Response(WithholdingSerializer(made, context={"now": self.now}).data, status=201)


def _subject(project: Project, asked: dict[str, Any]) -> dict[str, Any]:
    """The rows that are named. Raises NotFound for those of other projects."""
    subject: dict[str, Any] = {}
    if "labeller" in asked:
        subject["labeller"] = labeller_named(project, asked["labeller"])
    if "batch" in asked:
        batches = Batch.objects.filter(labeller__project=project).select_related("labeller")
        subject["batch"] = batches.filter(public_id=asked["batch"]).first()
    if "rejection" in asked:
        rejections = Rejection.objects.filter(project=project).select_related("labeller")
        subject["rejection"] = rejections.filter(public_id=asked["rejection"]).first()
    if "withholding" in asked:
        subject["withholding"] = Withholding.objects.filter(project=project, public_id=asked["withholding"]).first()
    for noun, row in subject.items():
        if row is None:
            raise NotFound(f"{noun}: there is no {noun} {asked[noun]!r} in this project.")
    return subject


class ConfirmView(ApiView):
    @describe("pay_confirm", "Let a withholding stand, once the labeller was heard",
              request=WithholdingReasonSerializer, responses=WithholdingSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        row = _withholding(request, public_id)
        done = loop.confirm_withholding(
            withholding=row, **read(WithholdingReasonSerializer, request), by=self.user, now=self.now
        )  # fmt: skip
        return Response(WithholdingSerializer(done, context={"now": self.now}).data)


class LiftWithholdingView(ApiView):
    @describe("pay_lift", "Lift a withholding: what it held back is due", request=WithholdingReasonSerializer,
              responses=WithholdingSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        row = _withholding(request, public_id)
        done = loop.lift_withholding(
            withholding=row, **read(WithholdingReasonSerializer, request), by=self.user, now=self.now
        )
        return Response(WithholdingSerializer(done, context={"now": self.now}).data)


def _withholding(request: Request, public_id: str) -> Withholding:
    rows = Withholding.objects.select_related("project", "labeller", "batch", "rejection", "by")
    return row_access(request, rows, public_id, roles=OWNER, scope="review")[0]


class OwnWithholdingsView(ApiView):
    @describe("pay_own_withholdings", "Your pay that is withheld, with the notices, newest first",
              parameters=[PageQuerySerializer], responses=OwnWithholdingPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=LABELLER, scope="label")
        read_query(PageQuerySerializer, request)
        page = paginate(queries.withholdings(found).filter(labeller=member), request, newest_first=True)
        return Response(OwnWithholdingPage(page, context={"now": self.now}).data)


class AppealsView(ApiView):
    @describe("reliability_appeals", "Appeals of labellers, newest first", parameters=[AppealQuerySerializer],
              responses=AppealPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        asked = read_query(AppealQuerySerializer, request)
        rows = appeals.waiting(found, now=self.now) if asked["waiting"] else appeals.appeals(found)
        return Response(AppealPage(paginate(rows, request, newest_first=True)).data)


class AnswerAppealView(ApiView):
    @describe("reliability_answer", "Grant or refuse an appeal; what follows is done at once",
              request=AppealAnswerSerializer, responses=AppealSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Appeal.objects.select_related("project", "labeller", "rejection", "withholding")
        appeal, _ = row_access(request, rows, public_id, roles=OWNER, scope="review")
        done = loop.answer_appeal(appeal=appeal, **read(AppealAnswerSerializer, request), by=self.user, now=self.now)
        return Response(AppealSerializer(done).data)


class OwnAppealsView(ApiView):
    @describe("labelling_appeals", "Your appeals, newest first", parameters=[PageQuerySerializer],
              responses=OwnAppealPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=LABELLER, scope="label")
        read_query(PageQuerySerializer, request)
        rows = appeals.appeals(found).filter(labeller=member)
        return Response(OwnAppealPage(paginate(rows, request, newest_first=True)).data)

    @describe("labelling_appeal", "Say why a rejection, a withholding or your card is wrong",
              request=NewAppealSerializer, responses={201: OwnAppealSerializer, 200: OwnAppealSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=(Role.LABELLER,), scope="label")
        asked = read(NewAppealSerializer, request)
        raised = appeals.raise_appeal(labeller=member, why=asked["why"], now=self.now, **_subject(found, asked))
        return Response(OwnAppealSerializer(raised.appeal).data, status=201 if raised.created else 200)
