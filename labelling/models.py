"""Index of the tables, so that Django finds them; each lives with its stage."""

from labelling.assignment.models import Batch, BatchReview, Label, Lease, RejectedLabel, Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Fit, FitRow, Resolution, StoppingDecision
from labelling.datasets.models import Recall, RowContent, Version, VersionRow
from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.jobs.models import Job
from labelling.projects.models import (
    Account,
    ApiToken,
    GuidelineVersion,
    Invitation,
    Member,
    PolicyVersion,
    Project,
    SchemaVersion,
    User,
)
from labelling.reliability.models import AgreementReading, Scorecard
from labelling.sampling.models import Gold, Item, SamplingRound

__all__ = [
    "Account", "AgreementReading", "ApiToken", "Batch", "BatchReview", "Entry", "Example", "Fit", "FitRow", "Gold",
    "GuidelineVersion", "Invitation", "Item", "Job", "Label", "Lease", "Member", "ModelVersion", "PolicyVersion",
    "Prediction", "Project", "Recall", "RejectedLabel", "Rejection", "Resolution", "RowContent", "SamplingRound",
    "SchemaVersion", "Scorecard", "StoppingDecision", "User", "Version", "VersionRow",
]  # fmt: skip
