from django.urls import include, path, re_path

from labelling.api.problems import unknown_address

urlpatterns = [
    path("api/v1/", include("labelling.urls")),
    path("api/v1/", include("experts.urls")),
    re_path(r"^api/", unknown_address),
]
