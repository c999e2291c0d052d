from django.urls import URLPattern, URLResolver, include, path, re_path

from frontend.views import cases, home, label, people, settings
from labelling.api.problems import unknown_address

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", home.SignIn.as_view(), name="sign_in"),
    path("sign-out/", home.SignOut.as_view(), name="sign_out"),
    path("join/<str:secret>/", home.join, name="join"),
    path("p/<slug:slug>/label/", label.label, name="label"),
    path("p/<slug:slug>/work/", label.work, name="work"),
    path("p/<slug:slug>/settings/", settings.settings, name="settings"),
    path("p/<slug:slug>/settings/policy/", settings.policy, name="settings_policy"),
    path("p/<slug:slug>/settings/people/", people.people, name="settings_people"),
    path("p/<slug:slug>/settings/tokens/", people.tokens, name="settings_tokens"),
    path("p/<slug:slug>/experts/", cases.cases, name="cases"),
    path("p/<slug:slug>/experts/<str:public_id>/", cases.case, name="case"),
    path("api/v1/", include("labelling.urls")),
    path("api/v1/", include("experts.urls")),
    re_path(r"^api/", unknown_address),
]
