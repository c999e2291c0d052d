"""Invariants 3 and 8: what was frozen still is what its hashes say, and stored payloads are what came in."""

from collections.abc import Iterator

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.datasets.integrity import check_segment, check_version
from labelling.datasets.models import Segment, Version
from labelling.ingest.models import Example
from labelling.ingest.queries import payload_hash


def segments_match_their_hashes(project_id: int | None) -> Iterator[Finding]:
    segments = within(Segment.objects.select_related("project"), "project_id", project_id)
    for segment in segments.order_by("project_id", "number"):
        for message in check_segment(segment):
            yield Finding("versions", str(segment), message.removeprefix(str(segment)).lstrip(": "))


def versions_match_their_hashes(project_id: int | None) -> Iterator[Finding]:
    versions = within(Version.objects.select_related("project"), "project_id", project_id)
    for version in versions.order_by("project_id", "number"):
        for message in check_version(version):
            yield Finding("versions", f"version {version}", message.removeprefix(str(version)).lstrip(": "))


def payloads_match_their_hashes(project_id: int | None) -> Iterator[Finding]:
    examples = within(Example.objects.order_by("id"), "project_id", project_id)
    rows = examples.values_list("external_id", "salt", "payload", "payload_hash", "erased_at", "project__slug")
    for external_id, salt, payload, stored, erased_at, slug in rows.iterator(CHUNK):
        row = f"example {external_id} of {slug}"
        if payload is None or salt is None:
            if erased_at is None:
                yield Finding("payloads", row, "has lost its payload or its salt, but was never erased")
        elif erased_at is not None:
            yield Finding("payloads", row, "was erased, but its payload is still there")
        elif payload_hash(bytes(salt), payload) != stored:
            yield Finding("payloads", row, "its payload or salt is not what came in: the hash differs")


CHECKS: tuple[Check, ...] = (segments_match_their_hashes, versions_match_their_hashes, payloads_match_their_hashes)
