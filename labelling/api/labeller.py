"""What a labeller may see: these fields and no others, so that nothing hidden can leak.

No id of an item, no gold, no yardstick, no priority, no model's answer, nobody else's label.
"""

from typing import Any

import msgspec
import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labelling.api.fields import JsonText
from labelling.assignment.actions import LeaseReply
from labelling.assignment.drafts import why_refused
from labelling.assignment.models import Draft, Lease
from labelling.loop.submit import SubmitReply
from labelling.projects.models import Role, SchemaVersion
from labelling.projects.queries import shown_fields


class WorkSerializer(serializers.Serializer):
    """One item to label, with the fields that its question shows."""

    # It needs `schema` in its context.

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    payload = serializers.SerializerMethodField()
    suggestion = serializers.SerializerMethodField(help_text="the model's answer to correct, where the policy shows it")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_payload(self, lease: Lease) -> Any:
        return visible(lease.item.example.payload, self.context["schema"])

    @extend_schema_field({"type": "object", "additionalProperties": {}, "nullable": True})
    def get_suggestion(self, lease: Lease) -> Any:
        shown = lease.suggestion
        return None if shown is None or shown.answer is None else orjson.Fragment(shown.answer)


def visible(payload: str | None, schema: SchemaVersion) -> dict[str, Any]:
    """The fields of a payload that the question shows, as they were sent; an erased payload shows nothing."""
    if payload is None:
        return {}
    fields = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    return {name: orjson.Fragment(bytes(fields[name])) for name in shown_fields(schema) if name in fields}


class NothingSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True, help_text="when there will be something at the latest")


class PracticeSerializer(serializers.Serializer):
    done = serializers.IntegerField()
    of = serializers.IntegerField()
    right = serializers.IntegerField()
    needed = serializers.IntegerField()


class LeasesSerializer(serializers.Serializer):
    """`practice`: how far the labeller is with the qualification, null when there is none to pass."""

    leases = WorkSerializer(many=True)
    reason = NothingSerializer(allow_null=True, help_text="why it is nothing")
    practice = PracticeSerializer(allow_null=True)


def leased(reply: LeaseReply) -> dict[str, Any]:
    """As LeasesSerializer says; written by hand, since every label comes this way."""
    schema, reason, practice = reply.schema, reply.reason, reply.practice
    return {
        "leases": [
            {
                "token": won.lease.token,
                "expires_at": won.lease.expires_at,
                "payload": visible(won.payload, schema),
                "suggestion": None if won.suggestion is None else orjson.Fragment(won.suggestion),
            }
            for won in reply.won
        ],
        "reason": reason and {"code": reason.code, "message": str(reason.message), "until": reason.until},
        "practice": practice
        and {"done": practice.done, "of": practice.of, "right": practice.right, "needed": practice.needed},
    }


class FeedbackSerializer(serializers.Serializer):
    right = serializers.BooleanField()
    answer = serializers.JSONField(help_text="the known answer")
    reason = serializers.CharField(allow_blank=True)


class GivenSerializer(serializers.Serializer):
    """What became of an answer. `standing`: not withdrawn. `feedback`: null, but of a practice item."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    token = serializers.CharField()
    standing = serializers.BooleanField()
    feedback = FeedbackSerializer(allow_null=True)


def given(reply: SubmitReply) -> dict[str, Any]:
    """As GivenSerializer says; written by hand, since every label comes this way."""
    told = reply.feedback
    feedback = told and {"right": told.right, "answer": orjson.Fragment(told.answer), "reason": told.reason}
    label = reply.label
    return {"label": label.public_id, "token": label.token, "standing": reply.standing, "feedback": feedback}


class UndoneSerializer(serializers.Serializer):
    lease = WorkSerializer()
    withdrawn = serializers.CharField(source="label.public_id", help_text="the label that no longer stands")


class KeptSerializer(serializers.Serializer):
    expires_at = serializers.DateTimeField()


class DraftSerializer(serializers.Serializer):
    """An answer that was refused, with what its item shows."""

    # It needs `schema` in its context, as a lease.

    token = serializers.CharField(help_text="the lease's token when the answer was given")
    payload = serializers.SerializerMethodField()
    answer = JsonText(help_text="null: it was an abstention")
    abstention = serializers.CharField(help_text="its reason, or empty")
    note = serializers.CharField()
    refused_because = serializers.CharField(help_text="a code: lease_expired, budget_spent")
    message = serializers.SerializerMethodField(help_text="the same in words")
    at = serializers.DateTimeField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_payload(self, draft: Draft) -> Any:
        return visible(draft.item.example.payload, self.context["schema"])

    def get_message(self, draft: Draft) -> str:
        return why_refused(draft)


class DraftsSerializer(serializers.Serializer):
    drafts = DraftSerializer(many=True)


class OwnBatchSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    size = serializers.IntegerField()
    n_labels = serializers.IntegerField()
    price = serializers.IntegerField(help_text="micro-units a label; paid by the hour: at most")
    pay_hour = serializers.IntegerField(allow_null=True, help_text="micro-units an hour; null: paid by the label")
    amount = serializers.IntegerField(allow_null=True, help_text="micro-units earned; null: still open")
    opened_at = serializers.DateTimeField()
    full_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class OwnCardSerializer(serializers.Serializer):
    """Accuracy on hidden gold in whole blocks only, so that nobody can tell which item it was."""

    gold_blocks = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="[right, given] a block of ten"
    )
    agreement = serializers.FloatField(
        source="agreement.value", allow_null=True, default=None, help_text="with the others, in blocks of 20"
    )
    agreement_low = serializers.FloatField(source="agreement.low", allow_null=True, default=None)
    agreement_high = serializers.FloatField(source="agreement.high", allow_null=True, default=None)
    median_seconds = serializers.FloatField(allow_null=True)


class MeSerializer(serializers.Serializer):
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    labels_today = serializers.IntegerField()
    labels_total = serializers.IntegerField()
    batches = OwnBatchSerializer(many=True, help_text="the last ten")
    card = OwnCardSerializer()
