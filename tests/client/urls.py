"""The addresses the client reads, over the same reads that the API serves them from."""

from django.http import FileResponse, JsonResponse
from django.urls import path

from labelling.datasets.queries import data_file, export_file, find_version
from labelling.errors import QuorumError
from labelling.projects.queries import find_project

SEEN: list[dict[str, str]] = []


def answer(view):
    """A view behind a token, with refusals as problem details."""

    def inner(request, **arguments):
        SEEN.append({"path": request.get_full_path(), "authorization": request.headers.get("Authorization", "")})
        if request.headers.get("Authorization") != "Bearer qrm_secret":
            return JsonResponse({"title": "Unauthorized", "detail": "This token is unknown."}, status=401)
        try:
            version = find_version(project=find_project(arguments.pop("project")), number=arguments.pop("number"))
            return view(request, version, **arguments)
        except QuorumError as error:
            return JsonResponse({"title": error.code, "detail": str(error)}, status=error.status)

    return inner


@answer
def version_view(request, version):
    names = ("number", "data_id", "version_id", "n_rows", "message", "created_at")
    return JsonResponse({name: getattr(version, name) for name in names} | {"recalls": []})


@answer
def data_view(request, version):
    given = data_file(version=version, file_format=request.GET["format"], split=request.GET["split"])
    return FileResponse(given.path.open("rb"), content_type=given.content_type, headers={"ETag": given.etag})


@answer
def file_view(request, version, name):
    given = export_file(version=version, file_format=request.GET["format"], name=name)
    return FileResponse(given.path.open("rb"), content_type=given.content_type, headers={"ETag": given.etag})


VERSION = "api/v1/projects/<str:project>/versions/<str:number>"
urlpatterns = [
    path(VERSION, version_view),
    path(f"{VERSION}/data", data_view),
    path(f"{VERSION}/files/<path:name>", file_view),
]
