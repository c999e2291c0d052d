"""A project of a million resolved items, written in SQL, and a change of some of them."""

from typing import Any

from django.db import connection

from labelling.assignment.models import Batch, Label
from labelling.consensus.models import Authority, Resolution, StoppingDecision
from labelling.ingest.models import Example
from labelling.sampling.models import Item, SamplingRound
from tests.bench.world import insert
from tests.factories import NOW, make_labellers, make_project

WORDS = 14
LABELS = 3
LABELLERS = 50


def published_world(n_items: int) -> Any:
    """A project whose items have three labels each, of fifty labellers, and the crowd's answer; nothing published."""
    project = make_project(gold_share=0, yardstick_share=0)
    crowd = make_labellers(project, LABELLERS)
    batch = Batch.objects.create(labeller=crowd[0], number=1, size=1000, price=1, opened_at=NOW)
    around = SamplingRound.objects.create(
        project=project, number=1, strategy="margin", budget=n_items, probability_share=0.2, seed=1,
        n_candidates=n_items, n_selected=n_items, created_at=NOW,
    )  # fmt: skip
    text = " || ' ' || ".join(f"substr(md5(n || '-{word}'), 1, {3 + word % 5})" for word in range(WORDS))
    payload = f"""'{{"offer":"' || {text} || '","request":"A cat sitter for ' || n % 30 || ' days"}}'"""
    salt = "decode(md5('salt' || n), 'hex')"
    insert(Example, {
        "project": str(project.pk), "external_id": "'item-' || lpad(n::text, 8, '0')", "payload": payload,
        "salt": salt, "received_at": "now()", "slice": "'slice-' || n % 7", "payload_hash": "repeat('0', 64)",
    }, f"generate_series(1, {n_items}) n ORDER BY md5(n::text)")  # fmt: skip
    insert(Item, {
        "public_id": _id("item"), "project": str(project.pk), "example": "id", "target": str(LABELS),
        "n_done": str(LABELS), "state": "'resolved'", "round": str(around.pk), "inclusion_probability": "0.5",
        "split": "CASE WHEN id % 10 = 0 THEN 'test' WHEN id % 10 = 1 THEN 'validation' ELSE 'train' END",
        "created_at": "now()", "state_at": "now()",
    }, "labelling_example ORDER BY id")  # fmt: skip
    insert(StoppingDecision, {
        "item": "id", "pass_number": "1", "n_labels": str(LABELS), "verdict": "'stop'", "confidence": "0.97",
        "posterior": "'{}'", "policy": str(project.policy_id), "at": "now()",
    }, "labelling_item ORDER BY id")  # fmt: skip
    insert(Resolution, {
        "public_id": _id("resolution"), "item": "item_id", "pass_number": "1", "authority": str(Authority.CROWD.value),
        "answer": _answer("item_id"), "confidence": "0.9 + (item_id % 1000) / 10000.0", "decision": "id",
        "posterior": "jsonb_build_object('match', 900000 + item_id % 1000, 'no match', 100000 - item_id % 1000)",
        "at": "now()",
    }, "labelling_stoppingdecision ORDER BY id")  # fmt: skip
    for turn in range(LABELS):
        insert(Label, {
            "public_id": _id(f"label {turn}"), "project": str(project.pk), "lease": f"id * {LABELS} + {turn}",
            "item": "id", "labeller": f"{crowd[0].pk} + (id * 7 + {turn * 11}) % {LABELLERS}", "pass_number": "1",
            "token": f"md5('token {turn}' || id)", "answer": _answer("id"), "batch": str(batch.pk),
            "schema": str(project.schema_id), "guideline": str(project.guideline_id),
            "policy": str(project.policy_id), "at": "now()",
        }, "labelling_item ORDER BY id")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return project


def relabel(project: Any, share: float) -> int:
    """An expert says otherwise of that share of the items, spread evenly, all of train; returns of how many."""
    step = round(1 / share)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labelling_resolution SET closed_at = now(), closed_because = 'ruling' WHERE item_id %% %s = 3"
            " AND closed_at IS NULL AND item_id IN (SELECT id FROM labelling_item WHERE project_id = %s)",
            [step, project.pk],
        )
        n = cursor.rowcount
        cursor.execute(
            "INSERT INTO labelling_resolution (public_id, item_id, pass_number, authority, answer, discard_reason,"
            " reason, at, closed_because) SELECT substr(md5('again' || id), 1, 16), item_id, 1, %s,"
            " '{\"choice\":\"no match\"}', '', 'looked at again', now(), '' FROM labelling_resolution"
            " WHERE item_id %% %s = 3 AND closed_because = 'ruling'",
            [Authority.EXPERT.value, step],
        )
    return n


def _id(what: str) -> str:
    return f"substr(md5('{what}' || id), 1, 16)"


def _answer(of: str) -> str:
    return f"""CASE WHEN {of} % 3 = 0 THEN '{{"choice":"match"}}' ELSE '{{"choice":"no match"}}' END"""
