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
    return Resolution.objects.create(
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
        item.split = SPLITS[number % len(SPLITS)]
        item.save(update_fields=["split"])
        for labeller in crowd:
            label(item, labeller, ANSWERS[number % 2])
        approve(item, ANSWERS[number % 2])
    return project, items, crowd


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
