"""What an owner does to many items at once, over HTTP: previewed, done at once, or as a job."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Finite, Flag, Text, Whole
from labelling.api.item_filters import ItemFilterSerializer
from labelling.api.items import RequeueSerializer
from labelling.api.jobs import JobSerializer
from labelling.api.openapi import describe
from labelling.api.permissions import OWNER, access
from labelling.api.views import ApiView, read
from labelling.loop import bulk, resolve


class ChosenSerializer(serializers.Serializer):
    where = ItemFilterSerializer(required=False, help_text="which items: all that match")
    items = serializers.ListField(
        child=Text(max_length=16), required=False, allow_empty=False, max_length=bulk.MOST_TICKED,
        help_text="which items: these ids",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("where" in attrs) == ("items" in attrs):
            raise serializers.ValidationError("Send either where or items.")
        return super().validate(attrs)


class RequeueManySerializer(ChosenSerializer, RequeueSerializer):
    """Either `n_more` labels in this pass, or `afresh`: all anew in the next."""


class ActSerializer(ChosenSerializer):
    do = serializers.ChoiceField(bulk.ACTS)
    n_more = Whole(min_value=1, max_value=resolve.MOST_MORE, default=1, help_text="with `more`")
    boost = Finite(
        min_value=-resolve.MOST_BOOST, max_value=resolve.MOST_BOOST, default=0, help_text="with `prioritise`"
    )
    reason = Text(max_length=2000, allow_blank=True, default="")
    dry_run = Flag(default=False, help_text="only say what it would do")


class ActPreviewSerializer(serializers.Serializer):
    n_items = serializers.IntegerField(help_text="items that match, or at least so many if not `exact`")
    exact = serializers.BooleanField(help_text="false: the other figures are of the first n_items")
    ruled = serializers.IntegerField(help_text="left alone: an expert, an engineer or gold decided")
    not_work = serializers.IntegerField(help_text="left alone: gold and training")
    changed = serializers.IntegerField(help_text="items that the act would change")
    slots = serializers.IntegerField(help_text="labels it asks for")
    cost = serializers.IntegerField(help_text="their price, micro-units")
    room = serializers.IntegerField(allow_null=True, help_text="what is left of the budget; null: there is none")


class StartedSerializer(serializers.Serializer):
    changed = serializers.IntegerField(help_text="items changed now")
    left_alone = serializers.IntegerField()
    job = JobSerializer(allow_null=True, help_text="what does it, if there are too many to do at once")


class ManyRequeuedSerializer(serializers.Serializer):
    requeued = serializers.IntegerField(help_text="items that reopened now; those an expert ruled are left alone")
    job = JobSerializer(allow_null=True, help_text="what does it, if there are too many to do at once")


class ActReplySerializer(serializers.Serializer):
    preview = ActPreviewSerializer(allow_null=True)
    started = StartedSerializer(allow_null=True)


class RequeueManyView(ApiView):
    @describe("items_requeue_many", "Have many items labelled again; more than 100 as a job (202)",
              request=RequeueManySerializer,
              responses={200: ManyRequeuedSerializer, 202: ManyRequeuedSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(RequeueManySerializer, request)
        act = bulk.Act(bulk.AFRESH if asked["afresh"] else bulk.MORE, asked.get("n_more", 1), reason=asked["reason"])
        chosen = bulk.Chosen(found, asked.get("where", {}), asked.get("items", ()))
        started = bulk.start(chosen=chosen, act=act, by=self.user, now=self.now)
        told = ManyRequeuedSerializer({"requeued": started.changed, "job": started.job})
        return Response(told.data, status=202 if started.job else 200)


class ActView(ApiView):
    @describe("items_act", "Do something to many items, or see what it would do; more than 100 as a job (202)",
              request=ActSerializer, responses={200: ActReplySerializer, 202: ActReplySerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(ActSerializer, request)
        act = bulk.Act(asked["do"], asked["n_more"], asked["boost"], asked["reason"])
        chosen = bulk.Chosen(found, asked.get("where", {}), asked.get("items", ()))
        if asked["dry_run"]:
            seen = bulk.preview(chosen=chosen, act=act)
            return Response(ActReplySerializer({"preview": seen, "started": None}).data)
        started = bulk.start(chosen=chosen, act=act, by=self.user, now=self.now)
        told = ActReplySerializer({"preview": None, "started": started})
        return Response(told.data, status=202 if started.job else 200)
