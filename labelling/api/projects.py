"""Projects and the versioned rows that govern them."""

import secrets
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import AnyJson, Text, Whole
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import ANYONE, OWNER, STAFF, access, require_free_token, require_scope
from labelling.api.views import ApiView, read, read_query
from labelling.errors import Forbidden, Invalid
from labelling.loop.govern import change_policy
from labelling.projects import actions
from labelling.projects.checks import POLICY_FIELDS
from labelling.projects.models import ApiToken, Member, PolicyVersion, Project, User
from labelling.projects.queries import may_create


class VersionedSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class SchemaSerializer(VersionedSerializer):
    kind = serializers.CharField()
    definition = AnyJson()
    mapping = AnyJson(allow_null=True)


class GuidelineSerializer(VersionedSerializer):
    text = serializers.CharField(help_text="Markdown", allow_blank=True)


class PolicyChangesSerializer(serializers.ModelSerializer):
    class Meta:
        model = PolicyVersion
        fields = POLICY_FIELDS


class PolicySerializer(serializers.ModelSerializer):
    class Meta:
        model = PolicyVersion
        fields = ("number", "created_at", *POLICY_FIELDS)


class ProjectSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    slug = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    is_sample = serializers.BooleanField()
    roles = serializers.SerializerMethodField(help_text="yours")
    schema = SchemaSerializer()
    guideline = GuidelineSerializer()

    def get_roles(self, project: Any) -> list[str]:
        return [member.role for member in project.own_memberships]


class NewProjectSerializer(serializers.Serializer):
    slug = Text(max_length=60)
    name = Text(max_length=200)
    kind = Text(max_length=40, default="single_choice")
    definition = AnyJson()
    guideline = Text(allow_blank=True, default="")
    policy = serializers.DictField(child=AnyJson(), default=dict)
    seed = Whole(required=False, help_text="for everything drawn at random; stored. Default: drawn now")


class NewSchemaSerializer(serializers.Serializer):
    definition = AnyJson()
    mapping = serializers.DictField(child=Text(), allow_null=True, default=None)


class NewGuidelineSerializer(serializers.Serializer):
    text = Text(allow_blank=True, trim_whitespace=False)


ProjectPage = page_of(ProjectSerializer, "Project")
SchemaPage = page_of(SchemaSerializer, "Schema")
GuidelinePage = page_of(GuidelineSerializer, "Guideline")
PolicyPage = page_of(PolicySerializer, "Policy")


def own_memberships(user: User) -> Prefetch:
    return Prefetch("members", Member.objects.filter(user=user).order_by("role"), to_attr="own_memberships")


def shown(project: Project, user: User) -> dict[str, Any]:
    prefetch_related_objects([project], own_memberships(user))
    return ProjectSerializer(project).data


class ProjectsView(ApiView):
    @describe("projects_list", "Your projects", parameters=[PageQuerySerializer], responses=ProjectPage)
    def get(self, request: Request) -> Response:
        read_query(PageQuerySerializer, request)
        mine = Member.objects.filter(user=self.user)
        if isinstance(request.auth, ApiToken) and request.auth.project_id:
            mine = mine.filter(project=request.auth.project_id)
        rows = Project.objects.filter(pk__in=mine.values("project")).select_related("schema", "guideline")
        return Response(ProjectPage(paginate(rows.prefetch_related(own_memberships(self.user)), request)).data)

    @describe("projects_create", "Make a project, owned by you", request=NewProjectSerializer,
              responses={201: ProjectSerializer})  # fmt: skip
    def post(self, request: Request) -> Response:
        require_scope(request, "manage")
        require_free_token(request)
        if not may_create(self.user):
            raise Forbidden("only staff, and owners of another project, may make one; ask one of them")
        asked = {"seed": secrets.randbits(62), **read(NewProjectSerializer, request)}
        project = actions.create_project(**asked, by=self.user, now=self.now)
        return Response(shown(project, self.user), status=201)


class ProjectView(ApiView):
    @describe("projects_read", "A project of yours", responses=ProjectSerializer)
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=ANYONE, scope=None)
        return Response(shown(found, self.user))


class SchemasView(ApiView):
    @describe("projects_schemas", "All versions of the label schema", parameters=[PageQuerySerializer],
              responses=SchemaPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=ANYONE, scope=None)
        return Response(SchemaPage(paginate(found.schemaversions.all(), request)).data)

    @describe("projects_new_schema", "Put a new version of the label schema in force", request=NewSchemaSerializer,
              responses={201: SchemaSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        asked = read(NewSchemaSerializer, request)
        row = actions.new_schema(project=found, **asked, by=self.user, now=self.now)
        return Response(SchemaSerializer(row).data, status=201)


class GuidelinesView(ApiView):
    @describe("projects_guidelines", "All versions of the guideline", parameters=[PageQuerySerializer],
              responses=GuidelinePage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=ANYONE, scope=None)
        return Response(GuidelinePage(paginate(found.guidelineversions.all(), request)).data)

    @describe("projects_new_guideline", "Put a new version of the guideline in force", request=NewGuidelineSerializer,
              responses={201: GuidelineSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        asked = read(NewGuidelineSerializer, request)
        row = actions.new_guideline(project=found, text=asked["text"], by=self.user, now=self.now)
        return Response(GuidelineSerializer(row).data, status=201)


class PoliciesView(ApiView):
    @describe("projects_policies", "All versions of the policy", parameters=[PageQuerySerializer],
              responses=PolicyPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=STAFF, scope="read")
        return Response(PolicyPage(paginate(found.policyversions.all(), request)).data)

    @describe("projects_new_policy", "Put a changed policy in force: send the fields that change",
              request=PolicyChangesSerializer, responses={201: PolicySerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        if not isinstance(request.data, dict) or not request.data:
            raise Invalid("Send an object with the fields of the policy that change.")
        row = change_policy(project=found, changes=dict(request.data), by=self.user, now=self.now)
        return Response(PolicySerializer(row).data, status=201)


class PauseView(ApiView):
    @describe("projects_pause", "Give out no more work until resumed", request=None, responses=ProjectSerializer)
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        return Response(shown(actions.pause_project(project=found, by=self.user, now=self.now), self.user))


class ResumeView(ApiView):
    @describe("projects_resume", "Give out work again", request=None, responses=ProjectSerializer)
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope="manage")
        return Response(shown(actions.resume_project(project=found, by=self.user, now=self.now), self.user))
