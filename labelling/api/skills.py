"""What labellers can do, and whether they are let in to real work."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import Text, Whole
from labelling.api.labeller import PracticeSerializer
from labelling.api.members import MemberSerializer, SkillSerializer, members
from labelling.api.openapi import describe
from labelling.api.permissions import OWNER, READER, row_access
from labelling.api.views import ApiView, read
from labelling.assignment.practice import practice_of_each
from labelling.projects import skills
from labelling.projects.checks import LEVELS
from labelling.projects.models import Member


class NewSkillSerializer(serializers.Serializer):
    tag = Text(max_length=60, help_text="lower-case letters, digits and : - _ . as in lang:de")
    level = Whole(min_value=LEVELS[0], max_value=LEVELS[-1], default=1, help_text="1 (some) to 5 (expert)")


class SkillsSerializer(serializers.Serializer):
    skills = SkillSerializer(many=True)


class QualificationSerializer(serializers.Serializer):
    qualified_at = serializers.DateTimeField(allow_null=True)
    practice = PracticeSerializer(allow_null=True, help_text="null: the policy asks for none, or none was begun")


class SkillsView(ApiView):
    @describe("members_skills", "What a labeller can do", responses=SkillsSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=READER, scope="read")
        return Response(_skills(member))

    @describe("members_grant", "Give a labeller a skill, or another level of it", request=NewSkillSerializer,
              responses=SkillsSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        skills.grant_skill(member=member, **read(NewSkillSerializer, request), by=self.user, now=self.now)
        return Response(_skills(member))


def _skills(member: Member) -> Any:
    return SkillsSerializer({"skills": member.skills.order_by("tag")}).data


class SkillView(ApiView):
    @describe("members_take_back", "Take a skill back", responses={204: None})
    def delete(self, request: Request, public_id: str, tag: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        skills.revoke_skill(member=member, tag=tag, by=self.user, now=self.now)
        return Response(status=204)


class QualificationView(ApiView):
    @describe("members_qualification", "How far a labeller is with the practice", responses=QualificationSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=READER, scope="read")
        project = member.project
        practice = practice_of_each(labellers=[member.pk], policy=project.policy_in_force)
        return Response(
            QualificationSerializer({"qualified_at": member.qualified_at, "practice": practice.get(member.pk)}).data
        )


class QualifyView(ApiView):
    @describe("members_qualify", "Let a labeller in to real work", request=None, responses=MemberSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        return Response(MemberSerializer(skills.qualify_member(member=member, by=self.user, now=self.now)).data)


class UnqualifyView(ApiView):
    @describe("members_unqualify", "Ask a labeller to practise again", request=None, responses=MemberSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        member, _ = row_access(request, members(), public_id, roles=OWNER, scope="manage")
        return Response(MemberSerializer(skills.unqualify_member(member=member, by=self.user, now=self.now)).data)
