"""Drawing rounds of items, and making items whose answer is known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Max

from labelling import canonical
from labelling.audit import actions as audit
from labelling.errors import Conflict
from labelling.ingest.models import ModelVersion
from labelling.ingest.queries import newest_model
from labelling.projects import checks
from labelling.projects.models import PolicyVersion, Project, SchemaVersion, User
from labelling.sampling import chance, inheriting, queries
from labelling.sampling.models import Gold, Item, Purpose, SamplingRound, Split, State
from labelling.sampling.places import Place, places_of
from labelling.sampling.queries import Candidate, Candidates, candidates_of, candidates_without_model, unsampled
from labelling.schemas import SchemaError, kind_of
from labelling.stats.selection import Selection, Strategy, select

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
BATCH = 5_000
MAX_BUDGET = 2_000_000_000


class NothingToSample(Conflict):
    """No example is left that the round could choose; ingest more, or ask for another model or strategy."""


class SampledMeanwhile(Conflict):
    """Another round took some of the same examples at the same time; sample again."""


class AlreadyLabelled(Conflict):
    """The item has labels or leases already, so its answer can't be hidden gold any more."""


def sample(
    *,
    project: Project,
    budget: int,
    strategy: str = "margin",
    by: User | None,
    seed: int | None,
    now: datetime,
    probability_share: float = 0.2,
    model_version: ModelVersion | None = None,
    threshold: float | None = None,
    needs: Mapping[str, int] | None = None,
    ignore_own_needs: bool = False,
) -> SamplingRound:
    """A round of up to `budget` new items, chosen by the strategy and, for `probability_share` of them, by chance.

    Candidates are the examples that are no item yet, and of which the model version (by default the newest) said
    probabilities. For uniform without a model version, and where there is no model at all, they are all examples.
    seed: derived from the project's and the round's number if None. threshold: the policy's, if None.
    needs: {tag: least level} of the skills that every item asks of its labellers; an example's metadata may ask for
    more under the key "needs", unless `ignore_own_needs`.
    Raises Invalid for a bad argument or an example's bad needs, TooManyQueues, NothingToSample, SampledMeanwhile.
    """
    needed = checks.check_needs(needs)
    _check(project, budget, strategy, probability_share, model_version, threshold)
    policy = PolicyVersion.objects.filter(project=project).latest("number")
    model = model_version or (None if strategy == "uniform" else newest_model(project))
    used = _strategy(strategy if model else "uniform")
    cut = (policy.threshold if threshold is None else threshold) if used == "margin" else None
    found = _candidates(project, model, used, cut)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        number = 1 + (SamplingRound.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0)
        drawn_with = chance.round_seed(project.seed, number) if seed is None else checks.check_seed(seed)
        chosen = _choose(found, budget, used, drawn_with, probability_share)
        made = SamplingRound.objects.create(
            project=project, number=number, strategy=used, budget=budget, probability_share=probability_share,
            threshold=cut, seed=drawn_with, model_version=model, n_candidates=len(found.examples),
            n_selected=len(chosen.index), needs=needed, created_at=now, created_by=by,
        )  # fmt: skip
        chosen_ids = [found.examples[at].pk for at in chosen.index]
        places = places_of(made, chosen_ids, needs=needed, ignore_own_needs=ignore_own_needs)
        _insert_items(made, policy, found, chosen, places)
        audit.record(
            "round.sampled", made, by=by, now=now, project_id=project.pk,
            number=number, strategy=used, asked=strategy, n_selected=made.n_selected, needs=needed,
        )  # fmt: skip
    return made


@transaction.atomic
def add_gold(
    *,
    item: Item,
    answer: dict[str, Any],
    origin: str,
    by: User | None,
    reason: str,
    now: datetime,
    purpose: str = Purpose.GOLD,
) -> Gold:
    """Store the item's known answer; the item becomes gold (or training, which tells the labeller at once).

    Only an item that nobody was given yet. On a gold item the answer before is closed; the same answer changes
    nothing. Raises Invalid, AlreadyLabelled.
    """
    text = _check_gold(item, answer, origin, purpose)
    reason = checks.check_text(reason, field="reason", most=2000, empty=True)
    untouched = Item.objects.filter(pk=item.pk, state=State.OPEN, n_active=0, n_done=0, leases=None)
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.purpose == Purpose.WORK and not untouched.filter(purpose=Purpose.WORK).update(purpose=purpose):
        raise AlreadyLabelled("the item was given to labellers or resolved already; choose another one as gold")
    item.refresh_from_db(fields=["purpose"])
    before = Gold.objects.filter(item=item, closed_at=None).first()
    if before is not None and before.answer == text:
        return before
    Gold.objects.filter(item=item, closed_at=None).update(closed_at=now)
    gold = Gold.objects.create(item=item, answer=text, reason=reason, origin=origin, created_at=now, created_by=by)
    audit.record("gold.added", item, by=by, now=now, project_id=item.project_id, answer=text, origin=origin)
    return gold


def _check(
    project: Project,
    budget: int,
    strategy: str,
    share: float,
    model_version: ModelVersion | None,
    threshold: float | None,
) -> None:
    faults = []
    if isinstance(budget, bool) or not isinstance(budget, int) or not 1 <= budget <= MAX_BUDGET:
        faults.append(("budget", f"must be a whole number from 1 to {MAX_BUDGET:,}"))
    if strategy not in STRATEGIES:
        faults.append(("strategy", f"must be one of {', '.join(STRATEGIES)}, not {strategy!r}"))
    if not 0 <= share <= 1:
        faults.append(("probability_share", "must lie between 0 and 1"))
    if threshold is not None and not 0 < threshold < 1:
        faults.append(("threshold", "must lie between 0 and 1"))
    if model_version is not None and model_version.project_id != project.pk:
        faults.append(("model_version", f"is not one of {project.slug}"))
    checks.refuse(faults)


def _strategy(name: str) -> Strategy:
    return next(strategy for strategy in STRATEGIES if strategy == name)


def _candidates(
    project: Project, model: ModelVersion | None, strategy: Strategy, threshold: float | None
) -> Candidates:
    if model is None:
        found = candidates_without_model(project)
    else:
        found = candidates_of(project=project, model_version=model, strategy=strategy, threshold=threshold)
    if found.examples:
        return found
    if found.without_passes:
        raise checks.invalid(
            "strategy", f"bald needs stochastic passes, and {model} gave none: ingest them or use margin"
        )
    if model is not None and unsampled(project).exists():
        raise NothingToSample(
            f"every example with a prediction of {model} is an item already; the others have none: "
            "ingest predictions of them, or sample them with the strategy uniform"
        )
    raise NothingToSample("there is no example that is not an item already; ingest more first")


def _choose(found: Candidates, budget: int, strategy: Strategy, seed: int, share: float) -> Selection:
    ids = [example.external_id for example in found.examples]
    return select(found.p, budget, strategy, seed, ids, None, share, scores=found.scores)


def _insert_items(
    made: SamplingRound, policy: PolicyVersion, found: Candidates, chosen: Selection, places: dict[int, Place]
) -> None:
    """In canonical order, by the UTF-8 bytes of the external id, so that the same round makes the same sequence."""
    value = np.clip(found.scores / found.most, 0.0, 1.0)
    drawn = [
        (found.examples[at], float(value[at]), float(probability), bool(by_probability))
        for at, probability, by_probability in zip(
            chosen.index, chosen.inclusion_probability, chosen.by_probability, strict=True
        )
    ]
    drawn.sort(key=lambda one: one[0].external_id.encode())
    like = inheriting.Round(made.project, policy, [one[0] for one in drawn])
    splits = like.splits()
    items = [_item(made, policy, places[one[0].pk], at.split, *one) for one, at in zip(drawn, splits, strict=True)]
    try:
        with transaction.atomic():
            Item.objects.bulk_create(items, BATCH)
            like.keep(items, splits)
    except IntegrityError as error:
        raise SampledMeanwhile("another round took some of the same examples just now; sample again") from error
    # The candidates were read before the project was locked.
    if made.items.filter(example__erased_at__isnull=False).exists():
        raise SampledMeanwhile("the content of some of the examples was erased just now; sample again")


def _item(
    made: SamplingRound,
    policy: PolicyVersion,
    place: Place,
    split: Split,
    example: Candidate,
    value: float,
    probability: float,
    by_chance: bool,
) -> Item:
    seed = made.project.seed
    yardstick = chance.is_yardstick(policy, seed, example.external_id)
    return Item(
        project_id=made.project_id,
        example_id=example.pk,
        round=made,
        part_id=place.part,
        queue_id=place.queue,
        inclusion_probability=probability,
        by_probability=by_chance,
        is_yardstick=yardstick,
        is_audit=chance.is_audit(policy, seed, example.external_id),
        split=split,
        target=chance.first_target(policy, yardstick=yardstick),
        value=value,
        born=chance.born(made.project, policy, made.created_at),
        created_at=made.created_at,
        state_at=made.created_at,
    )


def _check_gold(item: Item, answer: dict[str, Any], origin: str, purpose: str) -> str:
    """The answer as canonical JSON."""
    if origin not in Gold.Origin.values:
        raise checks.invalid("origin", f"must be one of {', '.join(Gold.Origin.values)}")
    if purpose not in (Purpose.GOLD, Purpose.TRAINING):
        raise checks.invalid("purpose", "must be gold or training")
    return check_known_answer(item, answer)


def check_known_answer(item: Item, answer: Any) -> str:
    """The answer as canonical JSON, if the label schema in force allows it. Raises Invalid."""
    schema = SchemaVersion.objects.filter(project=item.project_id).latest("number")
    kind = kind_of(schema.kind)
    try:
        return canonical.dumps(kind.check_answer(schema.definition, answer, queries.payload_for(kind, item.pk)))
    except SchemaError as error:
        raise checks.invalid("answer", str(error).removeprefix("answer: ")) from error
