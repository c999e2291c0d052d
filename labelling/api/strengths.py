"""Who is preferred, where labellers compare two, and whether they lean to a side; as of the last fit."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import READER, access
from labelling.api.views import ApiView, NoQuerySerializer, read_query
from labelling.reliability import queries


class AuthorSerializer(serializers.Serializer):
    name = serializers.CharField()
    log_strength = serializers.FloatField(help_text="log-odds against the middle of all, with its 95% interval")
    low = serializers.FloatField()
    high = serializers.FloatField()
    score = serializers.FloatField(help_text="share won against the middle of all, ties counting as half; 0 to 1")
    score_low = serializers.FloatField()
    score_high = serializers.FloatField()
    compared = serializers.IntegerField(help_text="comparisons")
    group = serializers.IntegerField(help_text="authors of different groups were never compared, even through others")


class BeatenSerializer(serializers.Serializer):
    one = serializers.CharField()
    other = serializers.CharField()
    won = serializers.IntegerField()
    tied = serializers.IntegerField()
    lost = serializers.IntegerField()


class SideSerializer(serializers.Serializer):
    labeller = serializers.CharField(help_text="id")
    shown_first = serializers.IntegerField(help_text="choices of the side shown first")
    choices = serializers.IntegerField(help_text="choices of either side")


class StrengthsSerializer(serializers.Serializer):
    fit = serializers.IntegerField()
    authors = AuthorSerializer(many=True, help_text="the strongest first")
    pairs = BeatenSerializer(many=True)
    lead = serializers.ListField(
        child=serializers.FloatField(), allow_null=True,
        help_text="by how much the first is stronger than the second, with its limits; null, if nothing tells",
    )  # fmt: skip
    tie = serializers.FloatField(help_text="Davidson's: how common ties are, 0 without any")
    sides = SideSerializer(many=True)
    n_labels = serializers.IntegerField()
    n_items = serializers.IntegerField()
    n_unnamed = serializers.IntegerField(help_text="answers on items that don't say who wrote both")


class NewestStrengthsSerializer(serializers.Serializer):
    strengths = StrengthsSerializer(allow_null=True, help_text="null before a fit, or where nothing is compared")


class StrengthsView(ApiView):
    @describe("reliability_strengths", "Who is preferred how surely, where two are compared",
              responses=NewestStrengthsSerializer)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(NoQuerySerializer, request)
        reading = queries.strengths(found)
        if reading is None:
            return Response({"strengths": None})
        names = [row["name"] for row in reading.authors]
        shown = {
            "fit": reading.fit.number, "authors": reading.authors, "lead": reading.lead, "tie": reading.tie,
            "pairs": [
                {"one": names[i], "other": names[j], "won": won, "tied": tied, "lost": lost}
                for i, j, won, tied, lost in reading.pairs
            ],
            "sides": [{"labeller": pk, "shown_first": first, "choices": n} for pk, first, n in reading.sides],
            "n_labels": reading.n_labels, "n_items": reading.n_items, "n_unnamed": reading.n_unnamed,
        }  # fmt: skip
        return Response(NewestStrengthsSerializer({"strengths": shown}).data)
