"""An erasure beside others: beside another of the same segment, a publication, an export, an answer."""

import pytest

from labelling.assignment import actions as assignment
from labelling.assignment.errors import ItemErased
from labelling.assignment.models import Draft
from labelling.datasets.models import Erasure, SegmentContent
from labelling.datasets.reading import rows_of
from labelling.exports import actions as exports
from labelling.exports.models import Export
from labelling.loop.erasing.erase import erase
from labelling.loop.submit import submit
from labelling.sampling.models import Item
from labelling.tasks import run_waiting
from tests.datasets.helpers import labelled_project, publish_now
from tests.datasets.test_races import at_once
from tests.erasing.test_erase import faults
from tests.factories import NOW, make_labeller

pytestmark = pytest.mark.django_db(transaction=True)


def erase_key(project, key):
    return erase(project=project, keys=[key], reason="asked for", by=None, now=NOW)


def kept(version):
    """The keys of the rows that still have content."""
    return [key for batch in rows_of(version).batches() for key in batch.column("key").to_pylist()]


def test_two_erasures_of_one_segment_at_once_lose_neither():
    project, _, _ = labelled_project(6)
    version = publish_now(project)
    done = at_once(*[lambda key=key: erase_key(project, key) for key in ("item-0001", "item-0002", "item-0003")])
    assert [len(one.erasures) for one in done] == [1, 1, 1]
    run_waiting(now=NOW)
    assert kept(version) == ["item-0004", "item-0005", "item-0006"]
    assert not Erasure.objects.filter(done_at=None).exists() and faults() == []
    assert SegmentContent.objects.filter(gone_at=None).count() == 1


def test_the_same_example_erased_twice_at_once_is_one_erasure():
    project, _, _ = labelled_project(3)
    publish_now(project)
    done = at_once(*[lambda: erase_key(project, "item-0002")] * 3)
    assert sorted(len(one.erasures) for one in done) == [0, 0, 1]
    assert Erasure.objects.count() == 1 and faults() == []


def test_an_erasure_beside_a_publication_leaves_no_version_with_the_content():
    project, items, _ = labelled_project(30)
    first = publish_now(project)
    Item.objects.filter(pk=items[5].pk).update(held_at=NOW)
    at_once(lambda: publish_now(project), lambda: erase_key(project, "item-0002"))
    run_waiting(now=NOW)
    assert all("item-0002" not in kept(version) for version in first.project.versions.all())
    assert not Erasure.objects.filter(done_at=None).exists() and faults() == []


def test_an_export_that_is_made_meanwhile_is_not_kept():
    project, _, _ = labelled_project(30)
    version = publish_now(project)
    asked = exports.ask(version=version, file_format="jsonl", splits=["train"], by=None, now=NOW)
    at_once(lambda: exports.make_small(asked, now=NOW), lambda: erase_key(project, "item-0002"))
    run_waiting(now=NOW)
    held = Export.objects.get(pk=asked.pk)
    assert held.gone_at is not None or held.created_at > Erasure.objects.get().at
    anew = exports.make_small(
        exports.ask(version=version, file_format="jsonl", splits=["train"], by=None, now=NOW), now=NOW
    )
    assert anew.state == "finished" and anew.pk != held.pk


def test_an_answer_beside_an_erasure_counts_or_is_refused_and_is_kept_nowhere_else():
    project, items, _ = labelled_project(2)
    labeller = make_labeller(project, "late")
    Item.objects.filter(pk=items[0].pk).update(state="open", target=9)
    lease = assignment.lease_item(labeller=labeller, item=items[0], now=NOW)

    def answer():
        try:
            return submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, note="what I saw", now=NOW)
        except ItemErased:
            return None

    at_once(answer, lambda: erase_key(project, "item-0001"))
    assert not Draft.objects.exists()
    assert list(items[0].labels.exclude(note="")) == []
    assert not items[0].labels.counted().exists()
