"""An answer is taken: what it changes is read in one statement, judged in Python, and written in another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from labelling.assignment.models import Label
from labelling.consensus.judging import Assessment, Effect
from labelling.consensus.models import Authority, Fit, StoppingDecision
from labelling.ids import new_id
from labelling.projects import keys, rules
from labelling.projects.models import ApiToken, Member, PolicyVersion, Project, SchemaVersion
from labelling.sampling.models import Item, Purpose
from labelling.statements import Row, Together, columns, fetch


@dataclass(frozen=True)
class Held:
    """A lease with all that its answer touches, locked until the transaction ends.

    batch: the labeller's oldest one with room, None where none has. fit: the project's newest one under the schema in
    force, only its id. project: with its ids alone.
    """

    lease_id: int
    lease_state: str
    lease_pass: int
    labeller_id: int
    suspended: bool
    item: Item
    project: Project
    guideline_id: int
    batch: int | None
    batch_size: int
    batch_labels: int
    fit_id: int | None

    @property
    def labeller(self) -> Member:
        """With its id and project alone."""
        return Member(pk=self.labeller_id, project_id=self.project.pk)

    @property
    def policy(self) -> PolicyVersion:
        assert self.project.policy_id is not None
        return rules.policy(self.project.public_id, self.project.policy_id)

    @property
    def schema(self) -> SchemaVersion:
        assert self.project.schema_id is not None
        return rules.schema(self.project.public_id, self.project.schema_id)


ITEM = columns(
    Item, "id", "public_id", "project_id", "example_id", "purpose", "is_yardstick", "is_audit", "state",
    "pass_number", "target", "n_active", "n_done", "n_abstained", "n_exposed", "value", "state_at", "is_open",
)  # fmt: skip
PROJECT = columns(Project, "id", "public_id", "policy_id", "schema_id")
FIT = columns(Fit, "id", "temperature", "isotonic", "guessing", "damping", "price", "prior", "pooled", "worth", "kinds")

# The rows are locked in the order in which they are named last: labeller, lease, item, as everywhere.
HELD = f"""
SELECT l.id, l.state, l.pass_number, m.id, m.suspended_at IS NOT NULL, p.guideline_id, b.id, b.size, b.n_labels,
    (SELECT f.id FROM labelling_fit f WHERE f.project_id = p.id AND f.schema_id = p.schema_id
     ORDER BY f.number DESC LIMIT 1),
    {", ".join(f"p.{column}" for column in PROJECT)}, {", ".join(f"i.{column}" for column in ITEM)}
FROM labelling_lease l JOIN labelling_member m ON m.id = l.labeller_id JOIN labelling_item i ON i.id = l.item_id
    JOIN labelling_project p ON p.id = m.project_id
    LEFT JOIN labelling_batch b ON b.id = (
        SELECT o.id FROM labelling_batch o WHERE o.labeller_id = l.labeller_id AND o.full_at IS NULL
        ORDER BY o.number LIMIT 1)
WHERE l.token = %(token)s
"""
LOCK = "FOR NO KEY UPDATE OF m, l, i"


def hold(
    *, token: str, labeller_id: int | None, user_id: int | None, key: ApiToken | None, now: datetime
) -> Held | None:
    """Find and lock the lease of a token, of one labeller or of whichever of a user's; None: there is none, or the
    key stands no more or is for another project."""
    values: dict[str, Any] = {"token": token}
    whose = ""
    if labeller_id is not None:
        whose, values["labeller"] = "AND m.id = %(labeller)s", labeller_id
    if user_id is not None:
        whose, values["user"] = f"{whose} AND m.user_id = %(user)s", user_id
    if key is not None:
        whose = f"{whose} AND {keys.STANDS}"
        values |= {"key": key.pk, "secret_hash": key.secret_hash, "now": now}
    rows = fetch(f"{HELD} {whose} {LOCK if connection.vendor == 'postgresql' else ''}", values)
    held = _held(rows[0]) if rows else None
    of_key = key.project_id if key else None
    return held if held is not None and of_key in (None, held.project.pk) else None


def _held(row: Row) -> Held:
    (lease, state, pass_number, labeller, suspended, guideline, batch, size, n_labels, fit), rest = row[:10], row[10:]
    return Held(
        lease_id=lease, lease_state=state, lease_pass=pass_number, labeller_id=labeller, suspended=bool(suspended),
        item=Item.from_db("default", ITEM, rest[len(PROJECT) :]), guideline_id=guideline, batch=batch,
        project=Project.from_db("default", PROJECT, rest[: len(PROJECT)]), batch_size=size or 0,
        batch_labels=n_labels or 0, fit_id=fit,
    )  # fmt: skip


# The age of the fit in labels: ids tell at once that it is young, else labels are counted, to the limit and no further.
EVIDENCE = f"""
SELECT {", ".join(f"f.{column}" for column in FIT)},
    CASE WHEN (SELECT n.id FROM labelling_label n WHERE n.project_id = %(project)s ORDER BY n.id DESC LIMIT 1)
            - (SELECT up_to FROM labelling_fit WHERE id = %(fit)s) <= %(half)s THEN 0
        ELSE (SELECT COUNT(*) FROM (
            SELECT 1 FROM labelling_label n WHERE n.project_id = %(project)s
                AND n.id > COALESCE((SELECT up_to FROM labelling_fit WHERE id = %(fit)s), 0)
            ORDER BY n.id LIMIT %(limit)s) newer) END,
    (SELECT o.confusion FROM labelling_fitrow o WHERE o.fit_id = %(fit)s AND o.labeller_id = %(labeller)s),
    l.labeller_id, l.answer, r.confusion
FROM (SELECT 1) one LEFT JOIN labelling_fit f ON f.id = %(fit)s
    LEFT JOIN labelling_label l ON l.item_id = %(item)s AND l.pass_number = %(pass)s AND l.withdrawn_at IS NULL
        AND l.abstention = '' AND NOT EXISTS (
            SELECT 1 FROM labelling_rejectedlabel c WHERE c.label_id = l.id AND c.lifted_at IS NULL)
    LEFT JOIN labelling_fitrow r ON r.fit_id = f.id AND r.labeller_id = l.labeller_id
"""


@dataclass(frozen=True)
class Evidence:
    """What an item is judged by: the answers that count so far, and the fit with its age in labels.

    given: (labeller id, canonical answer). confusions: {labeller id: FitRow.confusion}, the next labeller's included.
    """

    given: list[tuple[int, str]]
    confusions: dict[int, bytes | memoryview]
    fit: Fit | None
    age: int


def evidence(held: Held) -> Evidence:
    """Read after the item is locked, so that no answer is missed."""
    limit = held.policy.fit_max_age
    values = {
        "project": held.project.pk, "fit": held.fit_id, "labeller": held.labeller_id, "item": held.item.pk,
        "pass": held.item.pass_number, "half": limit // 2, "limit": limit + 1,
    }  # fmt: skip
    rows = fetch(EVIDENCE, values)
    first = rows[0]
    given = [(labeller, answer) for *_, labeller, answer, _ in rows if labeller is not None]
    known = [(labeller, confusion) for *_, labeller, _, confusion in rows] + [(held.labeller_id, first[len(FIT) + 1])]
    fit = None if first[0] is None else Fit.from_db("default", FIT, first[: len(FIT)])
    confusions = {labeller: confusion for labeller, confusion in known if confusion is not None}
    return Evidence(given=given, confusions=confusions, fit=fit, age=first[len(FIT)])


COLUMNS = (
    "public_id", "project_id", "lease_id", "item_id", "labeller_id", "pass_number", "token", "answer", "abstention",
    "note", "batch_id", "schema_id", "guideline_id", "policy_id", "at", "wall_seconds", "active_seconds",
)  # fmt: skip
LABEL = f"""
INSERT INTO labelling_label ({", ".join(COLUMNS)}) VALUES ({", ".join(f"%({column})s" for column in COLUMNS)})
"""
LEASE = "UPDATE labelling_lease SET state = 'done', pass_number = %(pass_number)s WHERE id = %(lease_id)s"
# The batch as it is now, which may be fuller than when it was read.
BATCH = """
UPDATE labelling_batch SET n_labels = n_labels + 1, full_at = CASE WHEN n_labels + 1 >= size THEN %(at)s END
WHERE id = %(batch_id)s AND full_at IS NULL
"""
DECISION = """
INSERT INTO labelling_stoppingdecision (item_id, pass_number, after_label_id, n_labels, verdict, confidence, posterior,
    information, price, fit_id, policy_id, at)
VALUES (%(item_id)s, %(pass_number)s, {{label}}, %(n_labels)s, %(verdict)s, %(confidence)s, {json}, %(information)s,
    %(price)s, %(fit_id)s, %(policy_id)s, %(at)s)
"""
RESOLUTION = """
INSERT INTO labelling_resolution (public_id, item_id, pass_number, authority, answer, discard_reason, reason,
    confidence, posterior, decision_id, at, closed_because)
VALUES (%(resolution_id)s, %(item_id)s, %(pass_number)s, %(crowd)s, %(settled)s, '', '', %(confidence)s, {json},
    {{decision}}, %(at)s, '')
"""


@dataclass(frozen=True)
class Judged:
    """A decision about an item after a label: what it says, what follows, and the row to write of it."""

    assessment: Assessment
    effect: Effect
    decision: StoppingDecision


def write(
    *, held: Held, given: Mapping[str, Any], token: str, counters: Mapping[str, Any], judged: Judged | None,
    now: datetime,
) -> Label | None:  # fmt: skip
    """Store an answer, end its lease, count it, and write what was decided of its item; None: the batch was closed.

    given: the label's own columns. counters: columns of the item as they are after the label.
    """
    item, project = held.item, held.project
    # A run of a gold item may have ended while its lease was out.
    pass_number = item.pass_number if item.purpose == Purpose.GOLD else held.lease_pass
    own = {
        "project_id": project.pk, "lease_id": held.lease_id, "item_id": item.pk, "labeller_id": held.labeller_id,
        "pass_number": pass_number, "token": token, "batch_id": held.batch, "schema_id": project.schema_id,
        "guideline_id": held.guideline_id, "policy_id": project.policy_id, "public_id": new_id(), "at": now, **given,
    }  # fmt: skip
    writes = Together()
    writes.add("batch", BATCH, own)
    writes.add("label", LABEL, own)
    writes.add("lease", LEASE, own)
    if judged is not None:
        _add_decision(writes, judged)
    changed = dict(counters) | (judged.effect.item if judged else {})
    writes.add("item", ITEM_CHANGES, own | _changes(item, changed))
    ids = writes.run()
    if ids["batch"] is None:
        return None
    label = Label(pk=ids["label"], **own)
    label._state.adding, label._state.db = False, "default"
    return label


def _add_decision(writes: Together, judged: Judged) -> None:
    json = "CAST(%(posterior)s AS jsonb)" if connection.vendor == "postgresql" else "%(posterior)s"
    decision = judged.decision
    values = {
        "n_labels": decision.n_labels, "verdict": decision.verdict, "confidence": decision.confidence,
        "information": decision.information, "price": decision.price, "fit_id": decision.fit_id,
        "posterior": orjson.dumps(decision.posterior).decode(),
    }  # fmt: skip
    writes.add("decision", DECISION.format(json=json), values)
    if judged.effect.settles:
        values = {"resolution_id": new_id(), "crowd": int(Authority.CROWD), "settled": judged.assessment.answer}
        writes.add("resolution", RESOLUTION.format(json=json), values)


# All that a label can change, always: what the statement is must not differ by what an item is, or it would be
# planned anew for the rare ones, and take longer.
CHANGING = (
    "state", "state_at", "pass_number", "target", "n_active", "n_done", "n_abstained", "n_exposed", "value",
)  # fmt: skip
ITEM_CHANGES = f"""
UPDATE labelling_item SET {", ".join(f"{column} = %(new_{column})s" for column in CHANGING)} WHERE id = %(item_id)s
"""


def _changes(item: Item, changed: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{column}": changed.get(column, getattr(item, column)) for column in CHANGING}
