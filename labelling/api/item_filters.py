"""The filter of items as the API and the page read it; what its fields mean is in `labelling.loop.item_filter`."""

import math
from typing import Any

from rest_framework import serializers

from labelling.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from labelling.loop.item_filter import WHOSE
from labelling.loop.item_pages import MADE, ORDERS
from labelling.sampling.models import Purpose, Split, State

MOST_LABELS = 1_000


def _flag(help_text: str) -> serializers.BooleanField:
    return serializers.BooleanField(required=False, allow_null=True, default=None, help_text=help_text)


def _text(help_text: str, most: int = 200) -> serializers.CharField:
    return serializers.CharField(required=False, max_length=most, help_text=help_text)


def _number(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(required=False, min_value=0, max_value=MOST_LABELS, help_text=help_text)


class ShareField(serializers.FloatField):
    """0 to 1; NaN is none."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if math.isnan(value):
            self.fail("invalid")
        return value


def _share(help_text: str) -> ShareField:
    return ShareField(required=False, min_value=0, max_value=1, help_text=help_text)


class ItemFilterSerializer(serializers.Serializer):
    q = _text("how the external id begins")
    text = _text("what the payload holds somewhere, in any case of letters")
    state = serializers.ChoiceField(State.choices, required=False)
    purpose = serializers.ChoiceField(Purpose.choices, required=False)
    answer = _text("the class of the answer that stands")
    authority = serializers.ChoiceField(WHOSE, required=False, help_text="whose answer stands")
    confidence_min = _share("the answer's confidence is at least this")
    confidence_max = _share("the answer's confidence is at most this")
    labels_min = _number("at least so many labels count")
    labels_max = _number("at most so many labels count")
    round = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="its number")
    slice = _text("")
    split = serializers.ChoiceField(Split.choices, required=False)
    labeller = _text("labelled by: a labeller's id", 16)
    disagreed = _flag("its answers in this pass are not all the same")
    outdated = _flag("labelled in this pass under an older guideline than the newest")
    yardstick = _flag("")
    audit = _flag("drawn to audit the crowd")
    held = _flag("kept out of versions")
    boosted = _flag("has an owner's priority")
    made_after = serializers.DateField(required=False, help_text="made on that day (UTC) or later")
    made_before = serializers.DateField(required=False, help_text="made before that day (UTC)")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("confidence", "labels"):
            low, high = attrs.get(f"{name}_min"), attrs.get(f"{name}_max")
            if low is not None and high is not None and low > high:
                raise serializers.ValidationError({f"{name}_min": f"is more than {name}_max"})
        return attrs


class ItemQuerySerializer(ItemFilterSerializer):
    sort = serializers.ChoiceField(
        ORDERS, default=MADE, help_text="with - before it the other way round; only `made` for very many items"
    )
    cursor = serializers.CharField(required=False, max_length=2_000, help_text="`next` of the page before")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
