"""The labeller's work: lease, answer, let go, undo."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, cast

import msgspec
from django.db.models import Q, Sum, prefetch_related_objects
from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api import labeller as shown
from labelling.api.authentication import TokenAuthentication
from labelling.api.fields import AnyJson, Finite, Text, Whole
from labelling.api.openapi import describe
from labelling.api.permissions import ANYONE, LABELLER, access, key_of, memberships, require_scope, require_standing_key
from labelling.api.views import ApiView, read, read_quickly
from labelling.assignment import actions
from labelling.assignment.errors import LeaseUnknown
from labelling.assignment.models import Abstention, Batch, Label, Lease
from labelling.loop import submit as loop
from labelling.loop.undo import undo
from labelling.projects.models import ApiToken, Member, Role, User
from labelling.reliability.queries import own_card

LONGEST_NOTE = loop.LONGEST_NOTE
MAX_SECONDS = 30 * 24 * 3600
LAST_BATCHES = 10


class LeaseCountSerializer(serializers.Serializer):
    count = Whole(min_value=1, max_value=actions.MOST_AT_ONCE, default=1)


class TimesSerializer(serializers.Serializer):
    wall_seconds = Finite(min_value=0, max_value=MAX_SECONDS, allow_null=True, default=None)
    active_seconds = Finite(min_value=0, max_value=MAX_SECONDS, allow_null=True, default=None)


class AnswerSerializer(TimesSerializer):
    answer = AnyJson(help_text='what the label schema allows, as {"choice": "match"}')
    note = Text(max_length=LONGEST_NOTE, allow_blank=True, default="", help_text="a reason, say; it counts nothing")


class AbstainSerializer(TimesSerializer):
    reason = serializers.ChoiceField(Abstention.choices)
    note = Text(max_length=LONGEST_NOTE, allow_blank=True, default="")


class UndoSerializer(serializers.Serializer):
    token = Text(max_length=32, help_text="the lease's token when the answer was given")


class Count(msgspec.Struct, forbid_unknown_fields=True):
    """What LeaseCountSerializer takes."""

    count: Annotated[int, msgspec.Meta(ge=1, le=actions.MOST_AT_ONCE)] = 1


Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)]


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What AnswerSerializer takes."""

    answer: Any
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""
    wall_seconds: Seconds | None = None
    active_seconds: Seconds | None = None


def labeller_of(request: Request, token: str) -> Member:
    """The caller's membership that holds a lease, or gave a label under its token. Raises LeaseUnknown."""
    require_scope(request, "label")
    mine = Q(labeller__user=cast(User, request.user))
    if isinstance(request.auth, ApiToken) and request.auth.project_id:
        mine &= Q(labeller__project=request.auth.project_id)
    for rows in (Lease.objects, Label.objects):
        held = rows.filter(mine, token=token).select_related(
            "labeller__project__schema", "labeller__project__guideline", "labeller__project__policy"
        )
        if found := held.first():
            return found.labeller
    raise LeaseUnknown(gettext("There is no lease with this token for you. Ask for items again."))


class HotView(ApiView):
    """On the path of every label: the verbs check that the key still stands."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [TokenAuthentication(remember=True), SessionAuthentication()]


class LeasesView(HotView):
    @describe("labelling_lease", "Lease the next items", request=LeaseCountSerializer,
              responses=shown.LeasesSerializer)  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        count = read_quickly(Count, LeaseCountSerializer, request)["count"]
        reply = actions.lease_items_by_user(
            user_id=self.user.pk, key=key_of(request, "label"), project=project, count=count, now=self.now
        )
        if reply is None:
            # Says what is missing: the key, the project, the role or the membership.
            require_standing_key(request, now=self.now)
            _, labeller = access(request, project, roles=LABELLER, scope="label")
            reply = actions.lease_items(labeller=labeller, count=count, now=self.now)
        return Response(shown.leased(reply))


class LabelView(HotView):
    @describe("labelling_answer", "Answer a leased item; the same answer again is harmless", request=AnswerSerializer,
              responses={201: shown.GivenSerializer, 200: shown.GivenSerializer})  # fmt: skip
    def post(self, request: Request, token: str) -> Response:
        reply = loop.submit_by_user(
            token=token, user_id=self.user.pk, key=key_of(request, "label"),
            **read_quickly(Answer, AnswerSerializer, request), now=self.now,
        )  # fmt: skip
        return _given(reply)


class AbstainView(ApiView):
    @describe("labelling_abstain", "Say that you can't decide, and why", request=AbstainSerializer,
              responses={201: shown.GivenSerializer, 200: shown.GivenSerializer})  # fmt: skip
    def post(self, request: Request, token: str) -> Response:
        labeller = labeller_of(request, token)
        reply = loop.abstain(token=token, labeller=labeller, **read(AbstainSerializer, request), now=self.now)
        return _given(reply)


def _given(reply: Any) -> Response:
    return Response(shown.given(reply), status=201 if reply.created else 200)


class SkipView(ApiView):
    @describe("labelling_skip", "Not now: somebody else first", request=None, responses={204: None})
    def post(self, request: Request, token: str) -> Response:
        actions.skip(token=token, labeller=labeller_of(request, token), now=self.now)
        return Response(status=204)


class ReleaseView(ApiView):
    @describe("labelling_release", "Give a leased item back", request=None, responses={204: None})
    def post(self, request: Request, token: str) -> Response:
        actions.release(token=token, labeller=labeller_of(request, token), now=self.now)
        return Response(status=204)


class HeartbeatView(ApiView):
    @describe("labelling_heartbeat", "Keep a lease while you work", request=None, responses=shown.KeptSerializer)
    def post(self, request: Request, token: str) -> Response:
        lease = actions.heartbeat(token=token, labeller=labeller_of(request, token), now=self.now)
        return Response(shown.KeptSerializer(lease).data)


class UndoView(ApiView):
    @describe("labelling_undo", "Withdraw one of your last answers and lease its item again", request=UndoSerializer,
              responses=shown.UndoneSerializer)  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, labeller = access(request, project, roles=LABELLER, scope="label")
        reply = undo(token=read(UndoSerializer, request)["token"], labeller=labeller, now=self.now)
        prefetch_related_objects([reply.lease], "item__example")
        return Response(shown.UndoneSerializer(reply, context={"schema": found.schema}).data)


class MeView(ApiView):
    @describe("labelling_me", "You in this project", responses=shown.MeSerializer)
    def get(self, request: Request, project: str) -> Response:
        _, member = access(request, project, roles=(Role.LABELLER, *ANYONE), scope=None)
        roles = sorted({own.role for own in memberships(request, project)})
        return Response(shown.MeSerializer({"roles": roles, **_own_figures(member, self.now)}).data)


def _own_figures(member: Member, now: datetime) -> dict[str, Any]:
    """Figures of one member; today's labels are looked for in the batches that were open today (UTC)."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    batches = Batch.objects.filter(labeller=member)
    recent = batches.filter(Q(closed_at=None) | Q(closed_at__gte=midnight))
    return {
        "name": member.name,
        "labels_today": Label.objects.standing().filter(batch__in=recent, at__gte=midnight).count(),
        "labels_total": batches.aggregate(n=Sum("n_labels"))["n"] or 0,
        "batches": batches.order_by("-number")[:LAST_BATCHES],
        "card": own_card(member),
    }
