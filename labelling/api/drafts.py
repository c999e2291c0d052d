"""A labeller's drafts: answers that came too late to be labels, for their giver alone."""

from typing import cast

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api import labeller as shown
from labelling.api.openapi import describe
from labelling.api.permissions import LABELLER, access, require_scope
from labelling.api.views import ApiView
from labelling.assignment import drafts
from labelling.assignment.models import Draft
from labelling.projects.models import ApiToken, Member, User

MOST_SHOWN = 50


class DraftsView(ApiView):
    @describe("labelling_drafts", "Your answers that came too late, the newest 50", responses=shown.DraftsSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, labeller = access(request, project, roles=LABELLER, scope="label")
        own = drafts.drafts_of(labeller=labeller)[:MOST_SHOWN]
        return Response(shown.DraftsSerializer({"drafts": own}, context={"schema": found.schema}).data)


class PutAwayView(ApiView):
    @describe("labelling_put_away", "You have seen this draft", request=None, responses={204: None})
    def post(self, request: Request, token: str) -> Response:
        drafts.put_away(token=token, labeller=_giver(request, token), now=self.now)
        return Response(status=204)


def _giver(request: Request, token: str) -> Member:
    """The caller's membership that gave a draft. Raises DraftUnknown."""
    require_scope(request, "label")
    mine = Q(labeller__user=cast(User, request.user))
    if isinstance(request.auth, ApiToken) and request.auth.project_id:
        mine &= Q(labeller__project=request.auth.project_id)
    draft = Draft.objects.filter(mine, token=token).select_related("labeller").first()
    if draft is None:
        raise drafts.DraftUnknown("There is no draft of yours under this token.")
    return draft.labeller
