"""An item's story in words: everything that happened to it, in order, for people who may see all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from experts.models import Case
from frontend import decisions
from frontend.answers import said as in_words
from labelling import canonical
from labelling.assignment.models import Abstention, Label
from labelling.audit.models import Entry
from labelling.consensus import queries
from labelling.consensus.models import Authority, Resolution, StoppingDecision
from labelling.datasets.tracing import versions_with
from labelling.ingest.models import Prediction
from labelling.ingest.queries import unpack
from labelling.projects.models import Project
from labelling.projects.queries import classes_of, shown_fields
from labelling.sampling.models import Gold, Item
from labelling.schemas import kind_of
from labelling.schemas.candidates import number_of

CLOSED = {
    "labels_lost": "labels it rested on were rejected",
    "send_back": "an expert asked for more labels",
    "requeue": "an owner asked for more labels",
    "made_gold": "the item was made gold",
}
ACTS = {
    "item.held": "Put on hold: kept out of versions",
    "item.unheld": "No longer on hold",
    "item.requeued": "Sent back for more labels by an owner",
    "item.sent_back": "Sent back for more labels by an expert",
    "item.taken_back": "The request for more labels was taken back",
    "item.prioritised": "Its place in the order of work was changed",
    "gold.disputed": "Its known answer was disputed: it is given to nobody meanwhile",
    "gold.upheld": "The known answer was upheld",
    "gold.corrected": "The known answer was wrong and was corrected; records were put right",
    "gold.retired": "Its known answer was retired: it is given to nobody any more",
    "gold.left_out": "Drawn to be gold, and left out since nobody could answer it",
}
# What one request does has one time: what leads to what, when times are equal. Of a kind, the older row comes first.
ORDER = (
    "came", "said", "sampled", "gold", "label", "lost", "decision", "case", "ruling", "act", "resolution", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One thing that happened. key: it settled something; badges: [(text, good|warn|bad|"")]; fit, policy: what a
    decision rests on; label: the id of one that stands."""

    at: datetime
    kind: str
    text: str
    detail: str = ""
    key: bool = False
    labeller: str = ""
    badges: list[tuple[str, str]] = field(default_factory=list)
    version: int = 0
    who: str = ""
    fit: str = ""
    policy: int = 0
    label: str = ""


def events(item: Item, story: dict[str, Any]) -> list[Event]:
    """Everything, the oldest first. story: of `consensus.queries.story`. A constant number of statements."""
    found = [Event(item.example.received_at, "came", f"Came in from {item.example.get_source_display().lower()}.")]
    weights = decisions.weights(item.project, story["labels"], story["decisions"])
    found += [_label(item, label, weights.get(label.pk, "")) for label in story["labels"]]
    found += [_decision(decision, item) for decision in story["decisions"]]
    found += (event for one in story["resolutions"] for event in _resolution(one, item.project))
    found += (_gold(gold, item.project) for gold in story["golds"])
    found += [_sampled(item), *_cases(item), *_acts(item), *_versions(item)]
    return sorted(found, key=lambda event: (event.at, ORDER.index(event.kind)))


def payload_fields(project: Project, text: str | None) -> list[tuple[str, str]]:
    """A payload (JSON text) field by field, first those that the question shows; nothing, if it was erased."""
    if not text:
        return []
    payload = canonical.loads(text)
    fields = payload if isinstance(payload, dict) else {"payload": payload}
    shown = shown_fields(project.schema_in_force)
    order = [name for name in shown if name in fields] + [name for name in fields if name not in shown]
    return [(name, _in_words(fields[name])) for name in order]


def _in_words(value: Any) -> str:
    """As text; of a picture that is sent in itself, the beginning."""
    text = value if isinstance(value, str) else canonical.payload_text(value)
    return re.sub(r"(data:image/[a-z+]{1,20}[;,][^\"\s]{40})[^\"\s]*", r"\1…", text)


def predictions(item: Item) -> list[dict[str, Any]]:
    """What models said: [{"model", "at", "shares": [(class, probability)]}], the newest first."""
    rows = Prediction.objects.filter(example=item.example_id).select_related("model_version", "schema").order_by("-id")
    return [{"model": row.model_version, "at": row.received_at, "shares": _shares(row)} for row in rows]


def _shares(row: Prediction) -> list[tuple[str, float]]:
    if row.probabilities is None:
        return []
    names = classes_of(row.schema)
    return list(zip(names, unpack(row.probabilities, len(names)).reshape(-1).tolist(), strict=True))


def _sampled(item: Item) -> Event:
    if item.round is None:
        return Event(item.created_at, "sampled", "Added by hand, in no round.")
    said = f"Sampled in round {item.round.number} "
    if item.by_probability:
        said += f"by chance, with an inclusion probability of {item.inclusion_probability or 0:.3f}."
    elif item.round.strategy == "uniform":
        said += "by chance."
    else:
        said += f"by {item.round.strategy}: the model was unsure enough to be sure of a place."
    marks = [name for name, on in (("yardstick", item.is_yardstick), ("audit", item.is_audit)) if on]
    if item.is_yardstick:
        said += " It is in the yardstick: it gets the most labels, so that agreement is measured fairly."
    if item.is_audit:
        said += " It is drawn to audit the crowd."
    return Event(item.created_at, "sampled", said, badges=[(mark, "") for mark in marks])


def _label(item: Item, label: Label, weight: str) -> Event:
    if label.abstention:
        said = f"could not decide: {Abstention(label.abstention).label}"
    else:
        said = f"answered “{in_words(label.answer, item.project)}”"
    if label.active_seconds is not None:
        said += f" in {label.active_seconds:.1f} s"
    badges = [("Withdrawn", "warn")] if label.withdrawn_at else []
    for covering in label.rejected_in.all():
        lifted = covering.lifted_at is not None
        badges.append(("Rejected, lifted since", "") if lifted else ("Rejected", "bad"))
    detail = f"Batch {label.batch.number}, guideline {label.guideline.number}, pass {label.pass_number}."
    if weight:
        detail = f"{detail} {weight}"
    if shown := queries.shown_order(item, label):
        detail = f"Shown in the order {', '.join(map(number_of, shown))}. {detail}"
    if label.note:
        detail = f"“{label.note}” {detail}"
    return Event(
        label.at, "label", said, detail, labeller=label.labeller.public_id, badges=badges, who=label.labeller.name,
        label="" if label.withdrawn_at else label.public_id,
    )  # fmt: skip


def _decision(decision: StoppingDecision, item: Item) -> Event:
    parts = kind_of(item.project.schema_in_force.kind).merging is not None
    return Event(
        decision.at, "decision", decisions.said(decision, item, parts=parts), key=decision.verdict == "contest",
        fit=decisions.basis(decision), policy=decision.policy.number,
    )  # fmt: skip


def _resolution(resolution: Resolution, project: Project) -> Iterator[Event]:
    who = {
        Authority.CROWD: "the labellers together", Authority.ENGINEER: "an engineer", Authority.EXPERT: "an expert",
        Authority.GOLD: "gold",
    }[Authority(resolution.authority)]  # fmt: skip
    name = f" ({resolution.by.username})" if resolution.by else ""
    if resolution.answer:
        said = f"Resolved as “{in_words(resolution.answer, project)}” by {who}{name}."
    else:
        said = f"Discarded by {who}{name}: {resolution.discard_reason}"
    yield Event(resolution.at, "resolution", said, resolution.reason, key=True)
    if resolution.closed_at:
        why = CLOSED.get(resolution.closed_because, resolution.closed_because.replace("_", " "))
        # Labels that were lost end an answer before it is decided what the item needs; else the next answer does.
        kind = "lost" if resolution.closed_because == "labels_lost" else "resolution"
        yield Event(resolution.closed_at, kind, f"The answer by {who} no longer stands: {why or 'it was replaced'}.")


def _gold(gold: Gold, project: Project) -> Event:
    said = f"Known answer “{in_words(gold.answer, project)}”, {gold.get_origin_display()}."
    return Event(gold.created_at, "gold", said, gold.reason, key=True)


def _cases(item: Item) -> Iterator[Event]:
    for case in Case.objects.filter(item=item).prefetch_related("decisions__by").order_by("id"):
        yield Event(case.opened_at, "case", f"Opened as a case for experts: {case.get_reason_display()}.")
        for decision in case.decisions.all():
            said = {"answer": f"decided “{in_words(decision.answer, item.project)}”", "discard": "discarded it"}.get(
                decision.kind, "sent it back for more labels"
            )
            yield Event(
                decision.at, "ruling", f"An expert ({decision.by.username}) {said}.", decision.rationale, key=True
            )


def _acts(item: Item) -> Iterator[Event]:
    rows = Entry.objects.filter(subject_kind="item", subject_id=item.public_id, project_id=item.project_id)
    for entry in rows.filter(action__in=ACTS).select_related("by").order_by("id"):
        who = f" ({entry.by.username})" if entry.by else ""
        said = f"{ACTS[entry.action]}{who}{_figures(entry)}."
        yield Event(entry.at, "act", said, str(entry.detail.get("reason", "")))


def _figures(entry: Entry) -> str:
    if entry.action in {"item.requeued", "item.sent_back"}:
        return ": afresh, in a new pass" if entry.detail["afresh"] else f": {entry.detail['n_more']} more"
    return f": {entry.detail['boost']:+g}" if entry.action == "item.prioritised" else ""


def _versions(item: Item) -> Iterator[Event]:
    for version, split in versions_with(item):
        yield Event(version.created_at, "version", f"version {version.number}, {split}", version=version.number)
