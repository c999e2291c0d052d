"""The sample project: real stages, real decisions, and labellers that are simulated and say so.

Everything goes through the verbs that people and programs use; only the answers come from `crowd` and the clock runs
from two days ago to now.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from experts import actions as experts
from experts.models import Case
from experts.sample import crowd, model
from experts.sample.data import CLASSES, load_pairs
from labelling.assignment.actions import close_batches, lease_items
from labelling.assignment.models import Batch, Lease, Rejection
from labelling.ingest.actions import ingest
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.submit import abstain, submit
from labelling.pay.actions import pay_everybody
from labelling.pay.withholding import withhold
from labelling.projects.actions import add_member, create_project
from labelling.projects.models import Member, Project, Role, User
from labelling.reliability.appeals import raise_appeal
from labelling.sampling.actions import add_gold, sample
from labelling.sampling.models import Gold, Item
from labelling.tasks import housekeeping, run_waiting

SLUG = "neighbours"
SEED = 20
FIRST_BUDGET, SECOND_BUDGET, GOLD_ITEMS = 340, 90, 24
LEFT_FOR_PEOPLE = 8
SITTING = 10
LASTS, STEPS = timedelta(days=2), 2000
# Near the end the clock slows down: a step is at most such a part of what is left, so that no two are at one time.
OF_THE_REST = 200
GUIDELINE = """\
# Does the offer answer the request?

**Match** when the person who asked could take up this offer as it stands.

**No match** when something essential is missing or different: the kind of help, the place, the time, or who it is for.

- Wording does not matter: *look after my cat* and *pet sitting* are the same thing.
- A wider offer matches: *any garden work* answers *please mow my lawn*.
- A narrower one does not: *I only walk dogs* does not answer *look after my cat*.
- If neither text says enough to tell, press **X** and say why.
"""
POLICY: dict[str, Any] = {
    "mode": "adaptive", "initial_labels": 2, "minimum_labels": 2, "maximum_labels": 5, "gold_share": 0.08,
    "yardstick_share": 0.1, "audit_share": 0.03, "batch_size": 20, "fit_max_age": 200, "currency": "EUR",
    "price_label": 50_000, "price_expert": 500_000, "budget": 150_000_000, "test_share": 0.2, "validation_share": 0.1,
}  # fmt: skip


@dataclass
class Town:
    """The project, who is in it, what they are asked, and the clock."""

    project: Project
    owner: User
    now: datetime
    until: datetime
    step: timedelta
    pairs: dict[str, dict[str, Any]]
    labellers: list[tuple[crowd.SimulatedLabeller, Member]] = field(default_factory=list)

    def tick(self) -> datetime:
        self.now += min(self.step, (self.until - self.now) / OF_THE_REST)
        return self.now


def make_sample_project(
    *, owner: User, expert: User, labeller: User, now: datetime, say: Callable[[str], None]
) -> Project:
    """Make the whole sample project in one transaction, ending at `now`. The three users become its people."""
    with transaction.atomic():
        town = _found(owner, expert, labeller, now)
        say("simulated labellers are at work")
        _first_round(town)
        say("experts decide, a version is published, a bad batch is rejected")
        _experts_and_versions(town)
        _pay(town)
        _second_round(town)
        return town.project


def _found(owner: User, expert: User, labeller: User, now: datetime) -> Town:
    begins = now - LASTS
    definition = {
        "question": "Does the offer answer the request?",
        "input": {"kind": "text_pair", "fields": ["request", "offer"]},
        "choices": [{"name": CLASSES[0], "title": "Match"}, {"name": CLASSES[1], "title": "No match"}],
    }
    project = create_project(
        slug=SLUG, name="Neighbours: requests and offers (sample)", kind="single_choice", definition=definition,
        guideline=GUIDELINE, policy=POLICY, by=owner, seed=SEED, now=begins, is_sample=True,
    )  # fmt: skip
    pairs = {pair["id"]: pair for pair in load_pairs()}
    town = Town(project, owner, begins, now, LASTS / STEPS, pairs)
    add_member(project=project, user=expert, role=Role.EXPERT, name="sample expert", by=owner, now=begins)
    add_member(project=project, user=labeller, role=Role.LABELLER, name="sample labeller", by=owner, now=begins)
    town.labellers = [(one, _simulated(project, one, owner, begins)) for one in crowd.LABELLERS]
    return town


def _simulated(project: Project, one: crowd.SimulatedLabeller, owner: User, now: datetime) -> Member:
    user = User(username=one.name.replace(" ", "-"), first_name="simulated")
    user.set_unusable_password()
    user.save()
    return add_member(project=project, user=user, role=Role.LABELLER, name=one.name, by=owner, now=now)


def _first_round(town: Town) -> None:
    predictions = model.predict(list(town.pairs.values()), seed=SEED)
    ingest(
        project=town.project, lines=[msgspec.json.encode(line) for line in predictions], by=town.owner, now=town.tick()
    )
    sample(project=town.project, budget=FIRST_BUDGET, strategy="margin", by=town.owner, seed=SEED, now=town.tick())
    _hide_gold(town)
    _label_until_done(town, most_sittings=10_000)
    refit_project(project=town.project, now=town.tick())


def _hide_gold(town: Town) -> None:
    """Gold from the items that chance chose, so that it may calibrate; its answer is the file's truth."""
    drawn = Item.objects.filter(project=town.project, by_probability=True, is_yardstick=False).select_related("example")
    for item in drawn.order_by("id")[:GOLD_ITEMS]:
        truth = town.pairs[item.example.external_id]["truth"]
        add_gold(item=item, answer={"choice": truth}, origin=Gold.Origin.PROBABILITY, by=town.owner,
                 reason="Known from the data file.", now=town.now)  # fmt: skip


def _label_until_done(town: Town, *, most_sittings: int) -> int:
    """Simulated labellers take turns, ten items a sitting, until all of them find nothing; returns the sittings."""
    idle = sittings = 0
    for one, member in _turns(town):
        leases = lease_items(labeller=member, count=SITTING, now=town.now).leases
        for lease in leases:
            _answer(town, one, member, lease)
        idle = 0 if leases else idle + 1
        sittings += bool(leases)
        run_waiting(now=town.now)
        housekeeping(now=town.now)
        if idle >= len(town.labellers) or sittings >= most_sittings:
            break
    return sittings


def _turns(town: Town) -> Iterator[tuple[crowd.SimulatedLabeller, Member]]:
    while True:
        yield from town.labellers


def _answer(town: Town, one: crowd.SimulatedLabeller, member: Member, lease: Lease) -> None:
    given = crowd.answer(one, town.pairs[lease.item.example.external_id], seed=SEED)
    now = town.tick()
    if given.abstention:
        abstain(token=lease.token, labeller=member, reason=given.abstention, note="simulated", now=now,
                wall_seconds=given.seconds, active_seconds=given.seconds)  # fmt: skip
    else:
        submit(token=lease.token, labeller=member, answer={"choice": given.answer}, now=now,
               wall_seconds=given.seconds, active_seconds=given.seconds)  # fmt: skip


def _experts_and_versions(town: Town) -> None:
    _decide_cases(town, leave=LEFT_FOR_PEOPLE)
    publish(project=town.project, by=town.owner, message="First batch of neighbours", now=town.tick())
    batch = Batch.objects.filter(labeller__name="simulated random 1").order_by("number").first()
    if batch is not None:
        reason = "Simulated: this labeller answers at random, as their known answers show."
        reject(batch=batch, reason=reason, by=town.owner, now=town.tick())
        refit_project(project=town.project, now=town.tick())
    _label_until_done(town, most_sittings=40)
    _decide_cases(town, leave=LEFT_FOR_PEOPLE)
    publish(project=town.project, by=town.owner, message="Without a batch of random answers", now=town.tick())


def _decide_cases(town: Town, *, leave: int) -> None:
    experts.pull(project=town.project, now=town.tick(), limit=1000)
    waiting = Case.objects.filter(project=town.project, closed_at=None).select_related("item__example", "project")
    for case in list(waiting.order_by("id"))[: max(0, waiting.count() - leave)]:
        given = crowd.answer(crowd.EXPERT, town.pairs[case.item.example.external_id], seed=SEED)
        experts.decide(case=case, by=town.owner, kind="answer", answer={"choice": given.answer},
                       rationale="Simulated expert: read against the guideline.", now=town.tick())  # fmt: skip


def _pay(town: Town) -> None:
    """Everybody is paid but for the rejected batch, whose pay is withheld; its labeller appeals, and waits."""
    close_batches(now=town.tick())
    rejection = Rejection.objects.filter(project=town.project, batch__closed_at__isnull=False).first()
    if rejection is not None:
        held = withhold(
            rejection=rejection, evidence="Simulated: I read them; the answers have nothing to do with the texts.",
            notice="Simulated: your answers in this batch do not fit their texts. Tell us if you see it otherwise.",
            by=town.owner, now=town.tick(),
        )  # fmt: skip
        why = "Simulated: I may have been tired, but I did read them."
        raise_appeal(labeller=held.labeller, withholding=held, why=why, now=town.tick())
    now = town.tick()
    pay_everybody(project=town.project, up_to=now, reference="Simulated transfer", by=town.owner, now=now)


def _second_round(town: Town) -> None:
    """Work for people: a round chosen by disagreement between the model's passes, begun by the simulated labellers."""
    sample(project=town.project, budget=SECOND_BUDGET, strategy="bald", by=town.owner, seed=SEED + 1, now=town.tick())
    _label_until_done(town, most_sittings=6)
    experts.pull(project=town.project, now=town.tick())
    refit_project(project=town.project, now=town.tick())
