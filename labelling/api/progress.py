"""How far a project is and what it cost."""

from typing import Any

from django.db.models import Count
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import STAFF, access
from labelling.api.views import ApiView
from labelling.projects.models import Account, Project
from labelling.sampling.models import Item, State


class ByStateSerializer(serializers.Serializer):
    open = serializers.IntegerField()
    contested = serializers.IntegerField()
    resolved = serializers.IntegerField()
    discarded = serializers.IntegerField()


class MoneySerializer(serializers.Serializer):
    """Micro-units of the policy's currency."""

    budget = serializers.IntegerField(allow_null=True)
    reserved = serializers.IntegerField(help_text="of open batches")
    spent = serializers.IntegerField()
    currency = serializers.CharField()


class ProgressSerializer(serializers.Serializer):
    items = ByStateSerializer()
    money = MoneySerializer()


class ProgressView(ApiView):
    @describe("projects_progress", "Items by state, and money", responses=ProgressSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=STAFF, scope="read")
        return Response(ProgressSerializer(_progress(found)).data)


def _progress(project: Project) -> dict[str, Any]:
    """Two statements; the counts come from the index on (project, state) alone."""
    counted = Item.objects.filter(project=project).order_by().values_list("state").annotate(Count("pk"))
    account = Account.objects.get(project=project)
    return {
        "items": dict.fromkeys(State.values, 0) | dict(counted),
        "money": {
            "budget": account.budget,
            "reserved": account.reserved,
            "spent": account.spent,
            "currency": project.policy.currency if project.policy else "",
        },
    }
