"""What chance settles about an item once and for all: fixed by the project's seed and the example, not by the order."""

import hashlib
from datetime import datetime, timedelta

from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.sampling.models import Split


def fraction(seed: int, purpose: str, key: str) -> float:
    """A number in [0, 1) for each seed, purpose and key; the purposes are independent of one another."""
    digest = hashlib.sha256(f"{seed}\x00{purpose}\x00{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def is_yardstick(policy: PolicyVersion, seed: int, external_id: str) -> bool:
    return fraction(seed, "yardstick", external_id) < policy.yardstick_share


def is_audit(policy: PolicyVersion, seed: int, external_id: str) -> bool:
    return fraction(seed, "audit", external_id) < policy.audit_share


def split_of(policy: PolicyVersion, seed: int, external_id: str, group: str) -> Split:
    """Examples of one group share a split, or near copies would stand on both sides of a test."""
    at = fraction(seed, "split of group" if group else "split", group or external_id)
    if at < policy.test_share:
        return Split.TEST
    return Split.VALIDATION if at < policy.test_share + policy.validation_share else Split.TRAIN


def first_target(policy: PolicyVersion, *, yardstick: bool) -> int:
    """How many labels an item gets at first. A yardstick item is never stopped early."""
    return policy.maximum_labels if yardstick or policy.mode == Mode.FIXED else policy.initial_labels


def round_seed(seed: int, number: int) -> int:
    """The seed of a project's round of that number, where none was chosen."""
    return int(fraction(seed, "round", str(number)) * 2**53)


def born(project: Project, policy: PolicyVersion, created_at: datetime) -> float:
    """When an item came, in the policy's aging horizons since the project began: what its priority is lowered by."""
    return (created_at - project.created_at) / timedelta(days=policy.aging_days)
