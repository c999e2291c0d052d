"""Every address of the API, under /api/v1/. Each works with and without a slash at its end."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularAPIView

from labelling.api import (
    agreement,
    appeals,
    assignment,
    bulk,
    calibration,
    datasets,
    downloads,
    drafts,
    flags,
    gold,
    ingest,
    items,
    jobs,
    members,
    pay,
    progress,
    projects,
    rejections,
    reliability,
    sampling,
    simulations,
    skills,
)

PROJECT = "projects/<quorum_project:project>"
VERSION = f"{PROJECT}/versions/<quorum_n:n>"
ID = "<quorum_id:public_id>"
TOKEN = "leases/<quorum_token:token>"  # noqa: S105 - an address, not a secret

VIEWS: dict[str, Any] = {
    # First, since addresses are compared one after the other and these are asked for all day.
    f"{PROJECT}/leases": assignment.LeasesView,
    f"{TOKEN}/label": assignment.LabelView,
    "projects": projects.ProjectsView,
    PROJECT: projects.ProjectView,
    f"{PROJECT}/schema": projects.SchemasView,
    f"{PROJECT}/guidelines": projects.GuidelinesView,
    f"{PROJECT}/policy": projects.PoliciesView,
    f"{PROJECT}/pause": projects.PauseView,
    f"{PROJECT}/resume": projects.ResumeView,
    f"{PROJECT}/progress": progress.ProgressView,
    f"{PROJECT}/members": members.MembersView,
    f"members/{ID}/suspend": members.SuspendView,
    f"members/{ID}/resume": members.ResumeMemberView,
    f"members/{ID}/skills": skills.SkillsView,
    f"members/{ID}/skills/<quorum_tag:tag>": skills.SkillView,
    f"members/{ID}/qualification": skills.QualificationView,
    f"members/{ID}/qualify": skills.QualifyView,
    f"members/{ID}/unqualify": skills.UnqualifyView,
    f"{PROJECT}/invitations": members.InvitationsView,
    f"{PROJECT}/tokens": members.TokensView,
    f"tokens/{ID}": members.TokenView,
    f"{PROJECT}/predictions": ingest.PredictionsView,
    f"{PROJECT}/rounds": sampling.RoundsView,
    f"rounds/{ID}": sampling.RoundView,
    f"{TOKEN}/abstain": assignment.AbstainView,
    f"{TOKEN}/skip": assignment.SkipView,
    f"{TOKEN}/release": assignment.ReleaseView,
    f"{TOKEN}/heartbeat": assignment.HeartbeatView,
    f"{PROJECT}/undo": assignment.UndoView,
    f"{PROJECT}/me": assignment.MeView,
    f"{PROJECT}/drafts": drafts.DraftsView,
    "drafts/<quorum_token:token>/put-away": drafts.PutAwayView,
    f"{PROJECT}/items": items.ItemsView,
    f"{PROJECT}/items/act": bulk.ActView,
    f"{PROJECT}/requeue": bulk.RequeueManyView,
    f"items/{ID}": items.ItemView,
    f"items/{ID}/correct": items.CorrectView,
    f"items/{ID}/discard": items.DiscardView,
    f"items/{ID}/hold": items.HoldView,
    f"items/{ID}/unhold": items.UnholdView,
    f"items/{ID}/requeue": items.RequeueView,
    f"items/{ID}/take-back": items.TakeBackView,
    f"items/{ID}/prioritise": items.PrioritiseView,
    f"{PROJECT}/labellers": reliability.LabellersView,
    f"labellers/{ID}": reliability.LabellerView,
    f"{PROJECT}/simulations": simulations.SimulationsView,
    f"simulations/{ID}": simulations.SimulationView,
    f"{PROJECT}/flags": flags.FlagsView,
    f"flags/{ID}/settle": flags.SettleFlagView,
    f"{PROJECT}/batches": reliability.BatchesView,
    f"batches/{ID}/accept": reliability.AcceptView,
    f"{PROJECT}/rejections": rejections.RejectionsView,
    f"rejections/{ID}": rejections.RejectionView,
    f"rejections/{ID}/lift": rejections.LiftView,
    f"rejections/{ID}/go-on": rejections.GoOnView,
    f"{PROJECT}/agreement": agreement.AgreementView,
    f"{PROJECT}/calibration": calibration.CalibrationView,
    f"{PROJECT}/gold": gold.GoldsView,
    f"{PROJECT}/disputes": gold.DisputesView,
    f"items/{ID}/gold": gold.MakeGoldView,
    f"items/{ID}/dispute": gold.DisputeItemView,
    f"rounds/{ID}/gold": gold.DrawGoldView,
    f"disputes/{ID}/close": gold.CloseDisputeView,
    f"{TOKEN}/dispute": gold.DisputeTrainingView,
    f"{PROJECT}/pay": pay.PayView,
    f"{PROJECT}/pay/lines": pay.LinesView,
    f"{PROJECT}/payments": pay.PaymentsView,
    f"payments/{ID}/correct": pay.CorrectPaymentView,
    f"{PROJECT}/withholdings": appeals.WithholdingsView,
    f"withholdings/{ID}/confirm": appeals.ConfirmView,
    f"withholdings/{ID}/lift": appeals.LiftWithholdingView,
    f"{PROJECT}/appeals": appeals.AppealsView,
    f"appeals/{ID}/answer": appeals.AnswerAppealView,
    f"{PROJECT}/me/pay": pay.OwnPayView,
    f"{PROJECT}/me/withholdings": appeals.OwnWithholdingsView,
    f"{PROJECT}/me/appeals": appeals.OwnAppealsView,
    f"{PROJECT}/versions": datasets.VersionsView,
    VERSION: datasets.VersionView,
    f"{VERSION}/data": downloads.DataView,
    f"{VERSION}/files/<path:name>": downloads.FileView,
    f"{VERSION}/manifest": datasets.ManifestView,
    f"{VERSION}/diff": datasets.DiffView,
    f"{VERSION}/rows/<path:key>/lineage": datasets.LineageView,
    f"jobs/{ID}": jobs.JobView,
}


def both(route: str, view: Any) -> list[URLPattern]:
    return [path(route, view.as_view()), path(f"{route}/", view.as_view())]


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="openapi"),
    *(pattern for route, view in VIEWS.items() for pattern in both(route, view)),
]
