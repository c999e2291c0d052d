"""Past crowd labels through the real stages: ingest, sampling, leases, labels, experts, versions, rejection, recall."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import transaction

from experts.actions import decide, pull
from experts.models import Case
from experts.replay.files import Past
from labelling.assignment.actions import lease_item
from labelling.assignment.models import Label
from labelling.consensus.models import Authority, Resolution
from labelling.datasets.diff import diff
from labelling.datasets.models import Recall, Version
from labelling.ingest.actions import ingest
from labelling.loop.crowd import finish
from labelling.loop.publish import ChecksFailed, publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import ALL as EVERY_LABEL
from labelling.loop.reject import reject
from labelling.loop.submit import submit
from labelling.projects.actions import add_member, create_project
from labelling.projects.models import Member, Project, Role, User
from labelling.reliability.models import Scorecard
from labelling.reliability.queries import ALL, YARDSTICK, newest_agreement
from labelling.sampling.actions import sample
from labelling.sampling.models import Item, Purpose, State
from labelling.tasks import run_waiting

BEGINS = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
JOBS_EVERY = 50
KEPT_APART = {"id", "slice", "group", "metadata", "source"}


@dataclass
class Clock:
    """A replay's own time: a second a step, so that the same files give the same times."""

    now: datetime = BEGINS

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Replay:
    """What a replay works with. `say`: where progress goes."""

    project: Project
    past: Past
    owner: User
    clock: Clock
    say: Callable[[str], None]


def replay(past: Past, *, slug: str, policy: str, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run everything and return the report, ready for JSON.

    Raises ValueError for a policy that isn't known and for what can't be taken in; then nothing is written.
    """
    clock = Clock()
    with transaction.atomic():
        owner = _user(slug, "owner")
        project = _project(past, slug, policy, seed, owner, clock)
        run = Replay(project, past, owner, clock, say)
        _take_in(run, seed)
        members = _members(run)
    taken = _label(run, members)
    _settle(run)
    report = {"project": slug, "policy": policy, "seed": seed, **_measure(run, taken)}
    first = _publish(run, "All labels in")
    rejected = _reject_worst(run)
    _settle(run)
    second = _publish(run, "Without the least reliable worker")
    return report | _versions(first, second, rejected)


def settings_of(policy: str, past: Past) -> dict[str, Any]:
    """Policy values for `fixed-N` (at most as many as any item has labels), `adaptive` or `adaptive@C`."""
    common = {"gold_share": 0.0, "audit_share": 0.0}
    if policy == "adaptive":
        return common | {"mode": "adaptive"}
    if policy.startswith("adaptive@"):
        return common | _steered(policy)
    mode, _, count = policy.partition("-")
    if mode != "fixed" or not count.isdecimal() or not 1 <= int(count) <= 1000:
        raise ValueError(
            f"--policy: {policy!r} is not known; use adaptive, or fixed-N such as fixed-10, or adaptive@C such as "
            "adaptive@2.5 for a cost of 2.5 labels an item"
        )
    per_item: dict[str, int] = {}
    for given in past.labels:
        per_item[given.item] = per_item.get(given.item, 0) + 1
    most = min(int(count), max(per_item.values()))
    return common | {"mode": "fixed", "initial_labels": most, "minimum_labels": 1, "maximum_labels": most}


def _steered(policy: str) -> dict[str, Any]:
    """A wanted cost of an item, as `manage.py simulate` plays it, without yardstick items."""
    try:
        cost = float(policy.removeprefix("adaptive@"))
    except ValueError:
        raise ValueError(f"--policy: {policy!r} needs a number of labels, as in adaptive@2.5") from None
    return {
        "mode": "adaptive", "cost_per_item": cost, "initial_labels": 1, "minimum_labels": 1, "maximum_labels": 9,
        "yardstick_share": 0.0, "fit_max_age": 2 * JOBS_EVERY,
    }  # fmt: skip


def _project(past: Past, slug: str, policy: str, seed: int, owner: User, clock: Clock) -> Project:
    fields = _fields(past)
    definition = {
        "question": "Which label fits?",
        "input": {"kind": "text_pair" if len(fields) == 2 else "text", "fields": fields},
        "choices": [{"name": name} for name in past.classes],
    }
    key = blake2b(f"salt of replay {seed}".encode(), digest_size=32).digest()
    return create_project(
        slug=slug, name=f"Replay of {len(past.labels)} labels", kind="single_choice", definition=definition,
        guideline="Past labels, replayed.", policy=settings_of(policy, past) | _alike(fields), by=owner, seed=seed,
        salt_key=key, now=clock.tick(),
    )  # fmt: skip


def _alike(fields: list[str]) -> dict[str, Any]:
    """Ids say nothing about what is like what."""
    return {"near_threshold": None} if fields == ["item"] else {}


def _fields(past: Past) -> list[str]:
    """The payload's text fields that every item has: two are a pair; otherwise the first is shown, or the id."""
    payloads = list(past.payloads.values())
    if not payloads:
        return ["item"]
    names = [name for name in payloads[0] if name not in KEPT_APART]
    shared = [name for name in names if all(isinstance(payload.get(name), str) for payload in payloads)]
    return shared[:2] if len(shared) == 2 else shared[:1] or ["item"]


def _user(slug: str, name: str) -> User:
    user, made = User.objects.get_or_create(username=f"{slug}.{name}"[:150])
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _take_in(run: Replay, seed: int) -> None:
    fields = _fields(run.past)
    lines = []
    for item in run.past.sorted_items:
        row = run.past.payloads.get(item, {})
        line = {name: row[name] for name in ("slice", "group", "metadata") if name in row}
        payload = {name: value for name, value in row.items() if name not in KEPT_APART}
        if "item" in fields:
            payload["item"] = item
        prediction = {key: value for key, value in run.past.predictions.get(item, {}).items() if key != "payload"}
        lines.append(msgspec.json.encode(prediction | line | {"id": item, "payload": payload, "source": "imported"}))
    report = ingest(project=run.project, lines=lines, by=run.owner, now=run.clock.tick())
    if report.n_errors:
        first = report.errors[0]
        item = run.past.sorted_items[first["line"] - 1]
        raise ValueError(f"{_place(run.past, item, first['field'])}, {first['field']}: {first['message']}")
    strategy = "margin" if run.past.predictions else "uniform"
    sample(project=run.project, budget=len(lines), strategy=strategy, by=run.owner, seed=seed, now=run.clock.tick())
    run.say(f"{report.created} items taken in and sampled by {strategy}")


def _place(past: Past, item: str, field: str) -> str:
    """The file and the line that say this field of an item, or the item alone where no file does."""
    from_prediction = field.partition(".")[0] in past.predictions.get(item, {})
    places = past.prediction_at if from_prediction else past.payload_at
    return places.get(item, f"item {item!r}")


def _members(run: Replay) -> dict[str, Member]:
    return {
        worker: add_member(project=run.project, user=_user(run.project.slug, worker), role=Role.LABELLER, name=worker,
                           by=run.owner, now=run.clock.now)
        for worker in sorted({given.worker for given in run.past.labels})
    }  # fmt: skip


def _label(run: Replay, members: dict[str, Member]) -> int:
    """Lease each item to the workers who really labelled it, in order; returns how many labels were taken."""
    items = {item.example.external_id: item for item in run.project.items.select_related("example")}
    taken = 0
    for number, given in enumerate(run.past.labels, start=1):
        now = run.clock.tick()
        lease = lease_item(labeller=members[given.worker], item=items[given.item], now=now)
        if lease is not None:
            submit(token=lease.token, labeller=members[given.worker], answer={"choice": given.label}, now=now,
                   wall_seconds=given.seconds, active_seconds=given.seconds)  # fmt: skip
            taken += 1
        if number % JOBS_EVERY == 0:
            run_waiting(now=now)
        if number % 1000 == 0:
            run.say(f"{number} of {len(run.past.labels)} labels offered, {taken} taken")
    return taken


def _settle(run: Replay) -> None:
    """No more labels come: fit once more, settle what is open, and let the truth answer what is contested."""
    refit_project(project=run.project, now=run.clock.tick())
    open_items = Item.objects.filter(project=run.project, state=State.OPEN, purpose=Purpose.WORK)
    finish(items=open_items.order_by("id"), by=run.owner, now=run.clock.tick())
    while pull(project=run.project, now=run.clock.tick()):
        pass
    cases = Case.objects.filter(project=run.project, closed_at=None).select_related("item__example", "project")
    for case in cases.order_by("id"):
        truth = run.past.truth.get(case.item.example.external_id)
        if truth is not None:
            decide(case=case, by=run.owner, kind="answer", answer={"choice": truth},
                   rationale="The truth file answers in the expert's place.", now=run.clock.tick())  # fmt: skip


def _measure(run: Replay, taken: int) -> dict[str, Any]:
    standing = Resolution.objects.filter(item__project=run.project, closed_at=None).exclude(answer="")
    right: dict[bool, list[bool]] = {True: [], False: []}
    for key, answer, authority in standing.values_list("item__example__external_id", "answer", "authority"):
        if key in run.past.truth:
            by_crowd = authority == Authority.CROWD
            right[by_crowd].append(msgspec.json.decode(answer)["choice"] == run.past.truth[key])
    n_items = run.project.items.count()
    return {
        "items": n_items,
        "labels": taken,
        "labels_per_item": taken / n_items,
        "escalated": Case.objects.filter(project=run.project).count(),
        "unresolved": n_items - standing.count(),
        "accuracy": _share(right[True] + right[False]),
        "accuracy_crowd": _share(right[True]),
        "alpha": _alpha(run.project),
    }


def _share(right: list[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def _alpha(project: Project) -> dict[str, Any] | None:
    """Under adaptive stopping only the yardstick items are unbiased; under a fixed policy all items are."""
    policy = project.policy
    assert policy is not None
    scope = ALL if policy.mode == "fixed" else YARDSTICK
    reading = newest_agreement(project, scope=scope)
    if reading is None:
        return None
    return {"value": reading.alpha, "low": reading.low, "high": reading.high, "scope": scope, "items": reading.n_items,
            "labels": reading.n_labels}  # fmt: skip


def _reject_worst(run: Replay) -> Member:
    """Reject the labeller of whom least can be said: the lowest upper limit of agreement."""
    card = (
        Scorecard.objects.filter(labeller__project=run.project, agreement_high__isnull=False)
        .order_by("agreement_high", "labeller__name").select_related("labeller").first()
    )  # fmt: skip
    if card is None:
        raise ValueError("no labeller can be compared with another: no item has two labels")
    reject(labeller=card.labeller, reason="The least reliable worker of this replay.", by=run.owner,
           now=run.clock.tick(), at_once=EVERY_LABEL)  # fmt: skip
    return card.labeller


def _publish(run: Replay, message: str) -> Version:
    """Past data is published as it is: where a check fails, the version carries that it was overridden."""
    now = run.clock.tick()
    try:
        return publish(project=run.project, by=run.owner, message=message, now=now)
    except ChecksFailed as failed:
        run.say(str(failed))
        reason = "A replay publishes past data as it is."
        return publish(project=run.project, by=run.owner, message=message, now=now, override_reason=reason)


def _versions(first: Version, second: Version, rejected: Member) -> dict[str, Any]:
    recall = Recall.objects.filter(version=first, withdrawn_at=None).first()
    return {
        "rejected": {
            "worker": rejected.name,
            "labels": Label.objects.filter(labeller=rejected, withdrawn_at=None).count(),
        },
        "recalls": [] if recall is None else [{"version": first.number, "rows": recall.n_rows}],
        "versions": [
            {"number": version.number, "rows": version.n_rows, "hash": version.data_id} for version in (first, second)
        ],
        "diff": diff(before=first, after=second).counts,
    }
