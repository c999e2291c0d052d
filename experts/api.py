"""Cases over HTTP: the queue, one case's story, and what an expert does with it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from experts import actions, queries
from experts.models import Case, Decision
from labelling.api.fields import AnyJson, Flag, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate_ranked
from labelling.api.permissions import EXPERT, STAFF, access, row_access
from labelling.api.views import ApiView, read, read_query
from labelling.loop.resolve import MOST_MORE


class CaseSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    reason = serializers.ChoiceField(Case.Reason.choices)
    blind = serializers.BooleanField(help_text="an audit: answered before the votes are shown")
    value = serializers.FloatField(source="shown_value", allow_null=True, help_text="uncertainty in bits; null: blind")
    external_id = serializers.CharField(source="item.example.external_id")
    opened_at = serializers.DateTimeField()
    claimed_until = serializers.DateTimeField(allow_null=True)
    mine = serializers.BooleanField(help_text="you have claimed it")


class VoteSerializer(serializers.Serializer):
    labeller = serializers.CharField(help_text="a letter: who it was is not told")
    reliability = AnyJson(allow_null=True)
    answer = AnyJson()
    note = serializers.CharField(allow_blank=True)


class AbstentionSerializer(serializers.Serializer):
    labeller = serializers.CharField()
    reliability = AnyJson(allow_null=True)
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)


class StorySerializer(serializers.Serializer):
    """Votes, abstentions and posterior are null while an audit waits for its answer."""

    id = serializers.CharField()
    reason = serializers.ChoiceField(Case.Reason.choices)
    blind = serializers.BooleanField()
    value = serializers.FloatField(allow_null=True)
    opened_at = serializers.DateTimeField()
    claimed_until = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True, help_text="empty while open")
    item = serializers.CharField()
    external_id = serializers.CharField()
    payload = AnyJson(allow_null=True)
    schema = AnyJson(help_text="the question and its answers")
    votes = VoteSerializer(many=True, allow_null=True)
    abstentions = AbstentionSerializer(many=True, allow_null=True)
    posterior = AnyJson(allow_null=True, help_text="{class: probability in millionths}")


class ModelSerializer(serializers.Serializer):
    model = serializers.CharField()
    received_at = serializers.DateTimeField()
    probabilities = AnyJson(allow_null=True)
    answer = AnyJson(allow_null=True)
    explanation = AnyJson(allow_null=True, help_text="what weighed how much: {tokens} or {regions}, as they were sent")


class DecideSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(Decision.Kind.choices)
    answer = AnyJson(required=False, allow_null=True, help_text='to answer: as {"choice": "match"}')
    discard_reason = Text(required=False, allow_blank=True, max_length=200, help_text="to discard")
    n_more = Whole(required=False, min_value=1, max_value=MOST_MORE, help_text="to send back: labels wanted more")
    afresh = Flag(required=False, help_text="to send back: all labels anew")
    rationale = Text(required=False, allow_blank=True, max_length=10_000, default="")


class DecisionSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    case = serializers.CharField(source="case.public_id")
    kind = serializers.ChoiceField(Decision.Kind.choices)
    rationale = serializers.CharField(allow_blank=True)
    resolution = serializers.CharField(
        source="resolution.public_id", allow_null=True, default=None, help_text="the one it made or confirmed"
    )
    price = serializers.IntegerField(help_text="micro-units")
    at = serializers.DateTimeField()


CasePage = page_of(CaseSerializer, "Case")


def shown(case: Any, view: ApiView) -> Any:
    """The case with what is told of it to this caller."""
    case.blind = queries.is_blind(case)
    case.shown_value = None if case.blind else case.value
    case.mine = case.claimed_by_id == view.user.pk and case.claimed_until > view.now
    return case


def cases() -> Any:
    return Case.objects.select_related("project__schema", "project__policy", "item__example")


class CasesView(ApiView):
    @describe("cases_list", "Open cases, the most valuable first", parameters=[PageQuerySerializer],
              responses=CasePage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=STAFF, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate_ranked(queries.open_cases(project=found), request)
        return Response(CasePage({**page, "results": [shown(case, self) for case in page["results"]]}).data)


class PullView(ApiView):
    @describe("cases_pull", "Bring the queue up to date: open cases for contested items, drop those that no longer are",
              request=None, responses=CasePage)  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=EXPERT, scope="review")
        actions.pull(project=found, now=self.now)
        page = paginate_ranked(queries.open_cases(project=found), request)
        return Response(CasePage({**page, "results": [shown(case, self) for case in page["results"]]}).data)


class CaseView(ApiView):
    @describe("cases_read", "One case's story", responses=StorySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        case, _ = row_access(request, cases(), public_id, roles=STAFF, scope="read")
        return Response(StorySerializer(queries.case_story(case)).data)


class ModelView(ApiView):
    @describe("cases_model", "What models said of the item; nothing while an audit waits for its answer",
              responses=ModelSerializer(many=True))  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        case, _ = row_access(request, cases(), public_id, roles=STAFF, scope="read")
        return Response(ModelSerializer(queries.model_view(case), many=True).data)


class ClaimView(ApiView):
    @describe("cases_claim", "Take a case up for thirty minutes", request=None, responses=CaseSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        case, _ = row_access(request, cases(), public_id, roles=EXPERT, scope="review")
        return Response(CaseSerializer(shown(actions.claim(case=case, by=self.user, now=self.now), self)).data)


class ReleaseView(ApiView):
    @describe("cases_release", "Give your claim back", request=None, responses=CaseSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        case, _ = row_access(request, cases(), public_id, roles=EXPERT, scope="review")
        return Response(CaseSerializer(shown(actions.release(case=case, by=self.user, now=self.now), self)).data)


class DecideView(ApiView):
    @describe("cases_decide", "Answer, discard, or send back", request=DecideSerializer,
              responses={201: DecisionSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        case, _ = row_access(request, cases(), public_id, roles=EXPERT, scope="review")
        decision = actions.decide(case=case, **read(DecideSerializer, request), by=self.user, now=self.now)
        return Response(DecisionSerializer(decision).data, status=201)
