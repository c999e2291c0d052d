"""Rounds of sampling."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Finite, Flag, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.views import ApiView, read, read_query
from labelling.errors import Invalid
from labelling.ingest.models import ModelVersion
from labelling.projects.models import Project
from labelling.sampling import actions
from labelling.sampling.models import SamplingRound


class ModelVersionSerializer(serializers.Serializer):
    model = Text(max_length=200)
    pipeline = Text(max_length=200, allow_blank=True, default="")


class RoundSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    strategy = serializers.CharField()
    budget = serializers.IntegerField()
    probability_share = serializers.FloatField()
    threshold = serializers.FloatField(allow_null=True)
    seed = serializers.IntegerField()
    model_version = ModelVersionSerializer(allow_null=True)
    needs = serializers.DictField(child=serializers.IntegerField(), help_text="{tag: least level} of every item")
    n_candidates = serializers.IntegerField()
    n_selected = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NewRoundSerializer(serializers.Serializer):
    budget = Whole(min_value=1, max_value=1_000_000)
    strategy = serializers.ChoiceField(actions.STRATEGIES, default="margin")
    probability_share = Finite(min_value=0, max_value=1, default=0.2)
    threshold = Finite(min_value=0, max_value=1, allow_null=True, default=None)
    seed = Whole(allow_null=True, default=None, help_text="default: follows from the project's and the round's number")
    model_version = ModelVersionSerializer(required=False, help_text="default: the newest")
    needs = serializers.DictField(
        child=Whole(min_value=1, max_value=5), default=dict,
        help_text='skills that every item asks of its labellers, as {"lang:de": 2}: {tag: least level, 1 to 5}',
    )  # fmt: skip
    ignore_own_needs = Flag(default=False, help_text="leave out what the examples' metadata say they need")


RoundPage = page_of(RoundSerializer, "Round")


class RoundsView(ApiView):
    @describe("sampling_rounds", "Rounds, newest first", parameters=[PageQuerySerializer], responses=RoundPage)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        rows = SamplingRound.objects.filter(project=found).select_related("model_version")
        return Response(RoundPage(paginate(rows, request, newest_first=True)).data)

    @describe("sampling_draw", "Draw a round of items", request=NewRoundSerializer, responses={201: RoundSerializer})
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="rounds:write")
        asked = read(NewRoundSerializer, request)
        asked["model_version"] = _model(found, asked.get("model_version"))
        drawn = actions.sample(project=found, **asked, by=self.user, now=self.now)
        return Response(RoundSerializer(drawn).data, status=201)


def _model(project: Project, named: dict[str, Any] | None) -> ModelVersion | None:
    if named is None:
        return None
    model = ModelVersion.objects.filter(project=project, **named).first()
    if model is None:
        message = "this project has no predictions of that model and pipeline"
        raise Invalid(f"model_version: {message}", errors=[{"where": "model_version", "message": message}])
    return model


class RoundView(ApiView):
    @describe("sampling_round", "One round", responses=RoundSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        rows = SamplingRound.objects.select_related("project", "model_version")
        found, _ = row_access(request, rows, public_id, roles=READER, scope="read")
        return Response(RoundSerializer(found).data)
