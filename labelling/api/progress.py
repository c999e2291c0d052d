"""How far a project is, what it cost and will cost, and what keeps people from labelling."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import STAFF, access
from labelling.api.views import ApiView
from labelling.loop import outlook
from labelling.loop.standstill import why_nobody_labels
from labelling.projects.models import Project
from labelling.sampling.models import Item, State


class ByStateSerializer(serializers.Serializer):
    open = serializers.IntegerField()
    contested = serializers.IntegerField()
    resolved = serializers.IntegerField()
    discarded = serializers.IntegerField()


class MoneySerializer(serializers.Serializer):
    """Micro-units of the policy's currency."""

    budget = serializers.IntegerField(allow_null=True, help_text="a hard stop; null: none")
    spent = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text="of open batches")
    left = serializers.IntegerField(allow_null=True)
    verdict = serializers.ChoiceField(
        ["no_budget", "no_forecast", "outdated", "enough", "unsure", "not_enough"],
        help_text="whether it lasts until every item is settled, by the forecast's interval",
    )
    missing_low = serializers.IntegerField(help_text="what it takes besides, at the lower end of the interval")
    missing_high = serializers.IntegerField()
    currency = serializers.CharField()


class ForecastSerializer(serializers.Serializer):
    """What is still to come until every item is settled, as of one fit: medians, each with an interval of `level`."""

    fit = serializers.IntegerField(source="fit.number")
    at = serializers.DateTimeField()
    level = serializers.FloatField()
    n_open = serializers.IntegerField(help_text="items that still need labels")
    labels = serializers.FloatField()
    labels_low = serializers.FloatField()
    labels_high = serializers.FloatField()
    decisions = serializers.FloatField(help_text="by experts")
    decisions_low = serializers.FloatField()
    decisions_high = serializers.FloatField()
    cost = serializers.IntegerField(help_text="micro-units")
    cost_low = serializers.IntegerField()
    cost_high = serializers.IntegerField()


class CauseSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="stable; at_work: people do label")
    sentence = serializers.CharField()
    what_to_do = serializers.CharField(help_text="or empty")
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


class ProgressSerializer(serializers.Serializer):
    items = ByStateSerializer()
    money = MoneySerializer()
    forecast = ForecastSerializer(allow_null=True, help_text="null: there is none before the first fit")
    standstill = CauseSerializer(many=True, help_text="why nobody labels, the cause to deal with first at the head")


class ProgressView(ApiView):
    @describe("projects_progress", "Items by state, money, and why nobody labels", responses=ProgressSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=STAFF, scope="read")
        return Response(ProgressSerializer(_progress(found, self.now)).data)


def _progress(project: Project, now: datetime) -> dict[str, Any]:
    """The items are counted from the index on (project, state) alone."""
    counted = Item.objects.filter(project=project).order_by().values_list("state").annotate(Count("pk"))
    forecast = outlook.newest_forecast(project)
    purse = outlook.purse(project=project, forecast=forecast)
    return {
        "items": dict.fromkeys(State.values, 0) | dict(counted),
        "money": {**vars(purse), "currency": project.policy_in_force.currency},
        "forecast": forecast,
        "standstill": why_nobody_labels(project=project, now=now),
    }
