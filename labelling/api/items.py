"""Items for those who may see everything: lists, whole stories, and what an owner does to them."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Flag, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, STAFF, access, row_access
from labelling.api.stories import ItemSerializer, ItemStorySerializer, told
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Label
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Forbidden, Invalid
from labelling.loop import resolve
from labelling.projects.models import Member, Project, Role
from labelling.sampling.models import Item, Purpose, State

MOST_REQUEUED = 1_000


class ItemFilterSerializer(serializers.Serializer):
    state = serializers.ChoiceField(State.choices, required=False)
    purpose = serializers.ChoiceField(Purpose.choices, required=False)
    slice = serializers.CharField(required=False, max_length=200)
    yardstick = serializers.BooleanField(required=False, allow_null=True, default=None)
    held = serializers.BooleanField(required=False, allow_null=True, default=None)
    labeller = serializers.CharField(required=False, max_length=16, help_text="labelled by: a labeller's id")
    q = serializers.CharField(required=False, max_length=200, help_text="how the external id begins")


class ItemQuerySerializer(ItemFilterSerializer, PageQuerySerializer):
    pass


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


class RequeueManySerializer(RequeueSerializer):
    where = ItemFilterSerializer(help_text="which items")


class RequeuedSerializer(serializers.Serializer):
    requeued = serializers.IntegerField(help_text="items that reopened; those an expert ruled are left alone")


ItemPage = page_of(ItemSerializer, "Item")


def matching(project: Project, where: dict[str, Any]) -> QuerySet[Item]:
    """The items of a project that an ItemFilterSerializer's data describes."""
    rows = Item.objects.filter(project=project)
    exact = {"state": "state", "purpose": "purpose", "slice": "example__slice", "yardstick": "is_yardstick"}
    rows = rows.filter(**{column: where[name] for name, column in exact.items() if where.get(name) is not None})
    if where.get("held") is not None:
        rows = rows.filter(held_at__isnull=not where["held"])
    if prefix := where.get("q"):
        rows = rows.filter(example__external_id__startswith=prefix)
    if labeller := where.get("labeller"):
        given = Label.objects.filter(item=OuterRef("pk"), labeller__public_id=labeller, labeller__project=project)
        rows = rows.filter(Exists(given.standing()))
    return rows


def _visible(rows: QuerySet[Item], member: Member) -> QuerySet[Item]:
    """An expert sees what is contested, and no more: audits are judged blind."""
    return rows.filter(state=State.CONTESTED) if member.role == Role.EXPERT else rows


def listed(rows: QuerySet[Item]) -> QuerySet[Item]:
    standing = Prefetch("resolutions", Resolution.objects.filter(closed_at=None), to_attr="standing")
    return rows.select_related("example").prefetch_related(standing)


class ItemsView(ApiView):
    @describe("items_list", "Items, filtered", parameters=[ItemQuerySerializer], responses=ItemPage)
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=STAFF, scope="read")
        where = read_query(ItemQuerySerializer, request)
        return Response(ItemPage(paginate(listed(_visible(matching(found, where), member)), request)).data)


class RequeueManyView(ApiView):
    @describe("items_requeue_many", "Have many items labelled again: up to 1,000 a call",
              request=RequeueManySerializer, responses=RequeuedSerializer)  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(RequeueManySerializer, request)
        items = list(matching(found, asked.pop("where")).order_by("pk")[: MOST_REQUEUED + 1])
        if len(items) > MOST_REQUEUED:
            raise Invalid(f"where: more than {MOST_REQUEUED} items match; choose fewer.")
        return Response({"requeued": resolve.requeue(items=items, **asked, by=self.user, now=self.now)})


class ItemView(ApiView):
    @describe("items_read", "One item's whole story", responses=ItemStorySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        item, member = row_access(request, _items(), public_id, roles=STAFF, scope="read")
        if not _visible(Item.objects.filter(pk=item.pk), member).exists():
            raise Forbidden("An expert sees contested items only.")
        return Response(told(item))


def _items() -> QuerySet[Item]:
    return listed(Item.objects.select_related("project", "round__model_version"))


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


def _again(public_id: str) -> Response:
    return Response(told(_items().get(public_id=public_id)))
