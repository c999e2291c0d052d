"""How far the labellers agree, as of the last fit and over time."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import READER, STAFF, access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, NoQuerySerializer, read_query
from labelling.projects.models import Member, Project
from labelling.reliability import queries

LAST_READINGS = 200


class ReadingSerializer(serializers.Serializer):
    """As of one fit. `scope`: yardstick (the headline) or all (flattered by early stopping)."""

    scope = serializers.CharField()
    fit = serializers.IntegerField(source="fit.number")
    alpha = serializers.FloatField(allow_null=True, help_text="Krippendorff's, with its 95% interval")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    percent = serializers.FloatField(allow_null=True, help_text="0 to 1, not corrected for chance")
    ac1 = serializers.FloatField(allow_null=True, help_text="Gwet's")
    fleiss = serializers.FloatField(allow_null=True, help_text="Fleiss' kappa")
    n_items = serializers.IntegerField()
    n_labels = serializers.IntegerField()
    at = serializers.DateTimeField()


class FacetSerializer(ReadingSerializer):
    """`facet`: class (against all others; percent: how often others say it where somebody did), slice, other (the
    slices that are not listed, together) or guideline (labels given under one version). `name`: which; of other, how
    many slices."""

    facet = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class PairSerializer(serializers.Serializer):
    one = serializers.CharField(help_text="id of a labeller")
    other = serializers.CharField()
    shared = serializers.IntegerField(help_text="items that both labelled")
    percent = serializers.FloatField(allow_null=True, help_text="how often they agree, 0 to 1")
    kappa = serializers.FloatField(allow_null=True, help_text="Cohen's")


class PairsSerializer(serializers.Serializer):
    """The labellers with most labels that can be compared, and every two of them who share an item."""

    fit = serializers.IntegerField()
    labellers = WhoSerializer(many=True)
    cells = PairSerializer(many=True)
    left_out = serializers.IntegerField(help_text="further labellers")


class AgreementSerializer(serializers.Serializer):
    yardstick = ReadingSerializer(allow_null=True)
    all = ReadingSerializer(allow_null=True)
    over_time = ReadingSerializer(many=True, help_text="on the yardstick, of the last 200 fits, oldest first")
    facets = FacetSerializer(many=True)
    pairs = PairsSerializer(allow_null=True, help_text="null before a fit, and for experts, who see no names")


class AgreementView(ApiView):
    @describe("reliability_agreement", "How far the labellers agree, as of the last fit", responses=AgreementSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=STAFF, scope="read")
        read_query(NoQuerySerializer, request)
        shown = {
            "yardstick": queries.newest_agreement(found),
            "all": queries.newest_agreement(found, scope=queries.ALL),
            "over_time": list(queries.readings(found).reverse()[:LAST_READINGS])[::-1],
            "facets": queries.facets(found),
            "pairs": pairs(found) if member.role in READER else None,
        }
        return Response(AgreementSerializer(shown).data)


def pairs(project: Project) -> dict[str, Any] | None:
    matrix = queries.matrix(project)
    if matrix is None:
        return None
    names = {member.public_id: member for member in Member.objects.filter(public_id__in=matrix.labellers)}
    cells = [
        {"one": matrix.labellers[i], "other": matrix.labellers[j], "shared": shared, "percent": percent, "kappa": kappa}
        for i, j, shared, percent, kappa in matrix.cells
    ]
    labellers = [names[public_id] for public_id in matrix.labellers]
    return {"fit": matrix.fit.number, "labellers": labellers, "cells": cells, "left_out": matrix.n_left_out}
