"""Labels that no longer count, over HTTP: previewed, rejected, followed, lifted."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Finite, Flag, JsonText, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, READER, access, row_access
from labelling.api.stories import WhoSerializer
from labelling.api.views import ApiView, read, read_query
from labelling.assignment.models import Abstention, Batch, Label, Rejection, Scope
from labelling.errors import Invalid, NotFound
from labelling.loop.reject import lift, reject
from labelling.loop.rejecting import target as targets
from labelling.loop.rejecting.carry_out import go_on
from labelling.loop.rejecting.conditions import LONGEST_SECONDS, MOST_LABELLERS, moment
from labelling.loop.rejecting.preview import LISTED, RejectPreview, preview
from labelling.loop.rejecting.progress import STATES, with_progress
from labelling.loop.rejecting.target import Target
from labelling.projects.models import Member, Project, Role

NAMED = ("labeller", "batch", "label", "range", "where")


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(Text):
    """A day and time that states its zone."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return moment("time", super().to_internal_value(data)).isoformat()
        except Invalid as error:
            raise serializers.ValidationError(str(error.errors[0]["message"])) from error


class RangeSerializer(serializers.Serializer):
    """One labeller's labels from one to another, in the order they were given; at least one end."""

    labeller = Text(max_length=16)
    from_label = Text(max_length=16, required=False, help_text="the first: a label's id")
    to_label = Text(max_length=16, required=False, help_text="the last, included")
    since = Moment(max_length=40, required=False, help_text="given then or later")
    until = Moment(max_length=40, required=False, help_text="given before then")


class WhereSerializer(serializers.Serializer):
    """A label must meet every condition; at least one is needed. Times state their zone."""

    labellers = serializers.ListField(
        child=Text(max_length=16), required=False, allow_empty=False, max_length=MOST_LABELLERS,
        help_text="given by one of these (ids); without it: by anybody",
    )  # fmt: skip
    since = Moment(max_length=40, required=False, help_text="given then or later")
    until = Moment(max_length=40, required=False, help_text="given before then")
    answer = Text(max_length=200, required=False, help_text="the class that was answered")
    abstention = serializers.ChoiceField(Abstention.choices, required=False, help_text="abstained, for this reason")
    slice = Text(max_length=200, required=False, help_text="the item's slice")
    guideline = Whole(min_value=1, required=False, help_text="given under this version of the guideline")
    active_below = Finite(
        required=False, min_value=0, max_value=LONGEST_SECONDS, help_text="active seconds known to be less than this"
    )
    batch = Text(max_length=16, required=False, help_text="in this batch")
    label = Text(max_length=16, required=False, help_text="this very label")  # type: ignore[assignment]  # a field
    from_label = Text(max_length=16, required=False, help_text="by its giver, this label or later")
    to_label = Text(max_length=16, required=False, help_text="by its giver, this label or earlier")


class NewRejectionSerializer(serializers.Serializer):
    """Name one of: a labeller (all their standing labels, and no more work), a batch, a label, a range, or where."""

    labeller = Text(max_length=16, required=False)
    batch = Text(max_length=16, required=False)
    label = Text(max_length=16, required=False)  # type: ignore[assignment]  # a field
    range = RangeSerializer(required=False)
    where = WhereSerializer(required=False)
    reason = Text(max_length=2000, allow_blank=True, default="")
    dry_run = Flag(default=False, help_text="only say what it would change")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in NAMED) != 1:
            raise serializers.ValidationError(f"Name exactly one of {', '.join(NAMED)}.")
        if not attrs["dry_run"] and not attrs["reason"].strip():
            raise serializers.ValidationError({"reason": "Say why, so that the labeller can be told."})
        return attrs


class RejectionSerializer(serializers.Serializer):
    """A large one is carried out, and lifted, in the background: `done` of `total` labels, by `job`."""

    id = serializers.CharField(source="public_id")
    scope = serializers.ChoiceField(Scope.choices)
    labeller = WhoSerializer(allow_null=True, help_text="null: of several")
    batch = serializers.CharField(source="batch.public_id", allow_null=True, default=None)
    label = serializers.CharField(  # type: ignore[assignment]  # a field
        source="label.public_id", allow_null=True, default=None
    )
    where = AnyJson(help_text="the conditions that its labels met")
    reason = serializers.CharField()
    by = serializers.CharField(source="by.username", allow_null=True, default=None, help_text="null: the system")
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES, source="progress.state")
    n_labels = serializers.IntegerField(allow_null=True, help_text="null while it is under way")
    done = serializers.IntegerField(source="progress.done")
    total = serializers.IntegerField(source="progress.total", allow_null=True, help_text="null: not counted yet")
    job = serializers.CharField(source="progress.job.public_id", allow_null=True, default=None)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lift_reason = serializers.CharField(allow_blank=True)
    restored_at = serializers.DateTimeField(allow_null=True, help_text="when its last label counted again")


class TouchedSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    n_rows = serializers.IntegerField()


class FlipSerializer(serializers.Serializer):
    item = serializers.CharField()
    key = serializers.CharField()
    before = JsonText(help_text="the answer that stands")
    after = JsonText(help_text="the one that the labels that remain give, under the present fit")


class PreviewSerializer(serializers.Serializer):
    n_labels = serializers.IntegerField(help_text="standing labels that are named")
    exact = serializers.BooleanField(help_text="false: there are more, and all figures are of the newest n_labels")
    n_counting = serializers.IntegerField(help_text="of these, count today")
    n_labellers = serializers.IntegerField()
    items_reopen = serializers.IntegerField(help_text="that the crowd had settled or contested")
    resolutions_close = serializers.IntegerField()
    n_flips = serializers.IntegerField(help_text="settled items for which the labels that remain say something else")
    flips = FlipSerializer(many=True, help_text=f"the first {LISTED} of them, by key")
    n_bare = serializers.IntegerField(help_text="settled items with no answer left")
    cases_appear = serializers.IntegerField(help_text="settled items that would be contested if no more labels came")
    cases_vanish = serializers.IntegerField(help_text="contested items, which open again")
    versions = TouchedSerializer(many=True)
    n_replace = serializers.IntegerField(help_text="labels to be given again")
    cost_micro = serializers.IntegerField(source="cost", help_text="their price, micro-units")
    n_decisions = serializers.IntegerField(help_text="by experts, if no label were given again")
    decisions_cost_micro = serializers.IntegerField(source="decisions_cost")
    stays_paid_micro = serializers.IntegerField(
        source="stays_paid", help_text="what these labels earned, by the hour at most: a rejection leaves it as it is"
    )


class LiftSerializer(serializers.Serializer):
    reason = Text(max_length=2000)


RejectionPage = page_of(RejectionSerializer, "Rejection")


class RejectionsView(ApiView):
    @describe("reliability_rejections", "Rejections, newest first, with how far they are",
              parameters=[PageQuerySerializer], responses=RejectionPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        read_query(PageQuerySerializer, request)
        page = paginate(_rows().filter(project=found), request, newest_first=True)
        return Response(
            RejectionPage({**page, "results": [_shown(row) for row in with_progress(page["results"])]}).data
        )

    @describe("reliability_reject", "Make labels stop counting, or see what that would change; many as a job (202)",
              request=NewRejectionSerializer,
              responses={200: PreviewSerializer, 201: RejectionSerializer, 202: RejectionSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="review")
        asked = read(NewRejectionSerializer, request)
        target = _target(found, asked)
        if asked["dry_run"]:
            return Response(_told(preview(target=target)))
        rejection = reject(target=target, reason=asked["reason"], by=self.user, now=self.now)
        return _reply(rejection, 201)


class RejectionView(ApiView):
    @describe("reliability_rejection", "One rejection, with how far it is", responses=RejectionSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        rejection, _ = row_access(request, _rows(), public_id, roles=READER, scope="read")
        return _reply(rejection, 200, later=200)


class LiftView(ApiView):
    @describe("reliability_lift", "Lift a rejection: exactly what it closed counts again; many as a job (202)",
              request=LiftSerializer, responses={200: RejectionSerializer, 202: RejectionSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rejection, _ = row_access(request, _rows(), public_id, roles=OWNER, scope="review")
        return _reply(lift(rejection=rejection, **read(LiftSerializer, request), by=self.user, now=self.now), 200)


class GoOnView(ApiView):
    @describe("reliability_go_on", "Go on with a rejection, or its lifting, whose job was given up",
              request=None, responses={200: RejectionSerializer, 202: RejectionSerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        rejection, _ = row_access(request, _rows(), public_id, roles=OWNER, scope="review")
        go_on(rejection=rejection, now=self.now)
        return _reply(rejection, 200)


def _rows() -> Any:
    return Rejection.objects.select_related("project", "labeller", "batch", "label", "by")


def _shown(row: tuple[Any, Any]) -> Any:
    shown, progress = row
    shown.progress = progress
    return shown


def _reply(rejection: Rejection, status: int, later: int = 202) -> Response:
    shown = _shown(with_progress([rejection])[0])
    return Response(RejectionSerializer(shown).data, status=later if shown.progress.job else status)


def _told(found: RejectPreview) -> Any:
    versions = [{"version": version.number, "n_rows": n_rows} for version, n_rows in found.versions]
    return PreviewSerializer({**vars(found), "versions": versions}).data


def _target(project: Project, asked: dict[str, Any]) -> Target:
    makers: dict[str, Callable[[Any], Target]] = {
        "labeller": lambda public_id: targets.a_labeller(_labeller(project, public_id)),
        "batch": lambda public_id: targets.a_batch(_batch(project, public_id)),
        "label": lambda public_id: targets.a_label(_label(project, public_id)),
        "range": lambda ends: _range(project, ends),
        "where": lambda where: targets.by_query(project, where),
    }
    name = next(name for name in NAMED if name in asked)
    return makers[name](asked[name])


def _range(project: Project, ends: dict[str, Any]) -> Target:
    labeller = _labeller(project, ends["labeller"])
    return targets.a_range(labeller, {name: value for name, value in ends.items() if name != "labeller"})


def _labeller(project: Project, public_id: str) -> Member:
    rows = Member.objects.filter(project=project, role=Role.LABELLER).select_related("project__policy")
    return _one(rows, "labeller", public_id)


def _batch(project: Project, public_id: str) -> Batch:
    rows = Batch.objects.filter(labeller__project=project).select_related("labeller__project__policy")
    return _one(rows, "batch", public_id)


def _label(project: Project, public_id: str) -> Label:
    return _one(Label.objects.filter(project=project).select_related("project", "labeller"), "label", public_id)


def _one(rows: Any, what: str, public_id: str) -> Any:
    found = None if "\x00" in public_id else rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"{what}: there is no {what} {public_id!r} in this project.")
    return found
