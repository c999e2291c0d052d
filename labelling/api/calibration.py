"""What posteriors promised when items were stopped, and what they kept."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson
from labelling.api.openapi import describe
from labelling.api.permissions import READER, access
from labelling.api.views import ApiView, NoQuerySerializer, read_query
from labelling.consensus.models import Calibration
from labelling.consensus.queries import newest_calibration
from labelling.errors import NotFound


class BinSerializer(serializers.Serializer):
    """Stops whose confidence lies from low to under high; kept with its 95% interval."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.FloatField(help_text="items; several runs of one gold item count as fewer")
    promised = serializers.FloatField()
    kept = serializers.FloatField()
    kept_low = serializers.FloatField()
    kept_high = serializers.FloatField()


class CalibrationSerializer(serializers.Serializer):
    """As of the newest fit. Shares are 0 to 1, log losses in nats."""

    fit = serializers.IntegerField(source="fit.number")
    at = serializers.DateTimeField()
    method = serializers.CharField(source="fit.method", help_text="the model of truth, as in the policy")
    reason = serializers.CharField(help_text="why this model")
    candidates = AnyJson(help_text="{model: log loss on the items that choose}; empty: nothing was compared")
    temperature = serializers.FloatField(source="fit.temperature", help_text="above 1: posteriors are made less sure")
    curve = serializers.SerializerMethodField(help_text="whether a rising curve corrects them too")
    promised = serializers.FloatField(help_text="the policy's stop_confidence")
    n_promised = serializers.IntegerField(help_text="live stops that promised so much, on items of known truth")
    n_kept = serializers.IntegerField(help_text="how many of these were right")
    bins = BinSerializer(many=True)
    bins_before = BinSerializer(many=True, help_text="uncorrected")
    error = serializers.FloatField(allow_null=True, help_text="expected calibration error")
    error_before = serializers.FloatField(allow_null=True)
    log_loss = serializers.FloatField(allow_null=True)
    log_loss_before = serializers.FloatField(allow_null=True)
    n_chosen = serializers.IntegerField(help_text="items that chose the model")
    n_calibrated = serializers.IntegerField(help_text="items that calibrated it")
    by_source = AnyJson(help_text="{gold, audit, yardstick: items that calibrated}")
    n_voted = serializers.IntegerField(allow_null=True, help_text="items a model said something of; null: not asked")
    n_flipped = serializers.IntegerField(allow_null=True, help_text="of these, with its vote the answer is another")
    n_yardstick = serializers.IntegerField(help_text="yardstick items that would have stopped early")
    n_yardstick_same = serializers.IntegerField(help_text="at the answer that all their labels give")

    def get_curve(self, calibration: Calibration) -> bool:
        return calibration.fit.isotonic is not None


class CalibrationView(ApiView):
    @describe("reliability_calibration", "Whether posteriors keep what they promise, as of the newest fit",
              responses=CalibrationSerializer)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(NoQuerySerializer, request)
        newest = newest_calibration(found)
        if newest is None:
            raise NotFound("There is no fit yet: it follows by itself after the first labels.")
        return Response(CalibrationSerializer(newest).data)
