"""A job over many items while labellers label them, an owner rules some, and a second worker runs the same job."""

from collections import Counter

import pytest

from labelling.assignment.actions import lease_items
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.jobs.models import Job
from labelling.loop import bulk
from labelling.loop.resolve import decide
from labelling.loop.submit import submit
from labelling.projects.models import Member
from labelling.sampling.models import Item
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.crowd import give_all, later
from tests.loop.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)

N, N_RULED = 30, 10


def label(labeller: Member) -> None:
    for second in range(20):
        for lease in lease_items(labeller=labeller, count=2, now=later(100 + second)).leases:
            submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=later(100 + second))


def rule(items: list[Item]) -> None:
    for item in items:
        decide(item=item, answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=later(110))


def test_every_item_is_changed_once_and_judged_as_it_was_then(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 4)
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=9)
    items, labellers = make_items(project, N), make_labellers(project, 4)
    for item in items:
        give_all(labellers[:2], item, "match", "match")
    chosen, act = bulk.Chosen(project), bulk.Act("more", n_more=2, reason="unsure")
    job = bulk.start(chosen=chosen, act=act, by=make_user("olga"), now=later(90), at_once=0).job
    asked = Job.objects.get(pk=job.pk).arguments
    errors = at_once(
        lambda: bulk.bulk_job(now=later(100), **asked), lambda: bulk.bulk_job(now=later(101), **asked),
        lambda: rule(items[-N_RULED:]), lambda: label(labellers[2]), lambda: label(labellers[3]),
    )  # fmt: skip
    assert not errors
    done = Job.objects.get(pk=job.pk)
    changed = Counter(Entry.objects.filter(action="item.requeued").values_list("subject_id", flat=True))
    assert set(changed.values()) == {1}
    assert (done.done, done.arguments["changed"]) == (N, len(changed))
    assert done.arguments["changed"] + done.arguments["left_alone"] == N
    for item in Item.objects.order_by("pk")[: N - N_RULED]:
        assert item.public_id in changed
        assert item.target >= 4
    ruled = Item.objects.order_by("-pk")[:N_RULED]
    assert {item.state for item in ruled} == {"resolved"}
