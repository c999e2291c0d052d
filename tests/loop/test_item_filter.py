"""Which items a filter finds, each condition alone and two together, and lists of them page by page."""

from datetime import timedelta

import pytest

from labelling import canonical
from labelling.api.item_filters import ItemFilterSerializer
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Invalid
from labelling.loop import item_filter, item_pages
from labelling.loop.resolve import decide, hold, prioritise
from labelling.projects.actions import new_guideline
from labelling.projects.models import Project
from labelling.sampling.models import Item, SamplingRound
from tests.factories import NOW, make_items, make_labellers, make_project, make_user
from tests.loop.crowd import give, give_all, later

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made_once(rows_of_the_file) -> Project:
    """Eight items. 1, 2: settled by two labellers; 3: contested; 4: ruled by an expert; 5: one label, then the
    guideline changed; 6: on hold, a yardstick; 7: sooner, for audit, validation; 8: gold, of another round and day."""
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=2)
    items = make_items(project, 8)
    labellers = make_labellers(project, 2)
    give_all(labellers, items[0], "match", "match")
    give_all(labellers, items[1], "no match", "no match", now=later(60))
    give_all(labellers, items[2], "match", "no match")
    decide(item=items[3], answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=later(9))
    give(labellers[0], items[4], "match")
    new_guideline(project=project, text="Pets are not matches.", by=make_user("olga"), now=later(100))
    hold(item=items[5], by=None, reason="a complaint", now=later(1))
    prioritise(items=[items[6]], boost=3, by=None, now=later(1))
    drawn = SamplingRound.objects.create(
        project=project, number=4, strategy="uniform", budget=1, probability_share=1, seed=1, n_candidates=1,
        n_selected=1, created_at=NOW,
    )  # fmt: skip
    Item.objects.filter(pk=items[5].pk).update(is_yardstick=True)
    Item.objects.filter(pk=items[6].pk).update(is_audit=True, split="validation")
    Item.objects.filter(pk=items[7].pk).update(purpose="gold", round=drawn, created_at=NOW + timedelta(days=3))
    items[7].example.slice, items[7].example.payload = "north", canonical.payload_text({"request": 'Ein "Käfig" %'})
    items[7].example.save()
    return project


@pytest.fixture
def project(made_once, db) -> Project:
    return Project.objects.get(pk=made_once.pk)


def found(project: Project, **where: object) -> set[int]:
    """The numbers in the keys of the items that match."""
    rows = item_filter.matching(project, where).values_list("example__external_id", flat=True)
    return {int(key.removeprefix("item-")) for key in rows}


ALONE = [
    ({}, {1, 2, 3, 4, 5, 6, 7, 8}),
    ({"q": "item-0003"}, {3}),
    ({"q": "tem"}, set()),
    ({"text": "PET 7"}, {7}),
    ({"text": 'ein "Käf'}, {8}),
    ({"text": "%"}, {8}),
    ({"state": "contested"}, {3}),
    ({"purpose": "gold"}, {8}),
    ({"answer": "match"}, {1, 4}),
    ({"answer": "no match"}, {2}),
    ({"authority": "crowd"}, {1, 2}),
    ({"authority": "expert"}, {4}),
    ({"authority": "none"}, {3, 5, 6, 7, 8}),
    ({"confidence_min": 0.5}, {1, 2}),
    ({"confidence_max": 0.5}, set()),
    ({"labels_min": 2}, {1, 2, 3}),
    ({"labels_max": 1}, {4, 5, 6, 7, 8}),
    ({"round": 4}, {8}),
    ({"slice": "north"}, {8}),
    ({"split": "validation"}, {7}),
    ({"disagreed": True}, {3}),
    ({"disagreed": False}, {1, 2, 4, 5, 6, 7, 8}),
    ({"outdated": True}, {1, 2, 3, 5}),
    ({"outdated": False}, {4, 6, 7, 8}),
    ({"yardstick": True}, {6}),
    ({"audit": True}, {7}),
    ({"held": True}, {6}),
    ({"boosted": True}, {7}),
    ({"boosted": False}, {1, 2, 3, 4, 5, 6, 8}),
    ({"made_after": "2026-03-03"}, {8}),
    ({"made_before": "2026-03-03"}, {1, 2, 3, 4, 5, 6, 7}),
]
TOGETHER = [
    ({"outdated": True, "state": "open"}, {5}),
    ({"authority": "crowd", "answer": "no match"}, {2}),
    ({"labels_min": 1, "labels_max": 1}, {5}),
    ({"labels_max": 0, "held": False}, {4, 7, 8}),
    ({"text": "pet", "audit": True}, {7}),
    ({"state": "contested", "answer": "match"}, set()),
]


@pytest.mark.parametrize(("where", "expected"), ALONE + TOGETHER)
def test_a_filter_finds_these_items_and_no_others(project, where, expected):
    assert found(project, **where) == expected


def test_items_are_found_by_who_labelled_them(project):
    first, second = project.members.filter(role="labeller").order_by("name")
    assert found(project, labeller=first.public_id) == {1, 2, 3, 5}
    assert found(project, labeller=second.public_id, state="resolved") == {1, 2}
    assert found(project, labeller="nobody") == set()


def test_every_filter_is_tried_alone_and_known_to_the_api():
    assert {name for where, _ in ALONE for name in where} | {"labeller"} == set(item_filter.FILTERS)
    assert set(ItemFilterSerializer().fields) == set(item_filter.FILTERS)


@pytest.mark.parametrize("where", [{"stat": "open"}, {"answer": "perhaps"}, {"authority": "boss"}])
def test_a_filter_that_is_none_is_refused_by_its_name(project, where):
    with pytest.raises(Invalid, match=next(iter(where))):
        item_filter.matching(project, where)


def listing(project: Project, sort: str, limit: int = 3, **where: object) -> list[str]:
    seen, cursor = [], ""
    while True:
        page = item_pages.find(project=project, where=where, sort=sort, cursor=cursor, limit=limit)
        seen += [item.example.external_id for item in page.rows]
        cursor = page.cursor
        if not cursor:
            return seen


@pytest.mark.parametrize("sort", item_pages.ORDERS)
def test_every_order_shows_every_item_once_page_by_page_and_backwards_the_other_way(project, sort):
    seen = listing(project, sort)
    assert sorted(seen) == [f"item-{number:04d}" for number in range(1, 9)]
    other = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    if not sort.endswith("confidence"):
        assert listing(project, other, limit=5) == seen[::-1]


def test_orders_say_what_they_are(project):
    assert listing(project, "-priority")[0] == "item-0007"
    assert listing(project, "labels", state="open")[-1] == "item-0005"
    assert listing(project, "-changed")[0] == "item-0002"


@pytest.mark.parametrize("sort", ["confidence", "-confidence"])
def test_what_is_not_decided_comes_after_all_that_is(project, sort):
    before = Resolution.objects.get(item__example__external_id="item-0001", closed_at=None)
    Resolution.objects.filter(pk=before.pk).update(closed_at=NOW, closed_because="less sure")
    Resolution.objects.create(item=before.item, pass_number=before.pass_number, authority=before.authority,
                              answer=before.answer, confidence=0.81, at=NOW)  # fmt: skip
    sure_first = sort.startswith("-")
    assert listing(project, sort)[:2] == (["item-0002", "item-0001"] if sure_first else ["item-0001", "item-0002"])


def test_a_filter_that_no_index_serves_is_looked_through_in_windows_that_lose_nothing(project, monkeypatch):
    monkeypatch.setattr(item_filter, "LOOKED", 3)
    first = item_pages.find(project=project, where={"held": True}, limit=50)
    assert (first.rows, first.looked, bool(first.cursor)) == ([], True, True)
    assert listing(project, "made", held=True) == ["item-0006"]
    assert listing(project, "-made", held=False) == listing(project, "made", held=False)[::-1]
    assert item_filter.counted(project, {"held": False}, most=100) == (3, False)
    assert item_filter.counted(project, {"state": "open"}, most=2) == (2, False)
    assert item_filter.counted(project, {"state": "contested"}, most=2) == (1, True)


def test_too_many_items_are_listed_as_they_were_made_and_sorted_no_other_way(project, monkeypatch):
    monkeypatch.setattr(item_pages, "LOOKED", 3)
    with pytest.raises(Invalid, match="sort"):
        listing(project, "key")
    assert listing(project, "key", state="contested") == ["item-0003"]
    assert len(listing(project, "made")) == 8


BAD = ["x", "!!!", "bnVsbA", "WyJrZXkiLCJhIiwxXQ", "WyJtYWRlIixudWxsLC0xXQ", "WyJtYWRlIixudWxsLDFd" * 9]


@pytest.mark.parametrize("cursor", BAD)
def test_a_cursor_that_is_none_of_this_list_is_refused(project, cursor):
    with pytest.raises(Invalid, match="cursor"):
        item_pages.find(project=project, where={}, cursor=cursor, limit=3)
    with pytest.raises(Invalid, match="cursor"):
        item_pages.find(project=project, where={}, sort="changed", cursor=cursor, limit=3)
