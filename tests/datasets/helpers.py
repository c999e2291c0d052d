"""Approved items and versions, made by the shortest honest way: labels and resolutions written as rows."""

from datetime import timedelta

from labelling import canonical
from labelling.assignment.models import Batch, Label, Lease, LeaseState, RejectedLabel, Rejection, Scope
from labelling.consensus.models import Authority, Resolution
from labelling.ids import new_token
from labelling.ingest.models import Example
from labelling.loop.publish import publish
from labelling.sampling.models import Item, State
from tests.factories import NOW, make_items, make_labellers, make_project, make_user

ANSWERS = ("match", "no match")
SPLITS = ("train", "train", "train", "validation", "test")


def approve(item, choice, *, authority=Authority.CROWD, reason="", now=NOW):
    """Close the item's standing resolution, if there is one, and write another."""
    Resolution.objects.filter(item=item, closed_at=None).update(closed_at=now, closed_because="decided again")
    Item.objects.filter(pk=item.pk).update(state=State.RESOLVED, state_at=now)
    made = _resolution(item, choice, authority=authority, reason=reason, now=now)
    made.save()
    return made


def _resolution(item, choice, *, authority=Authority.CROWD, reason="", now=NOW):
    return Resolution(
        item=item, pass_number=item.pass_number, authority=authority, answer=canonical.dumps({"choice": choice}),
        reason=reason, confidence=0.9, posterior={choice: 900_000}, at=now,
    )  # fmt: skip


def reopen(item, because, *, now=NOW):
    Resolution.objects.filter(item=item, closed_at=None).update(closed_at=now, closed_because=because)
    Item.objects.filter(pk=item.pk).update(state=State.OPEN, state_at=now)


def label(item, labeller, choice, *, now=NOW):
    batch, _ = Batch.objects.get_or_create(
        labeller=labeller, number=1, defaults={"size": 1000, "price": 1, "opened_at": now}
    )
    lease = Lease.objects.create(
        labeller=labeller, item=item, pass_number=item.pass_number, state=LeaseState.DONE, leased_at=now, expires_at=now
    )
    project = item.project
    n_done = item.labels.count() + 1
    Item.objects.filter(pk=item.pk).update(n_done=n_done, target=max(item.target, n_done))
    return Label.objects.create(
        project=project, lease=lease, item=item, labeller=labeller, pass_number=item.pass_number, token=new_token(),
        answer=canonical.dumps({"choice": choice}), batch=batch, schema=project.schema, guideline=project.guideline,
        policy=project.policy, at=now,
    )  # fmt: skip


def reject(labeller, *, reason="answers at random", now=NOW):
    """The rejection of all of a labeller's labels; what it reopens is left to the loop."""
    labels = Label.objects.filter(labeller=labeller)
    rejection = Rejection.objects.create(
        project=labeller.project, scope=Scope.LABELLER, labeller=labeller, reason=reason, by=make_user(), at=now,
        n_labels=labels.count(), covered_at=now,
    )  # fmt: skip
    RejectedLabel.objects.bulk_create(RejectedLabel(rejection=rejection, label=given) for given in labels)
    return rejection


def labelled_project(n=10, *, slug="matching", labellers=2):
    """A project whose n items each have `labellers` labels and the crowd's answer; splits and answers take turns."""
    project = make_project(slug=slug)
    crowd = make_labellers(project, labellers)
    items = make_items(project, n)
    for number, item in enumerate(items):
        item.split, item.state = SPLITS[number % len(SPLITS)], State.RESOLVED
        item.n_done, item.target = labellers, max(item.target, labellers)
    Item.objects.bulk_update(items, ["split", "state", "n_done", "target"])
    _label_all(project, items, crowd)
    Resolution.objects.bulk_create([
        _resolution(item, ANSWERS[number % 2]) for number, item in enumerate(items)
    ])  # fmt: skip
    return project, items, crowd


def _label_all(project, items, crowd):
    """A label of each labeller for each item, as `label` gives one."""
    given = [(item, labeller) for item in items for labeller in crowd]
    batches = {
        labeller.pk: Batch.objects.create(labeller=labeller, number=1, size=1000, price=1, opened_at=NOW)
        for labeller in crowd
    }
    leases = Lease.objects.bulk_create([
        Lease(labeller=labeller, item=item, pass_number=item.pass_number, state=LeaseState.DONE, leased_at=NOW,
              expires_at=NOW)
        for item, labeller in given
    ])  # fmt: skip
    answers = {item.pk: canonical.dumps({"choice": ANSWERS[number % 2]}) for number, item in enumerate(items)}
    Label.objects.bulk_create([
        Label(project=project, lease=lease, item=item, labeller=labeller, pass_number=item.pass_number,
              token=new_token(), answer=answers[item.pk], batch=batches[labeller.pk], schema=project.schema,
              guideline=project.guideline, policy=project.policy, at=NOW)
        for lease, (item, labeller) in zip(leases, given, strict=True)
    ])  # fmt: skip


def add_item(project, *, number, text, choice="match", split="train", group="", request=None):
    """One approved item whose offer is `text`."""
    [item] = make_items(project, 1, first=number, split=split)
    payload = canonical.payload_text({"request": "A cat sitter" if request is None else request, "offer": text})
    Example.objects.filter(pk=item.example_id).update(payload=payload, group=group)
    approve(item, choice)
    return item


def publish_now(project, *, minutes=0, **fields):
    arguments = {"by": make_user(), "message": "", "now": NOW + timedelta(minutes=minutes), **fields}
    return publish(project=project, **arguments)
