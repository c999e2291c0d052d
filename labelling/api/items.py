"""Items for those who may see everything: lists, whole stories, and what an owner does to them."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Finite, Flag, Text, Whole
from labelling.api.item_filters import ItemQuerySerializer
from labelling.api.openapi import describe
from labelling.api.pagination import page_of
from labelling.api.permissions import OWNER, STAFF, access, row_access
from labelling.api.stories import ItemSerializer, ItemStorySerializer, told
from labelling.api.views import ApiView, read, read_query
from labelling.consensus.models import Authority
from labelling.errors import Forbidden
from labelling.loop import item_pages, resolve
from labelling.projects.models import Member, Role
from labelling.sampling.models import Item, State


class CorrectionSerializer(serializers.Serializer):
    answer = AnyJson(help_text='what the label schema allows, as {"choice": "match"}')
    reason = Text(max_length=2000)


class ReasonSerializer(serializers.Serializer):
    reason = Text(max_length=200)


class RequeueSerializer(serializers.Serializer):
    """Either `n_more` labels in this pass, or `afresh`: all anew in the next."""

    n_more = Whole(min_value=1, max_value=resolve.MOST_MORE, required=False)
    afresh = Flag(default=False)
    reason = Text(max_length=2000, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["afresh"] == ("n_more" in attrs):
            raise serializers.ValidationError("Send either n_more or afresh.")
        return attrs


class PrioritySerializer(serializers.Serializer):
    boost = Finite(min_value=-resolve.MOST_BOOST, max_value=resolve.MOST_BOOST, help_text="0: no word of the owner")
    reason = Text(max_length=2000, allow_blank=True, default="")


class RequeuedSerializer(serializers.Serializer):
    requeued = serializers.IntegerField(help_text="items that reopened; those an expert ruled are left alone")


ItemPage = page_of(ItemSerializer, "Item")


def _visible(member: Member) -> Q:
    """An expert sees what is contested, and no more: audits are judged blind."""
    return Q(state=State.CONTESTED) if member.role == Role.EXPERT else Q()


class ItemsView(ApiView):
    @describe(
        "items_list", "Items, filtered and in an order of choice", parameters=[ItemQuerySerializer], responses=ItemPage
    )
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=STAFF, scope="read")
        where = read_query(ItemQuerySerializer, request)
        sort, cursor, limit = where.pop("sort"), where.pop("cursor", ""), where.pop("limit")
        page = item_pages.find(
            project=found, where=where, sort=sort, cursor=cursor, limit=limit, only=_visible(member)
        )  # fmt: skip
        return Response(ItemPage({"results": page.rows, "next": page.cursor or None}).data)


class ItemView(ApiView):
    @describe("items_read", "One item's whole story", responses=ItemStorySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        item, member = row_access(request, _items(), public_id, roles=STAFF, scope="read")
        if not Item.objects.filter(_visible(member), pk=item.pk).exists():
            raise Forbidden("An expert sees contested items only.")
        return Response(told(item))


def _items() -> QuerySet[Item]:
    return item_pages.listed(Item.objects.select_related("project", "round__model_version"))


class CorrectView(ApiView):
    @describe("items_correct", "Correct an item's answer, as an engineer", request=CorrectionSerializer,
              responses=ItemStorySerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        asked = read(CorrectionSerializer, request)
        resolve.decide(item=item, **asked, authority=Authority.ENGINEER, by=self.user, now=self.now)
        return _again(public_id)


class DiscardView(ApiView):
    @describe("items_discard", "Say that an item can't be labelled", request=ReasonSerializer,
              responses=ItemStorySerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        reason = read(ReasonSerializer, request)["reason"]
        resolve.decide(
            item=item, answer=None, discard_reason=reason, authority=Authority.ENGINEER, reason=reason,
            by=self.user, now=self.now,
        )  # fmt: skip
        return _again(public_id)


class HoldView(ApiView):
    @describe("items_hold", "Keep an item out of versions", request=ReasonSerializer, responses=ItemStorySerializer)
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        resolve.hold(item=item, **read(ReasonSerializer, request), by=self.user, now=self.now)
        return _again(public_id)


class UnholdView(ApiView):
    @describe("items_unhold", "Let an item into versions again", request=None, responses=ItemStorySerializer)
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        resolve.unhold(item=item, by=self.user, now=self.now)
        return _again(public_id)


class RequeueView(ApiView):
    @describe("items_requeue", "Have an item labelled again", request=RequeueSerializer, responses=RequeuedSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        asked = read(RequeueSerializer, request)
        return Response({"requeued": resolve.requeue(items=[item], **asked, by=self.user, now=self.now)})


class TakeBackView(ApiView):
    @describe("items_take_back", "Take a requeue for more labels back that nobody has taken up", request=None,
              responses=ItemStorySerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        resolve.take_back(item=item, by=self.user, now=self.now)
        return _again(public_id)


class PrioritiseView(ApiView):
    @describe("items_prioritise", "Have an item labelled sooner (above 0) or later (below 0)",
              request=PrioritySerializer, responses=ItemStorySerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        item, _ = row_access(request, _items(), public_id, roles=OWNER, scope="review")
        resolve.prioritise(items=[item], **read(PrioritySerializer, request), by=self.user, now=self.now)
        return _again(public_id)


def _again(public_id: str) -> Response:
    return Response(told(_items().get(public_id=public_id)))
