"""Index of the tables, so that Django finds them; each lives with its stage."""

from labelling.assignment.models import (
    Batch,
    BatchReview,
    Desk,
    Draft,
    Label,
    Lease,
    Portion,
    RejectedLabel,
    Rejection,
)
from labelling.audit.models import Entry
from labelling.consensus.models import (
    AuditedAnswer,
    Calibration,
    Fit,
    FitRow,
    FitStep,
    Forecast,
    Resolution,
    Simulation,
    StoppingDecision,
)
from labelling.datasets.models import Recall, RowContent, Version, VersionRow
from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.jobs.models import Job
from labelling.pay.models import PaidPart, Payment, WithheldBatch, WithheldLabel, Withholding
from labelling.projects.models import (
    Account,
    ApiToken,
    GuidelineVersion,
    Invitation,
    Member,
    PolicyVersion,
    Project,
    SchemaVersion,
    Skill,
    User,
)
from labelling.reliability.models import AgreementMatrix, AgreementReading, Appeal, Flag, GoldDispute, Scorecard
from labelling.sampling.models import Gold, Item, Part, Queue, SamplingRound
from labelling.visits.models import Entrance, Stretch, Visit, Worker

__all__ = [
    "Account", "AgreementMatrix", "AgreementReading", "ApiToken", "Appeal", "AuditedAnswer", "Batch", "BatchReview",
    "Calibration", "Desk", "Draft", "Entrance", "Entry", "Example", "Fit", "FitRow", "FitStep", "Flag", "Forecast",
    "Gold", "GoldDispute", "GuidelineVersion", "Invitation", "Item", "Job", "Label", "Lease", "Member", "ModelVersion",
    "PaidPart", "Part", "Payment", "PolicyVersion", "Portion", "Prediction", "Project", "Queue", "Recall",
    "RejectedLabel", "Rejection", "Resolution", "RowContent", "SamplingRound", "SchemaVersion", "Scorecard",
    "Simulation", "Skill", "StoppingDecision", "Stretch", "User", "Version", "VersionRow", "Visit", "WithheldBatch",
    "WithheldLabel", "Withholding", "Worker",
]  # fmt: skip
