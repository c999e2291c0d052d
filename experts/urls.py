"""The addresses of cases, under /api/v1/ beside those of the stages."""

from typing import Any

from experts import api
from labelling.urls import ID, PROJECT, both

VIEWS: dict[str, Any] = {
    f"{PROJECT}/cases": api.CasesView,
    f"{PROJECT}/cases/pull": api.PullView,
    f"cases/{ID}": api.CaseView,
    f"cases/{ID}/model": api.ModelView,
    f"cases/{ID}/claim": api.ClaimView,
    f"cases/{ID}/release": api.ReleaseView,
    f"cases/{ID}/decide": api.DecideView,
}

urlpatterns = [pattern for route, view in VIEWS.items() for pattern in both(route, view)]
