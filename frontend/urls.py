from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from frontend.views import cases, create, home, items, label, labellers, overview, people, sampling, settings, versions
from labelling.api.problems import unknown_address

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", home.SignIn.as_view(), name="sign_in"),
    path("sign-out/", home.SignOut.as_view(), name="sign_out"),
    path("join/<str:secret>/", home.join, name="join"),
    path("projects/new/", create.create, name="create"),
    path("admin/", admin.site.urls),
    path("p/<slug:slug>/label/", label.label, name="label"),
    path("p/<slug:slug>/work/", label.work, name="work"),
    path("p/<slug:slug>/settings/", settings.settings, name="settings"),
    path("p/<slug:slug>/settings/policy/", settings.policy, name="settings_policy"),
    path("p/<slug:slug>/settings/people/", people.people, name="settings_people"),
    path("p/<slug:slug>/settings/tokens/", people.tokens, name="settings_tokens"),
    path("p/<slug:slug>/experts/", cases.cases, name="cases"),
    path("p/<slug:slug>/experts/<str:public_id>/", cases.case, name="case"),
    path("p/<slug:slug>/", overview.overview, name="overview"),
    path("p/<slug:slug>/items/", items.items, name="items"),
    path("p/<slug:slug>/items/<str:public_id>/", items.item, name="item"),
    path("p/<slug:slug>/labellers/", labellers.labellers, name="labellers"),
    path("p/<slug:slug>/labellers/reject/", labellers.reject, name="reject"),
    path("p/<slug:slug>/labellers/<str:public_id>/", labellers.labeller, name="labeller"),
    path("p/<slug:slug>/labellers/rejections/<str:public_id>/lift/", labellers.lift, name="lift"),
    path("p/<slug:slug>/sampling/", sampling.sampling, name="sampling"),
    path("p/<slug:slug>/versions/", versions.versions, name="versions"),
    path("p/<slug:slug>/versions/<int:number>/", versions.version, name="version"),
    path("p/<slug:slug>/versions/<int:before>/diff/<int:after>/", versions.diff_page, name="diff"),
    path("p/<slug:slug>/versions/<int:number>/rows/<path:key>/", versions.lineage, name="lineage"),
    path("api/v1/", include("labelling.urls")),
    path("api/v1/", include("experts.urls")),
    re_path(r"^api/", unknown_address),
]
