"""Everything that happened to an item, for those who may see it: never for labellers."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labelling.api.fields import AnyJson, JsonText
from labelling.assignment.models import Label
from labelling.consensus import queries
from labelling.consensus.models import Authority, Resolution
from labelling.ingest.models import Prediction
from labelling.ingest.queries import unpack
from labelling.projects.queries import classes_of
from labelling.sampling.models import Item, Purpose, Split, State
from labelling.sampling.queries import near_of

AUTHORITIES = [authority.name.lower() for authority in Authority]


class ItemSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField(source="example.external_id")
    slice = serializers.CharField(source="example.slice", allow_blank=True)
    group = serializers.CharField(source="example.group", allow_blank=True)
    source = serializers.CharField(source="example.source")  # type: ignore[assignment]  # a field of that name
    state = serializers.ChoiceField(State.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    split = serializers.ChoiceField(Split.choices)
    yardstick = serializers.BooleanField(source="is_yardstick")
    audit = serializers.BooleanField(source="is_audit")
    held_at = serializers.DateTimeField(allow_null=True)
    pass_number = serializers.IntegerField()
    target = serializers.IntegerField(help_text="labels wanted in this pass")
    n_active = serializers.IntegerField(help_text="live leases")
    n_done = serializers.IntegerField(help_text="counted labels")
    n_abstained = serializers.IntegerField()
    priority = serializers.FloatField()
    answer = serializers.SerializerMethodField()
    authority = serializers.SerializerMethodField()
    confidence = serializers.SerializerMethodField()
    state_at = serializers.DateTimeField()

    @extend_schema_field(OpenApiTypes.ANY)
    def get_answer(self, item: Any) -> Any:
        return JsonText().to_representation(item.standing[0].answer) if item.standing else None

    @extend_schema_field(serializers.ChoiceField(AUTHORITIES, allow_null=True))
    def get_authority(self, item: Any) -> str | None:
        return Authority(item.standing[0].authority).name.lower() if item.standing else None

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_confidence(self, item: Any) -> float | None:
        return item.standing[0].confidence if item.standing else None


class WhoSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()


class GivenLabelSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    labeller = WhoSerializer()
    answer = JsonText(allow_null=True)
    abstention = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    pass_number = serializers.IntegerField()
    batch = serializers.CharField(source="batch.public_id")
    guideline = serializers.IntegerField(source="guideline.number")
    policy = serializers.IntegerField(source="policy.number")
    at = serializers.DateTimeField()
    wall_seconds = serializers.FloatField(allow_null=True)
    active_seconds = serializers.FloatField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    rejections = serializers.SerializerMethodField(help_text="open ones that cover it")
    shown_order = serializers.SerializerMethodField(
        help_text="of candidates that it compares, the places in the payload, from 0, in the order of the page"
    )

    @extend_schema_field({"type": "array", "items": {"type": "integer"}, "nullable": True})
    def get_shown_order(self, label: Label) -> list[int] | None:
        return queries.shown_order(self.context["item"], label)

    def get_rejections(self, label: Label) -> list[str]:
        return [covered.rejection.public_id for covered in label.rejected_in.all() if covered.lifted_at is None]


class StoppingSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(["stop", "more", "contest"])
    confidence = serializers.FloatField()
    posterior = AnyJson(help_text="{class: millionths}")
    n_labels = serializers.IntegerField()
    pass_number = serializers.IntegerField()
    fit = serializers.SerializerMethodField()
    policy = serializers.IntegerField(source="policy.number")
    at = serializers.DateTimeField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_fit(self, decision: Any) -> int | None:
        return decision.fit.number if decision.fit else None


class ResolutionSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    authority = serializers.SerializerMethodField()
    answer = JsonText(allow_null=True)
    discard_reason = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    confidence = serializers.FloatField(allow_null=True)
    posterior = AnyJson(allow_null=True)
    by = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.CharField(allow_blank=True)

    @extend_schema_field(serializers.ChoiceField(AUTHORITIES))
    def get_authority(self, resolution: Resolution) -> str:
        return Authority(resolution.authority).name.lower()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_by(self, resolution: Resolution) -> str | None:
        return resolution.by.username if resolution.by else None


class GoldSerializer(serializers.Serializer):
    answer = JsonText()
    origin = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class SaidSerializer(serializers.Serializer):
    model = serializers.CharField(source="model_version.model")
    pipeline = serializers.CharField(source="model_version.pipeline", allow_blank=True)
    probabilities = serializers.SerializerMethodField(help_text="by class")
    received_at = serializers.DateTimeField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}, "nullable": True})
    def get_probabilities(self, prediction: Prediction) -> dict[str, float] | None:
        if prediction.probabilities is None:
            return None
        names = classes_of(prediction.schema)
        values = unpack(prediction.probabilities, len(names)).reshape(-1).tolist()
        return {name: round(value, 6) for name, value in zip(names, values, strict=True)}


class NearSerializer(serializers.Serializer):
    id = serializers.CharField(source="of.public_id")
    external_id = serializers.CharField(source="of.example.external_id")
    split = serializers.ChoiceField(Split.choices, source="of.split")
    similarity = serializers.FloatField(source="share", allow_null=True, help_text="0 to 1; null: the same group")
    inherits = serializers.BooleanField(help_text="the item took the split of this one")


class ItemStorySerializer(ItemSerializer):
    payload = JsonText(source="example.payload", allow_null=True)
    metadata = AnyJson(source="example.metadata")
    inclusion_probability = serializers.FloatField(allow_null=True)
    near = serializers.SerializerMethodField()
    round = serializers.SerializerMethodField()
    predictions = serializers.SerializerMethodField()
    labels = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    resolutions = serializers.SerializerMethodField()
    golds = serializers.SerializerMethodField()

    @extend_schema_field(NearSerializer(many=True))
    def get_near(self, item: Item) -> Any:
        return NearSerializer(near_of(item), many=True).data

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_round(self, item: Item) -> str | None:
        return item.round.public_id if item.round else None

    @extend_schema_field(SaidSerializer(many=True))
    def get_predictions(self, item: Item) -> Any:
        rows = item.example.predictions.select_related("model_version", "schema").order_by("pk")
        return SaidSerializer(rows, many=True).data

    @extend_schema_field(GivenLabelSerializer(many=True))
    def get_labels(self, item: Item) -> Any:
        return GivenLabelSerializer(self.context["story"]["labels"], many=True, context={"item": item}).data

    @extend_schema_field(StoppingSerializer(many=True))
    def get_decisions(self, item: Item) -> Any:
        return StoppingSerializer(self.context["story"]["decisions"], many=True).data

    @extend_schema_field(ResolutionSerializer(many=True))
    def get_resolutions(self, item: Item) -> Any:
        return ResolutionSerializer(self.context["story"]["resolutions"], many=True).data

    @extend_schema_field(GoldSerializer(many=True))
    def get_golds(self, item: Item) -> Any:
        return GoldSerializer(self.context["story"]["golds"], many=True).data


def told(item: Item) -> Any:
    return ItemStorySerializer(item, context={"story": queries.story(item)}).data
