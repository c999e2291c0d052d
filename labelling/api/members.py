"""The people of a project, the links that let them in, and the keys of their programs."""

from datetime import timedelta
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import ANYONE, OWNER, READER, access, row_access
from labelling.api.scopes import SCOPES
from labelling.api.views import ApiView, read
from labelling.errors import Forbidden, Invalid
from labelling.loop import people
from labelling.projects import actions
from labelling.projects.models import ApiToken, Member, Role, Skill, User

INVITED_FOR = timedelta(days=7)
SKILLS = Prefetch("skills", Skill.objects.order_by("tag"))


class SkillSerializer(serializers.Serializer):
    tag = serializers.CharField()
    level = serializers.IntegerField(help_text="1 (some) to 5 (expert)")


class MemberSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    username = serializers.CharField(source="user.username")
    role = serializers.ChoiceField(Role.choices)
    joined_at = serializers.DateTimeField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    qualified_at = serializers.DateTimeField(allow_null=True, help_text="of labellers: let in to real work")
    skills = SkillSerializer(many=True, help_text="of labellers")


class NewMemberSerializer(serializers.Serializer):
    username = Text(max_length=150)
    role = serializers.ChoiceField(Role.choices)
    name = Text(max_length=150, required=False, help_text="what others here see; default: the user's name")


class SuspensionSerializer(serializers.Serializer):
    reason = Text(max_length=2000)


class NewInvitationSerializer(serializers.Serializer):
    role = serializers.ChoiceField(Role.choices)
    uses = Whole(min_value=1, max_value=10_000, default=1)
    expires_at = serializers.DateTimeField(required=False, help_text="default: in a week")


class InvitationSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    role = serializers.ChoiceField(Role.choices)
    uses_left = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class MadeInvitationSerializer(InvitationSerializer):
    secret = serializers.CharField(help_text="shown once")


class TokenSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    username = serializers.CharField(source="user.username")
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewTokenSerializer(serializers.Serializer):
    name = Text(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES.items())), allow_empty=False)
    expires_at = serializers.DateTimeField(allow_null=True, default=None)


class IssuedTokenSerializer(TokenSerializer):
    secret = serializers.CharField(help_text="shown once; send it as `Authorization: Bearer <secret>`")


MemberPage = page_of(MemberSerializer, "Member")
TokenPage = page_of(TokenSerializer, "Token")


class MembersView(ApiView):
    @describe("members_list", "Everybody in the project", parameters=[PageQuerySerializer], responses=MemberPage)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=READER, scope="read")
        rows = found.members.select_related("user").prefetch_related(SKILLS)
        return Response(MemberPage(paginate(rows, request)).data)

    @describe("members_add", "Give somebody a role", request=NewMemberSerializer, responses={201: MemberSerializer})
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        asked = read(NewMemberSerializer, request)
        user = User.objects.filter(username=asked["username"]).first()
        if user is None:
            message = "there is no such user; send them an invitation"
            raise Invalid(f"username: {message}", errors=[{"where": "username", "message": message}])
        member = actions.add_member(
            project=found, user=user, role=asked["role"], name=asked.get("name", user.username),
            by=self.user, now=self.now,
        )  # fmt: skip
        return Response(MemberSerializer(member).data, status=201)


class SuspendView(ApiView):
    @describe("members_suspend", "Give a member no more work", request=SuspensionSerializer, responses=MemberSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        reason = read(SuspensionSerializer, request)["reason"]
        suspended = people.suspend_labeller(member=member, reason=reason, by=self.user, now=self.now)
        return Response(MemberSerializer(suspended).data)


class ResumeMemberView(ApiView):
    @describe("members_resume", "Give a suspended member work again", request=None, responses=MemberSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        resumed = people.resume_labeller(member=member, by=self.user, now=self.now)
        return Response(MemberSerializer(resumed).data)


def members() -> Any:
    """The rows that one member is looked for in."""
    return Member.objects.select_related("user", "project", "project__policy").prefetch_related(SKILLS)


class InvitationsView(ApiView):
    @describe("members_invite", "Make an invitation link", request=NewInvitationSerializer,
              responses={201: MadeInvitationSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        asked = {"expires_at": self.now + INVITED_FOR, **read(NewInvitationSerializer, request)}
        invitation, secret = actions.invite(project=found, **asked, by=self.user, now=self.now)
        return Response({**InvitationSerializer(invitation).data, "secret": secret}, status=201)


class TokensView(ApiView):
    @describe("tokens_list", "Your tokens for the project; all of them for an owner", parameters=[PageQuerySerializer],
              responses=TokenPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, member = access(request, project, roles=ANYONE, scope="manage")
        rows = found.api_tokens.select_related("user")
        rows = rows if member.role == Role.OWNER else rows.filter(user=self.user)
        return Response(TokenPage(paginate(rows, request)).data)

    @describe("tokens_issue", "Issue a token that acts as you, in this project", request=NewTokenSerializer,
              responses={201: IssuedTokenSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=ANYONE, scope="manage")
        asked = read(NewTokenSerializer, request)
        _refuse_more_than_own(request, asked["scopes"])
        token, secret = actions.issue_token(user=self.user, project=found, **asked, by=self.user, now=self.now)
        return Response({**TokenSerializer(token).data, "secret": secret}, status=201)


def _refuse_more_than_own(request: Request, scopes: list[str]) -> None:
    more = set(scopes) - set(request.auth.scopes) if isinstance(request.auth, ApiToken) else set()
    if more:
        raise Forbidden(f"Your own token lacks {', '.join(sorted(more))}; it can't issue one that has more.")


class TokenView(ApiView):
    @describe("tokens_revoke", "Revoke a token at once", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        rows = ApiToken.objects.filter(project__isnull=False).select_related("project", "user")
        token, member = row_access(request, rows, public_id, roles=ANYONE, scope="manage")
        if token.user_id != self.user.pk and member.role != Role.OWNER:
            raise Forbidden("Only its holder or an owner can revoke a token.")
        actions.revoke_token(token=token, by=self.user, now=self.now)
        return Response(status=204)
