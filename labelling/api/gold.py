"""Gold: making it, drawing it, disputing it, and settling disputes. Nothing here is for labellers, but a dispute of a
training item whose answer they were shown."""

from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.assignment import labeller_of
from labelling.api.fields import AnyJson, JsonText, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.parsers import body_of
from labelling.api.permissions import EXPERT, OWNER, READER, STAFF, access, row_access
from labelling.api.problems import LengthRequired
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Label
from labelling.errors import Conflict, Forbidden
from labelling.loop import gold as making
from labelling.loop.gold_file import CSV, NDJSON, take_gold
from labelling.projects.models import Role
from labelling.reliability import disputes, golds
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, Purpose, SamplingRound

FORMS = {"text/csv": CSV, "application/x-ndjson": NDJSON, "text/plain": NDJSON}
KNOWN = ((Purpose.GOLD.value, "hidden"), (Purpose.TRAINING.value, "told at once"))


class NotDisputable(Conflict):
    """A labeller can dispute training items only: the same words for work and for hidden gold."""

    code = "not_disputable"


class GoldItemSerializer(serializers.Serializer):
    id = serializers.CharField(source="item.public_id")
    external_id = serializers.CharField(source="item.example.external_id")
    purpose = serializers.CharField(source="item.purpose")
    answer = JsonText(source="gold.answer", allow_null=True, default=None)
    origin = serializers.CharField(source="gold.origin", allow_null=True, default=None)
    reason = serializers.CharField(source="gold.reason", allow_null=True, default=None)
    state = serializers.CharField(source="state.value")
    n_exposed = serializers.IntegerField(
        source="item.n_exposed", help_text="gold: people who answered it; training: who were given it"
    )
    n_answers = serializers.IntegerField()
    n_right = serializers.IntegerField()
    right_low = serializers.FloatField(source="right.low", allow_null=True, default=None, help_text="of the share")
    right_high = serializers.FloatField(source="right.high", allow_null=True, default=None)
    median_seconds = serializers.FloatField(source="seconds", allow_null=True)
    open_disputes = serializers.IntegerField()


class NewGoldSerializer(serializers.Serializer):
    """Leave `answer` out for the origin decision; leave `origin` and `purpose` out for an item drawn at random."""

    answer = AnyJson(required=False, allow_null=True, default=None, help_text='as {"choice": "match"}')
    origin = serializers.ChoiceField([str(one) for one in making.BY_PEOPLE], required=False)
    purpose = serializers.ChoiceField(KNOWN, default=Purpose.GOLD.value)
    reason = Text(max_length=2000, allow_blank=True, default="")


class MadeGoldSerializer(serializers.Serializer):
    item = serializers.CharField(source="item.public_id")
    purpose = serializers.CharField(source="item.purpose")
    answer = JsonText()
    origin = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class FileQuerySerializer(serializers.Serializer):
    purpose = serializers.ChoiceField(KNOWN, default=Purpose.GOLD.value)


class TakenSerializer(serializers.Serializer):
    lines = serializers.IntegerField()
    made = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="their item had this answer already")


class DrawSerializer(serializers.Serializer):
    n = Whole(min_value=1, max_value=making.MOST_DRAWN)
    seed = Whole(allow_null=True, default=None, help_text="default: follows from the project and what was drawn before")


class DrawnItemSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField(source="example.external_id")


class DrawnSerializer(serializers.Serializer):
    items = DrawnItemSerializer(many=True, help_text="they wait for an answer")
    seed = serializers.IntegerField()
    n_candidates = serializers.IntegerField()


class DisputeReasonSerializer(serializers.Serializer):
    reason = Text(max_length=disputes.LONGEST)


class DisputeSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    item = serializers.CharField(source="gold.item.public_id")
    external_id = serializers.CharField(source="gold.item.example.external_id")
    purpose = serializers.CharField(source="gold.item.purpose")
    kind = serializers.ChoiceField(GoldDispute.Kind.choices)
    answer = JsonText(source="gold.answer", help_text="the known answer that is disputed")
    reason = serializers.CharField(allow_blank=True)
    evidence = AnyJson()
    by = serializers.CharField(source="by.username", allow_null=True, default=None, help_text="null: the system")
    at = serializers.DateTimeField()
    outcome = serializers.CharField(allow_blank=True)
    answered = serializers.CharField(allow_blank=True)
    n_credited = serializers.IntegerField()
    closed_at = serializers.DateTimeField(allow_null=True)


class DisputesQuerySerializer(PageQuerySerializer):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class CloseSerializer(serializers.Serializer):
    """`answer` for the outcome corrected, and only for it."""

    outcome = serializers.ChoiceField(GoldDispute.Outcome.choices)
    answered = Text(max_length=disputes.LONGEST, help_text="what is said to it")
    answer = AnyJson(required=False, allow_null=True, default=None)


class ReceivedSerializer(serializers.Serializer):
    """What a labeller is told of a dispute: that it was taken, and no more."""

    received = serializers.BooleanField()


GoldPage = page_of(GoldItemSerializer, "GoldItem")
DisputePage = page_of(DisputeSerializer, "Dispute")


class GoldsView(ApiView):
    @describe("gold_list", "Gold and training items, with what people made of them", parameters=[PageQuerySerializer],
              responses=GoldPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate(golds.known_items(found), request)
        page["results"] = golds.told(page["results"], project=found, policy=found.policy_in_force)
        return Response(GoldPage(page).data)

    @describe("gold_upload", "Make many items gold or training: lines of key, answer, reason; all of them or none",
              parameters=[FileQuerySerializer], request=dict.fromkeys(FORMS, OpenApiTypes.STR),
              responses={200: TakenSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        purpose = read_query(FileQuerySerializer, request)["purpose"]
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind not in FORMS:
            raise UnsupportedMediaType(kind, f"Send {', '.join(FORMS)}.")
        if not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired(gettext("Send the body with a Content-Length."))
        data = body_of(request.stream) if request.stream is not None else b""
        taken = take_gold(project=found, data=data, form=FORMS[kind], purpose=purpose, by=self.user, now=self.now)
        return Response(TakenSerializer(taken).data)


class MakeGoldView(ApiView):
    @describe("gold_make", "Make an item gold or training, or answer one that was drawn at random",
              request=NewGoldSerializer, responses={201: MadeGoldSerializer, 200: MadeGoldSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Item.objects.select_related("project")
        item, member = row_access(request, rows, public_id, roles=EXPERT, scope="review")
        if member.role == Role.EXPERT and not making.is_waiting(item):
            raise Forbidden(
                gettext("An expert answers items that were drawn to be gold; only an owner makes others gold.")
            )
        made = making.make_gold(item=item, **read(NewGoldSerializer, request), by=self.user, now=self.now)
        gold = Gold.objects.select_related("item").get(pk=made.gold.pk)
        return Response(MadeGoldSerializer(gold).data, status=201 if made.created else 200)


class DrawGoldView(ApiView):
    @describe("gold_draw", "Draw gold items at random from those of a round that nobody was given",
              request=DrawSerializer, responses={201: DrawnSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = SamplingRound.objects.select_related("project")
        drawn_from, _ = row_access(request, rows, public_id, roles=OWNER, scope="review")
        drawn = making.draw_gold(sampling_round=drawn_from, **read(DrawSerializer, request), by=self.user, now=self.now)
        return Response(DrawnSerializer(drawn).data, status=201)


class DisputesView(ApiView):
    @describe("gold_disputes", "Disputes about known answers, newest first", parameters=[DisputesQuerySerializer],
              responses=DisputePage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        is_open = read_query(DisputesQuerySerializer, request)["open"]
        rows = golds.disputes_of(found, is_open=is_open)
        return Response(DisputePage(paginate(rows, request, newest_first=True)).data)


class DisputeItemView(ApiView):
    @describe("gold_dispute", "Dispute the known answer of a gold or training item", request=DisputeReasonSerializer,
              responses={201: DisputeSerializer, 200: DisputeSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Item.objects.select_related("project")
        item, _ = row_access(request, rows, public_id, roles=STAFF, scope="review")
        reason = read(DisputeReasonSerializer, request)["reason"]
        raised = disputes.raise_dispute(item=item, reason=reason, by=self.user, now=self.now)
        return Response(DisputeSerializer(raised.dispute).data, status=201 if raised.created else 200)


class CloseDisputeView(ApiView):
    @describe("gold_close_dispute", "Settle a dispute: upheld, corrected or retired", request=CloseSerializer,
              responses=DisputeSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = GoldDispute.objects.select_related("project", "gold__item__project__schema", "gold__item__example", "by")
        dispute, _ = row_access(request, rows, public_id, roles=OWNER, scope="review")
        closed = disputes.close_dispute(dispute=dispute, **read(CloseSerializer, request), by=self.user, now=self.now)
        return Response(DisputeSerializer(closed).data)


class DisputeTrainingView(ApiView):
    @describe("labelling_dispute", "Dispute the answer that you were shown of a training item",
              request=DisputeReasonSerializer, responses={202: ReceivedSerializer})  # fmt: skip
    def post(self, request: Request, token: str) -> Response:
        labeller = labeller_of(request, token)
        reason = read(DisputeReasonSerializer, request)["reason"]
        told = Label.objects.standing().filter(token=token, labeller=labeller, item__purpose=Purpose.TRAINING)
        label = told.select_related("item").first()
        if label is None:
            raise NotDisputable(
                gettext("You can dispute an answer that you were shown: that of a training item you answered.")
            )
        disputes.raise_as_labeller(item=label.item, labeller=labeller, reason=reason, now=self.now)
        return Response(ReceivedSerializer({"received": True}).data, status=202)
