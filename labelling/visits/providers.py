"""Marketplaces whose addresses are known, so that an owner need not look them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """The names of its parameters, the address that takes the code back, and what it is told to put into the link."""

    name: str
    worker: str
    assignment: str = ""
    session: str = ""
    return_url: str = ""
    placeholder: str = ""


PROVIDERS = (
    Provider(
        "Prolific", "PROLIFIC_PID", "STUDY_ID", "SESSION_ID",
        "https://app.prolific.com/submissions/complete?cc={code}", "{{%{name}%}}",
    ),
    Provider("Mechanical Turk", "workerId", "assignmentId", placeholder="${name}"),
    Provider("Toloka", "worker_id", "assignment_id", placeholder="${name}"),
)  # fmt: skip
BY_NAME = {provider.name: provider for provider in PROVIDERS}
