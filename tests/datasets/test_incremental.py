"""Publishing reads only what changed, and gives what reading everything would give."""

from contextlib import contextmanager

import numpy as np
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling import canonical
from labelling.consensus.models import Authority
from labelling.datasets import compaction, fresh
from labelling.datasets.approved import read
from labelling.datasets.draft import prepared
from labelling.datasets.models import ChangedItem, Version
from labelling.datasets.rows import packed, unpacked
from labelling.ingest.models import Example
from labelling.loop.publish import NothingApproved, NothingChanged
from labelling.projects.actions import new_schema
from labelling.projects.models import Project
from labelling.sampling.models import Item
from tests.datasets.helpers import ANSWERS, approve, label, labelled_project, publish_now, reject, reopen
from tests.datasets.stored import faults_of, keys, rows_in
from tests.factories import NOW, definition, make_items, make_labellers, make_project, make_user

# In the order of their UTF-8 bytes, which is not that of UTF-16 (a surrogate of the last is less than U+FFFF).
KEYS = ("\t", "\n", ' "', " =1+1", "0", "A", "Z", "\\", "a", "a\nb", 'a"b', "é", "ｚ", "\uffff", "😀")
ITEMS = st.integers(0, len(KEYS) - 1)
STEPS = st.one_of(
    st.tuples(st.just("approve"), ITEMS, st.sampled_from(ANSWERS), st.sampled_from(Authority)),
    st.tuples(st.just("reopen"), ITEMS),
    st.tuples(st.just("hold"), ITEMS, st.booleans()),
    st.tuples(st.just("split"), ITEMS, st.sampled_from(["train", "validation", "test"])),
    st.tuples(st.just("slice"), ITEMS, st.sampled_from(["", "night"])),
    st.tuples(st.just("reject"), st.integers(0, 2)),
    st.tuples(st.just("rename"), st.sampled_from(["fits", "agrees"])),
    st.tuples(st.just("publish")),
)


@contextmanager
def taken_back():
    """What happens within is undone: each example of hypothesis starts from nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def small_segments(rows=4, small=2, most_small=2):
    """As if a segment held few rows, so that a handful of items fills several and some are compacted."""
    before = fresh.SEGMENT_ROWS, compaction.SEGMENT_ROWS, compaction.SMALL_ROWS, compaction.MOST_SMALL
    fresh.SEGMENT_ROWS = compaction.SEGMENT_ROWS = rows
    compaction.SMALL_ROWS, compaction.MOST_SMALL = small, most_small
    try:
        yield
    finally:
        fresh.SEGMENT_ROWS, compaction.SEGMENT_ROWS, compaction.SMALL_ROWS, compaction.MOST_SMALL = before


class Model:
    """A project, and what its next version must hold: {key: (label, split, authority, slice)}."""

    def __init__(self):
        self.project = make_project()
        self.items = make_items(self.project, len(KEYS))
        for item, key in zip(self.items, KEYS, strict=True):
            Example.objects.filter(pk=item.example_id).update(external_id=key)
        self.crowd = make_labellers(self.project, 3)
        for item in self.items:
            label(item, self.crowd[item.pk % 3], "match")
        self.answered, self.held, self.rejected, self.name = {}, set(), set(), "match"
        self.split, self.slice = dict.fromkeys(KEYS, "train"), dict.fromkeys(KEYS, "")
        self.published = {}

    def rows(self):
        said = {"match": self.name, "no match": "no match"}
        return {
            key: (said[choice], self.split[key], authority.name.lower(), self.slice[key])
            for key, (choice, authority) in self.answered.items()
            if key not in self.held
        }

    def take(self, step, number=0, *how):
        item, key = self.items[number], KEYS[number]
        if step == "approve":
            approve(item, how[0], authority=how[1])
            self.answered[key] = how
        elif step == "reopen":
            reopen(item, "asked for more")
            self.answered.pop(key, None)
        elif step == "hold":
            Item.objects.filter(pk=item.pk).update(held_at=NOW if how[0] else None)
            (self.held.add if how[0] else self.held.discard)(key)
        elif step == "split":
            Item.objects.filter(pk=item.pk).update(split=how[0])
            self.split[key] = how[0]
        elif step == "slice":
            Example.objects.filter(pk=item.example_id).update(slice=how[0])
            self.slice[key] = how[0]

    def reject(self, number):
        if number not in self.rejected:
            self.rejected.add(number)
            reject(self.crowd[number])

    def rename(self, name):
        if name != self.name:
            new_schema(project=self.project, definition=definition((name, "no match")), by=make_user(), now=NOW,
                       mapping={self.name: name, "no match": "no match"})  # fmt: skip
            self.project, self.name = Project.objects.get(pk=self.project.pk), name

    def publish(self):
        try:
            version = publish_now(self.project, override_reason="few rows")
        except NothingApproved:
            assert not self.rows()
            return None
        except NothingChanged:
            assert self.rows() == list(self.published.values())[-1]
            return None
        self.published[version] = self.rows()
        return version


def read_anew(project):
    """(data_id, lineage root) of a version that reads every item."""
    with prepared(project=project, parent=None) as whole:
        return whole.data_id, whole.lineage_root


def held(version):
    return {row["key"]: (row["label"], row["split"], row["authority"], row["slice"]) for row in rows_in(version)}


@pytest.mark.django_db
@settings(max_examples=10)
@given(steps=st.lists(STEPS, max_size=25))
def test_any_history_gives_the_versions_that_reading_everything_would_give(steps):
    with taken_back(), small_segments():
        model = Model()
        for step, *how in [*steps, ("publish",)]:
            if step in ("reject", "rename"):
                getattr(model, step)(*how)
            elif step != "publish":
                model.take(step, *how)
            elif version := model.publish():
                manifest = canonical.loads(version.manifest)
                assert (version.data_id, manifest["lineage_root"]) == read_anew(model.project)
        for version, rows in model.published.items():
            assert held(version) == rows
            assert keys(version) == sorted(rows, key=str.encode)
            assert faults_of(version) == []


@pytest.mark.django_db
@settings(max_examples=4)
@given(order=st.permutations(range(len(KEYS))), publish_after=st.sets(ITEMS, max_size=4), rows=st.integers(1, 8))
def test_data_id_depends_neither_on_the_order_nor_on_versions_before_nor_on_segments(order, publish_after, rows):
    with taken_back():
        with small_segments(rows=rows, small=max(1, rows // 2), most_small=1):
            model = Model()
            for number in order:
                model.take("approve", number, ANSWERS[number % 2], Authority.CROWD)
                if number in publish_after:
                    model.publish()
            model.publish()
        last = list(model.published)[-1]
        assert last.data_id == read_anew(model.project)[0]
        assert tuple(keys(last)) == KEYS


@given(st.lists(st.booleans(), min_size=1, max_size=3000))
def test_a_deletion_vector_gives_back_which_rows_are_held(live):
    live = np.array(live)
    vector = packed(live)
    assert unpacked(vector, len(live)).tolist() == live.tolist()
    assert (vector == b"") == live.all()


@pytest.mark.django_db
def test_a_second_version_reads_only_what_changed(monkeypatch):
    project, items, _ = labelled_project(60)
    first = publish_now(project)
    assert not ChangedItem.objects.exists()
    approve(items[3], "no match", authority=Authority.EXPERT)
    Item.objects.filter(pk=items[7].pk).update(held_at=NOW)
    asked, given_out = [], []

    def watched(project, items=None):
        asked.append(items)
        for batch in read(project, items):
            given_out.extend(batch.column("item_id").to_pylist())
            yield batch

    monkeypatch.setattr("labelling.datasets.draft.approved.read", watched)
    second = publish_now(project)
    assert asked == [sorted([items[3].pk, items[7].pk])]
    assert given_out == [items[3].pk]
    sizes = list(second.parts.order_by("segment__number").values_list("segment__n_rows", "n_live"))
    assert sizes == [(60, 58), (1, 1)]
    assert first.parts.get().segment_id in set(second.parts.values_list("segment_id", flat=True))
    assert len(held(second)) == 59


@pytest.mark.django_db
def test_what_is_held_and_let_go_again_is_the_same_row():
    project, items, _ = labelled_project(8)
    publish_now(project)
    Item.objects.filter(pk=items[0].pk).update(held_at=NOW)
    Item.objects.filter(pk=items[0].pk).update(held_at=None)
    assert ChangedItem.objects.filter(item=items[0]).count() == 2
    with pytest.raises(NothingChanged):
        publish_now(project)


@pytest.mark.django_db
def test_compaction_changes_no_id_and_leaves_few_segments():
    with small_segments(rows=64, small=16, most_small=3):
        project, items, _ = labelled_project(24)
        publish_now(project)
        for number in range(12):
            approve(items[number], ANSWERS[(number + 1) % 2], authority=Authority.EXPERT)
            newest = publish_now(project)
    assert newest.parts.count() <= 4
    assert newest.data_id == read_anew(project)[0]
    assert {version.pk: faults_of(version) for version in Version.objects.all() if faults_of(version)} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("change", [
    lambda item, crowd: approve(item, "no match", authority=Authority.EXPERT),
    lambda item, crowd: reopen(item, "asked for more"),
    lambda item, crowd: Item.objects.filter(pk=item.pk).update(held_at=NOW),
    lambda item, crowd: Item.objects.filter(pk=item.pk).update(split="test"),
    lambda item, crowd: Example.objects.filter(pk=item.example_id).update(payload=None),
    lambda item, crowd: Example.objects.filter(pk=item.example_id).update(group="g"),
    lambda item, crowd: reject(crowd[0]),
    lambda item, crowd: item.labels.filter(labeller=crowd[0]).update(withdrawn_at=NOW),
])  # fmt: skip
def test_every_change_of_a_row_or_its_lineage_is_noted(change):
    project, items, crowd = labelled_project(3)
    publish_now(project)
    change(items[1], crowd)
    assert items[1].pk in set(ChangedItem.objects.values_list("item_id", flat=True))


@pytest.mark.django_db
def test_what_no_row_holds_is_not_noted():
    project, _, _ = labelled_project(3)
    publish_now(project)
    Item.objects.update(value=0.25, boost=2.0, held_at=None)
    Example.objects.update(slice="")
    assert not ChangedItem.objects.exists()
