"""The experts' queue, and the story of one case."""

import math
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from experts.models import Case
from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import judging
from labelling.consensus import queries as consensus
from labelling.consensus.models import Authority, Resolution, StoppingDecision
from labelling.errors import NotFound
from labelling.ingest.models import Prediction
from labelling.projects.models import Project
from labelling.projects.queries import classes_of, in_words_of
from labelling.reliability.models import Scorecard
from labelling.sampling.models import Item, Purpose, State
from labelling.schemas import kind_of

CROWD = Q(closed_at=None, authority=Authority.CROWD)


def open_cases(*, project: Project) -> QuerySet[Case]:
    """Open cases, the most valuable first and of equal ones the oldest."""
    cases = Case.objects.filter(project=project, closed_at=None).select_related("item__example", "claimed_by")
    return cases.order_by("-value", "opened_at", "id")


def queue(*, project: Project, limit: int = 50) -> QuerySet[Case]:
    """The head of the queue."""
    return open_cases(project=project)[:limit]


def find_case(*, project: Project, public_id: str) -> Case:
    """Raises NotFound."""
    case = Case.objects.select_related("item__example", "project__schema").filter(project=project, public_id=public_id)
    if (found := case.first()) is None:
        raise NotFound(f"there is no case {public_id!r} in {project.slug}")
    return found


def contested_without_case(*, project: Project) -> QuerySet[Item]:
    """Contested items with no open case, each with `newest`: its newest posterior."""
    cases = Case.objects.filter(item=OuterRef("pk"), closed_at=None)
    items = Item.objects.filter(~Exists(cases), project=project, state=State.CONTESTED)
    return items.annotate(newest=_newest_posterior()).order_by("id")


def audits_without_case(*, project: Project) -> QuerySet[Item]:
    """Items drawn for the audit that stand resolved by the crowd and were never audited, with `newest`."""
    open_cases = Case.objects.filter(item=OuterRef("pk"), closed_at=None)
    audited = Case.objects.filter(item=OuterRef("pk"), reason=Case.Reason.AUDIT).exclude(outcome="dropped")
    crowd = Resolution.objects.filter(CROWD, item=OuterRef("pk"))
    items = Item.objects.filter(project=project, is_audit=True, state=State.RESOLVED, purpose=Purpose.WORK)
    items = items.filter(~Exists(open_cases), ~Exists(audited), Exists(crowd))
    return items.annotate(newest=_newest_posterior()).order_by("id")


def cases_to_drop(*, project: Project) -> QuerySet[Case]:
    """Open cases whose item is no longer contested, or, of an audit, no longer resolved by the crowd."""
    crowd = Resolution.objects.filter(CROWD, item=OuterRef("item"))
    audits = Q(reason=Case.Reason.AUDIT) & ~(Q(item__state=State.RESOLVED, item__purpose=Purpose.WORK) & Exists(crowd))
    contested = ~Q(reason=Case.Reason.AUDIT) & ~Q(item__state=State.CONTESTED)
    return Case.objects.filter(audits | contested, project=project, closed_at=None).order_by("id")


def entropy_bits(posterior: dict[str, int] | None) -> float:
    """How uncertain a posterior in millionths is, in bits: 0 certain, log2 of the number of classes at most."""
    shares = [share / canonical.MILLION for share in (posterior or {}).values() if share > 0]
    return max(0.0, -sum(share * math.log2(share) for share in shares))


def case_story(case: Case) -> dict[str, Any]:
    """What an expert sees. `votes`, `abstentions` and `posterior` are None while an audit waits for its answer.

    Labellers are letters in the order of their labels; nothing here tells who they are.
    """
    item, schema = case.item, case.project.schema
    assert schema is not None  # Every project has one from its creation.
    story: dict[str, Any] = {
        "id": case.public_id,
        "reason": case.reason,
        "blind": is_blind(case),
        "value": None if is_blind(case) else case.value,
        "opened_at": case.opened_at,
        "claimed_until": case.claimed_until,
        "outcome": case.outcome,
        "item": item.public_id,
        "external_id": item.example.external_id,
        "payload": None if item.example.payload is None else canonical.loads(item.example.payload),
        "schema": schema.definition,
        "votes": None,
        "abstentions": None,
        "posterior": None,
    }
    if not story["blind"]:
        story |= _votes(case)
        story["posterior"] = _newest_of(item)
    return story


def is_blind(case: Case) -> bool:
    """An audit is answered before the expert sees what the crowd said."""
    return case.reason == Case.Reason.AUDIT and case.closed_at is None


def model_view(case: Case) -> list[dict[str, Any]]:
    """What each model said of the item and what weighed in that, newest first: shown on request, never before a blind
    answer."""
    if is_blind(case):
        return []
    predictions = Prediction.objects.filter(example=case.item.example_id).select_related("model_version", "schema")
    return [
        {
            "model": str(prediction.model_version),
            "received_at": prediction.received_at,
            "probabilities": _probabilities(prediction),
            "answer": canonical.loads(prediction.answer) if prediction.answer else None,
            "explanation": prediction.explanation,
        }
        for prediction in predictions.order_by("-received_at", "-id")
    ]


def _probabilities(prediction: Prediction) -> dict[str, float] | None:
    if prediction.probabilities is None:
        return None
    values = np.frombuffer(bytes(prediction.probabilities), dtype=np.float32)
    return {name: round(float(p), 6) for name, p in zip(classes_of(prediction.schema), values, strict=True)}


def together(case: Case) -> dict[str, Any] | None:
    """What the answers that count say put together, as when the item was last judged. None where answers have no parts,
    where fewer than two count, and before a blind answer."""
    schema = case.project.schema_in_force
    if is_blind(case) or not kind_of(schema.kind).merging or len(given := consensus.given(case.item)) < 2:
        return None
    newest = StoppingDecision.objects.filter(item=case.item, pass_number=case.item.pass_number)
    judged = newest.select_related("fit").order_by("-id").first()
    fit = judged.fit if judged else None
    rows = consensus.confusion_rows(fit, [labeller for labeller, _ in given])
    answer: dict[str, Any] = canonical.loads(judging.say(given, schema, fit, rows).answer)
    return answer


def _votes(case: Case) -> dict[str, Any]:
    labels = list(Label.objects.counted().filter(item=case.item).order_by("id"))
    cards = Scorecard.objects.in_bulk([label.labeller_id for label in labels])
    read = in_words_of(case.project.schema_in_force)
    votes, abstentions = [], []
    for number, label in enumerate(labels):
        who = {"labeller": letter(number), "reliability": _reliability(cards.get(label.labeller_id))}
        if label.abstention:
            abstentions.append({**who, "reason": label.abstention, "note": label.note})
        else:
            votes.append({**who, "answer": canonical.loads(read(label.answer)), "note": label.note})
    return {"votes": votes, "abstentions": abstentions}


def letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    rest, last = divmod(number, 26)
    return (letter(rest - 1) if rest else "") + chr(ord("A") + last)


def _reliability(card: Scorecard | None) -> dict[str, Any] | None:
    if card is None:
        return None
    fields = ("n_labels", "agreement", "agreement_low", "agreement_high", "quality", "gold_given", "gold_right")
    return {field: getattr(card, field) for field in fields}


def _newest_of(item: Item) -> dict[str, int] | None:
    decisions = StoppingDecision.objects.filter(item=item, pass_number=item.pass_number)
    return decisions.order_by("-id").values_list("posterior", flat=True).first()


def _newest_posterior() -> Subquery:
    decisions = StoppingDecision.objects.filter(item=OuterRef("pk"), pass_number=OuterRef("pass_number"))
    return Subquery(decisions.order_by("-id").values("posterior")[:1])
