"""What labellers earned, and that they were paid."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate, paginate_ranked
from labelling.api.permissions import LABELLER, OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Batch
from labelling.errors import NotFound
from labelling.pay import actions, queries
from labelling.pay.files import account_csv
from labelling.pay.models import Payment
from labelling.pay.queries import Line, Period
from labelling.projects.models import Member, Project, Role

CSV = "text/csv; charset=utf-8"
LAST_LINES = 50


class PeriodQuerySerializer(PageQuerySerializer):
    start = serializers.DateTimeField(required=False, help_text="batches closed from then on; default: the first one")
    end = serializers.DateTimeField(required=False, help_text="and before then; default: now")


class LinesQuerySerializer(PeriodQuerySerializer):
    labeller = serializers.CharField(required=False, max_length=16)
    format = serializers.ChoiceField(["json", "csv"], required=False, default="json")


class OwnEarningsSerializer(serializers.Serializer):
    """Micro-units: earned = withheld + paid + due. All labels are in n_labels, practice and abstentions too."""

    n_batches = serializers.IntegerField()
    n_labels = serializers.IntegerField()
    n_training = serializers.IntegerField(help_text="of these, on practice items")
    n_abstained = serializers.IntegerField(help_text="of these, without an answer")
    hours = serializers.FloatField(help_text="worked, as far as it was kept")
    earned = serializers.IntegerField()
    withheld = serializers.IntegerField()
    paid = serializers.IntegerField()
    due = serializers.IntegerField()


class EarningsSerializer(OwnEarningsSerializer):
    n_gold = serializers.IntegerField(help_text="of these, on hidden gold")


class EarnerSerializer(EarningsSerializer):
    labeller = WhoSerializer()


class PaySerializer(serializers.Serializer):
    currency = serializers.CharField()
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField()
    totals = EarningsSerializer(help_text="of all labellers, not only of this page")
    results = EarnerSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LineSerializer(serializers.Serializer):
    """One closed batch in the account. Money in micro-units."""

    batch = serializers.CharField(source="batch.public_id")
    number = serializers.IntegerField(source="batch.number")
    opened_at = serializers.DateTimeField(source="batch.opened_at")
    closed_at = serializers.DateTimeField(source="batch.closed_at")
    n_labels = serializers.IntegerField(source="batch.n_labels")
    worked_ms = serializers.IntegerField(source="batch.worked_ms", allow_null=True)
    rate = serializers.SerializerMethodField(help_text="micro-units")
    per = serializers.SerializerMethodField(help_text="label or hour")
    earned = serializers.IntegerField(source="batch.amount")
    withheld = serializers.IntegerField()
    n_withheld = serializers.IntegerField(help_text="labels")
    paid = serializers.IntegerField()
    due = serializers.IntegerField()
    state = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())

    def get_rate(self, line: Line) -> int:
        return line.rate[0]

    def get_per(self, line: Line) -> str:
        return line.rate[1]


class OwnerLineSerializer(LineSerializer):
    labeller = WhoSerializer(source="batch.labeller")
    n_gold = serializers.IntegerField(source="batch.n_gold")
    n_training = serializers.IntegerField(source="batch.n_training")
    n_abstained = serializers.IntegerField(source="batch.n_abstained")


class PaymentSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    labeller = WhoSerializer()
    amount = serializers.IntegerField(help_text="micro-units; below zero: takes a payment back")
    up_to = serializers.DateTimeField()
    reference = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    corrects = serializers.CharField(source="corrects.public_id", allow_null=True, default=None)
    by = serializers.CharField(source="by.username")
    at = serializers.DateTimeField()


class NewPaymentSerializer(serializers.Serializer):
    labeller = Text(max_length=16)
    up_to = serializers.DateTimeField(required=False, help_text="batches closed before then; default: now")
    reference = Text(max_length=200, help_text="how it was paid")
    amount = Whole(
        required=False, min_value=1, help_text="micro-units that you saw as due; refused if it is another sum by now"
    )


class PaymentCorrectionSerializer(serializers.Serializer):
    reason = Text(max_length=2000)


class OwnPaySerializer(serializers.Serializer):
    """What a labeller sees of their own pay: sums of batches, from which no single label can be told."""

    currency = serializers.CharField()
    totals = OwnEarningsSerializer()
    batches = LineSerializer(many=True, help_text="the last fifty that are closed, newest first")


LinePage = page_of(OwnerLineSerializer, "PayLine")
PaymentPage = page_of(PaymentSerializer, "Payment")


def period_of(asked: dict[str, Any], now: datetime) -> Period:
    return Period(asked.get("start"), asked.get("end") or now)


def currency_of(project: Project) -> str:
    return project.policy_in_force.currency


def labeller_named(project: Project, public_id: str) -> Member:
    found = Member.objects.filter(project=project, role=Role.LABELLER, public_id=public_id).first()
    if found is None:
        raise NotFound(f"labeller: there is no labeller {public_id!r} in this project.")
    return found


class PayView(ApiView):
    @describe("pay_earnings", "What each labeller earned in a period, what is withheld, paid and due",
              parameters=[PeriodQuerySerializer], responses=PaySerializer)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        period = period_of(read_query(PeriodQuerySerializer, request), self.now)
        earned = queries.earnings(batches=period.of(queries.batches_of(found)), now=self.now)
        page = paginate_ranked(Member.objects.filter(pk__in=earned).order_by("name", "pk"), request)
        rows: list[Any] = [earned[member.pk] for member in page["results"]]
        shown = [{**EarningsSerializer(row).data, "labeller": WhoSerializer(member).data}
                 for row, member in zip(rows, page["results"], strict=True)]  # fmt: skip
        head = {"currency": currency_of(found), "start": period.start, "end": period.end}
        totals = EarningsSerializer(queries.together(earned.values())).data
        return Response({**head, "totals": totals, "results": shown, "next": page["next"]})


class LinesView(ApiView):
    @describe(
        "pay_lines", "The account, a line a closed batch, with reasons; as CSV whole, oldest first",
        parameters=[LinesQuerySerializer],
        responses={(200, "application/json"): LinePage, (200, "text/csv"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, project: str) -> HttpResponseBase:
        found, _ = access(request, project, roles=READER, scope="read")
        asked = read_query(LinesQuerySerializer, request)
        whose = [labeller_named(found, asked["labeller"])] if asked.get("labeller") else None
        batches = period_of(asked, self.now).of(queries.batches_of(found, whose))
        if asked["format"] == "csv":
            return csv_of(found, batches, self.now)
        page = paginate(batches.select_related("labeller"), request)
        return Response(LinePage({**page, "results": queries.lines_of(page["results"], now=self.now)}).data)


def csv_of(project: Project, batches: QuerySet[Batch], now: datetime) -> StreamingHttpResponse:
    lines = queries.lines(batches=batches, now=now)
    name = f"{project.slug}-pay-{now:%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        account_csv(lines, currency=currency_of(project)), content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )  # fmt: skip


class PaymentsView(ApiView):
    @describe("pay_payments", "Payments and what takes them back, newest first", parameters=[PageQuerySerializer],
              responses=PaymentPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        return Response(PaymentPage(paginate(queries.payments(found), request, newest_first=True)).data)

    @describe("pay_record", "Write down that a labeller was paid what is due", request=NewPaymentSerializer,
              responses={201: PaymentSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        asked = read(NewPaymentSerializer, request)
        labeller = labeller_named(found, asked["labeller"])
        payment = actions.record_payment(
            labeller=labeller, up_to=asked.get("up_to") or self.now, reference=asked["reference"],
            amount=asked.get("amount"), by=self.user, now=self.now,
        )  # fmt: skip
        return Response(PaymentSerializer(payment).data, status=201)


class CorrectPaymentView(ApiView):
    @describe("pay_correct", "Take a payment back, by a row of its own: what it paid is due again",
              request=PaymentCorrectionSerializer, responses={201: PaymentSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Payment.objects.select_related("project", "labeller")
        payment, _ = row_access(request, rows, public_id, roles=OWNER, scope="manage")
        back = actions.correct_payment(payment=payment, **read(PaymentCorrectionSerializer, request), by=self.user,
                                       now=self.now)  # fmt: skip
        return Response(PaymentSerializer(back).data, status=201)


class OwnPayView(ApiView):
    @describe("pay_own", "What you earned, what is withheld, paid and due", responses=OwnPaySerializer)
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=LABELLER, scope="label")
        batches = queries.batches_of(found, [member])
        newest = list(batches.select_related("labeller").order_by("-number")[:LAST_LINES])
        own = queries.earnings(batches=batches, now=self.now).get(member.pk, queries.NOTHING)
        lines = queries.lines_of(newest, now=self.now, to_labeller=True)
        return Response(OwnPaySerializer({"currency": currency_of(found), "totals": own, "batches": lines}).data)
