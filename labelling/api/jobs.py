"""Background work as a resource, with its progress."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.openapi import describe
from labelling.api.permissions import READER, access
from labelling.api.problems import ProjectNotFound
from labelling.api.views import ApiView
from labelling.errors import NotFound
from labelling.jobs.models import Job
from labelling.projects.models import Project


class JobSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "running", "finished", "failed"])
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    attempts = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    failed_at = serializers.DateTimeField(allow_null=True)


class JobView(ApiView):
    @describe("jobs_read", "A piece of background work of one of your projects", responses=JobSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        job = Job.objects.filter(public_id=public_id).first()
        project = Project.objects.filter(pk=job.project_id).first() if job and job.project_id else None
        try:
            access(request, project.public_id if project else public_id, roles=READER, scope="read")
        except ProjectNotFound:
            raise NotFound(f"There is no job {public_id!r} of yours.") from None
        return Response(JobSerializer(job).data)
