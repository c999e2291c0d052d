"""Flags: evidence that a labeller's answers are worth nothing, and what an owner makes of it."""

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.pay import labeller_named
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.loop.flags import settle_flag
from labelling.reliability import queries
from labelling.reliability.flagging import LONGEST
from labelling.reliability.models import Flag


class FlagSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    labeller = WhoSerializer()
    kind = serializers.ChoiceField(Flag.Kind.choices)
    log_evidence = serializers.FloatField(help_text="natural logarithm of the e-value")
    since = serializers.IntegerField(help_text="from which of their labels on, counted from 0")
    evidence = AnyJson(help_text="the figures behind it")
    fit = serializers.IntegerField(source="fit.number")
    at = serializers.DateTimeField()
    outcome = serializers.CharField(allow_blank=True)
    answered = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class FlagsQuerySerializer(PageQuerySerializer):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)
    labeller = serializers.CharField(required=False, max_length=16)


class SettleSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(Flag.Outcome.choices)
    answered = Text(max_length=LONGEST, help_text="what is said to it")


FlagPage = page_of(FlagSerializer, "Flag")


class FlagsView(ApiView):
    @describe("reliability_flags", "Flagged labellers, newest first", parameters=[FlagsQuerySerializer],
              responses=FlagPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        asked = read_query(FlagsQuerySerializer, request)
        rows: QuerySet[Flag] = queries.flags_of(found, is_open=asked["open"])
        if "labeller" in asked:
            rows = rows.filter(labeller=labeller_named(found, asked["labeller"]))
        return Response(FlagPage(paginate(rows, request, newest_first=True)).data)


class SettleFlagView(ApiView):
    @describe("reliability_settle_flag", "Say what a flag was worth: upheld or dismissed", request=SettleSerializer,
              responses=FlagSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rows = Flag.objects.select_related("labeller__project", "fit")
        flag, _ = row_access(
            request, rows, public_id, roles=OWNER, scope="review", project_of=lambda row: row.labeller.project
        )
        settled = settle_flag(flag=flag, **read(SettleSerializer, request), by=self.user, now=self.now)
        return Response(FlagSerializer(settled).data)
