"""What other policies would have cost and got right on a project's own labels."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.views import ApiView, read, read_query
from labelling.consensus.models import Simulation
from labelling.loop import simulating


class WantedSerializer(serializers.Serializer):
    """All fields may be left out. The experts of a simulation are right as often as `accuracy` says."""

    costs = serializers.ListField(
        child=serializers.FloatField(min_value=1, max_value=1000), min_length=1, max_length=simulating.MOST_COSTS,
        default=[2.0, 2.5, 3.0], help_text="labels an item, experts included: an adaptive policy each",
    )  # fmt: skip
    seeds = Whole(min_value=1, max_value=simulating.MOST_SEEDS, default=20)
    price = serializers.FloatField(default=5.0, help_text="of an expert, in labels")
    accuracy = serializers.FloatField(default=1.0, help_text="how often an expert is right")


class SimulationSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    options = AnyJson()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = AnyJson(allow_null=True, help_text="as of the command simulate; null while it is under way")
    error = serializers.CharField(allow_blank=True)


SimulationPage = page_of(SimulationSerializer, "Simulation")


class SimulationsView(ApiView):
    @describe("simulations_list", "Simulations of a project, newest first", parameters=[PageQuerySerializer],
              responses=SimulationPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        return Response(SimulationPage(paginate(found.simulations.all(), request, newest_first=True)).data)

    @describe("simulations_ask", "Ask for a simulation on the project's own labels", request=WantedSerializer,
              responses={202: SimulationSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(WantedSerializer, request)
        wanted = simulating.Wanted(tuple(asked["costs"]), asked["seeds"], asked["price"], asked["accuracy"])
        simulation = simulating.ask(project=found, wanted=wanted, by=self.user, now=self.now)
        return Response(SimulationSerializer(simulation).data, status=202)


class SimulationView(ApiView):
    @describe("simulations_read", "One simulation", responses=SimulationSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        rows = Simulation.objects.select_related("project")
        simulation, _ = row_access(request, rows, public_id, roles=READER, scope="read")
        return Response(SimulationSerializer(simulation).data)
