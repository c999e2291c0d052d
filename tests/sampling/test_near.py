"""Near-duplicates share a split, whichever round they come in."""

import base64
import json
from io import BytesIO
from itertools import combinations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from PIL import Image

from labelling.ingest.actions import ingest
from labelling.ingest.models import Example
from labelling.projects.actions import create_project, new_schema
from labelling.sampling import near_index
from labelling.sampling.actions import sample
from labelling.sampling.models import Item, NearLink, NearPart
from labelling.sampling.pictures import picture_hash
from tests.bench.near_texts import jaccard_of_sets, planted
from tests.factories import NOW, SALT_KEY, SEED, make_items, make_user

pytestmark = pytest.mark.django_db

SPLITS = {"test_share": 0.3, "validation_share": 0.3}
WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"]
LONG = "nobody has seen the grey cat of the harbour master since the storm last week"


def asking(shown, field="text"):
    choices = [{"name": "match", "key": "1"}, {"name": "no match", "key": "2"}]
    return {"question": "?", "input": {"kind": shown, "fields": [field]}, "choices": choices}


def one_text(shown="text", slug="near", **policy):
    return create_project(
        slug=slug, name="Near", kind="single_choice", definition=asking(shown), guideline="Say.",
        policy=SPLITS | policy, by=make_user(), seed=SEED, now=NOW, salt_key=SALT_KEY,
    )  # fmt: skip


def drawn(project, texts, *, first=0, groups=()):
    """Take the texts in and make items of all examples that are none yet; {external id: split}."""
    lines = [
        json.dumps({"id": f"e{first + at:04d}", "payload": {"text": text}, **({"group": groups[at]} if groups else {})})
        for at, text in enumerate(texts)
    ]
    report = ingest(project=project, lines=[line.encode() for line in lines], by=None, now=NOW)
    assert report.errors == []
    sample(project=project, budget=10_000, strategy="uniform", by=None, seed=1, now=NOW)
    return splits_of(project)


def splits_of(project):
    return dict(Item.objects.filter(project=project).values_list("example__external_id", "split"))


def test_a_later_near_duplicate_takes_the_split_of_the_item_that_is_there():
    project = one_text()
    texts = [f"{word} and nothing but {word} for {other}" for word, other in combinations(WORDS, 2)]
    before = drawn(project, texts)
    after = drawn(project, [f"{text}!" for text in texts], first=100)
    assert len(set(before.values())) == 3
    assert {name: after[name] for name in before} == before
    assert [after[f"e{100 + at:04d}"] for at in range(len(texts))] == [before[f"e{at:04d}"] for at in range(len(texts))]
    link = NearLink.objects.get(item__example__external_id="e0100")
    assert (link.of.example.external_id, link.inherits) == ("e0000", True)
    assert link.similarity == int(10_000 * jaccard_of_sets(texts[0], f"{texts[0]}!"))


def test_near_duplicates_of_one_round_take_the_split_of_the_first_of_them():
    project = one_text()
    splits = drawn(project, [LONG, f"{LONG}!", f"{LONG}?", "something else entirely, a text of its own"])
    assert len({splits["e0000"], splits["e0001"], splits["e0002"]}) == 1
    assert NearLink.objects.filter(inherits=True).count() == 2
    assert not NearLink.objects.filter(item__example__external_id__in=["e0000", "e0003"]).exists()


def test_without_a_threshold_chance_alone_decides():
    project = one_text(near_threshold=None)
    splits = drawn(project, [LONG] * 60)
    assert set(splits.values()) == {"train", "validation", "test"}
    assert not NearLink.objects.exists()


def test_what_is_like_two_splits_goes_with_the_older_one_and_says_so():
    project = one_text(near_threshold=0.85)
    families = [[f"{word}{number:02d}" for number in range(40)] for word in WORDS]
    ends = [" ".join(words[cut : 36 + cut]) for words in families for cut in (0, 4)]
    before = drawn(project, ends)
    after = drawn(project, [" ".join(words) for words in families], first=100)
    torn = [at for at in range(len(families)) if before[f"e{2 * at:04d}"] != before[f"e{2 * at + 1:04d}"]]
    assert torn
    for at in range(len(families)):
        assert after[f"e{100 + at:04d}"] == before[f"e{2 * at:04d}"]
    beside = NearLink.objects.filter(inherits=False).values_list(
        "item__example__external_id", "of__example__external_id"
    )
    assert set(beside) == {(f"e{100 + at:04d}", f"e{2 * at + 1:04d}") for at in torn}


@pytest.mark.parametrize("vanished", [False, True])
def test_items_that_no_part_knows_are_read_again(vanished):
    project = one_text()
    before = drawn(project, [LONG])
    if vanished:
        NearPart.objects.all().delete()
    else:
        make_items(project, 3)
    after = drawn(project, [f"{LONG}."], first=1)
    assert after["e0001"] == before["e0000"]
    assert NearLink.objects.get(item__example__external_id="e0001").inherits
    assert sum(NearPart.objects.values_list("n_items", flat=True)) == Item.objects.count()


def test_another_schema_that_shows_something_else_is_compared_by_that():
    project = one_text()
    drawn(project, [LONG])
    shown = NearPart.objects.get().shown
    same = {"match": "match", "no match": "no match"}
    new_schema(project=project, definition=asking("text", "other"), mapping=same, by=None, now=NOW)
    line = json.dumps({"id": "e0001", "payload": {"text": LONG, "other": "not the same thing, but one of its own"}})
    assert ingest(project=project, by=None, now=NOW, lines=[line.encode()]).errors == []
    sample(project=project, budget=1, strategy="uniform", by=None, seed=1, now=NOW)
    assert NearPart.objects.get().shown != shown
    assert not NearLink.objects.exists()


def test_a_round_that_is_rolled_back_leaves_nothing_behind():
    project = one_text()
    drawn(project, [LONG])
    kept = list(NearPart.objects.values())
    with transaction.atomic():
        drawn(project, [f"{LONG}!"], first=1)
        transaction.set_rollback(True)
    assert list(NearPart.objects.values()) == kept


def test_what_was_erased_is_like_nothing_any_more():
    project = one_text()
    drawn(project, [LONG, "something else entirely, a text of its own"])
    Example.objects.filter(external_id="e0000").update(payload=None, erased_at=NOW)
    near_index.forget([Item.objects.get(example__external_id="e0000").pk])
    _, keys = near_index.read(NearPart.objects.get())
    assert not keys[:, 0].any() and keys[:, 1].any()
    drawn(project, [f"{LONG}!"], first=2)
    assert not NearLink.objects.exists()


def test_parts_are_merged_so_that_there_are_few():
    project = one_text()
    for number in range(20):
        drawn(project, [f"{number:05d}"], first=number)
    sizes = list(NearPart.objects.order_by("last_item").values_list("n_items", flat=True))
    assert sum(sizes) == 20 and len(sizes) <= 5
    items = [pk for part in NearPart.objects.order_by("last_item") for pk in near_index.read(part)[0].tolist()]
    assert items == list(Item.objects.order_by("pk").values_list("pk", flat=True))


def test_an_example_follows_its_own_group_before_what_it_is_like():
    project = one_text()
    others = [f"{word} and nothing but {word}, said {other}" for word, other in combinations(WORDS, 2)]
    splits = drawn(project, others, groups=[f"g{at}" for at in range(len(others))])
    first = "e0000"
    other = next(name for name, split in splits.items() if split != splits[first])
    at = int(other[1:])
    after = drawn(project, [f"{others[at]}!"], first=100, groups=["g0"])
    assert after["e0100"] == splits[first]
    link = NearLink.objects.get(item__example__external_id="e0100")
    assert (link.of.example.external_id, link.inherits) == (other, False)


def test_a_group_stays_with_the_split_that_its_first_item_inherited():
    project = one_text()
    alone = drawn(project, ["0000"], groups=["g"])["e0000"]
    texts = [f"{word} and nothing but {word}, said {other}" for word, other in combinations(WORDS, 2)]
    splits = drawn(project, texts, first=1)
    other = next(int(name[1:]) for name, split in splits.items() if split != alone)
    project = one_text(slug="again")
    drawn(project, texts, first=1)
    took = drawn(project, [f"{texts[other - 1]}!"], first=200, groups=["g"])["e0200"]
    assert took == splits[f"e{other:04d}"] != alone
    assert drawn(project, ["entirely new"], first=201, groups=["g"])["e0201"] == took
    link = NearLink.objects.get(item__example__external_id="e0201", item__project=project)
    assert (link.of.example.external_id, link.similarity) == ("e0200", None)


def test_the_number_of_statements_does_not_grow_with_the_round():
    project = one_text()
    drawn(project, [f"{number:05d}" for number in range(300)])
    texts, *_ = planted(700, seed=5)
    counts = []
    for first, n in ((1_000, 20), (2_000, 600)):
        with CaptureQueriesContext(connection) as asked:
            drawn(project, texts[first // 20 : first // 20 + n], first=first)
        counts.append(sum("near" in one["sql"] for one in asked.captured_queries))
    assert max(counts) <= 8


def url_of(picture, kind="PNG"):
    held = BytesIO()
    picture.save(held, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(held.getvalue()).decode()}"


def gradient(turn=0):
    picture = Image.linear_gradient("L").resize((64, 48)).rotate(turn).convert("RGB")
    picture.paste((200, 30 + turn, 90), (10, 10, 30, 30))
    return picture


def test_pictures_in_the_payload_are_near_when_they_look_alike():
    project = one_text("image")
    larger = gradient().resize((128, 96))
    drawn(project, [url_of(gradient()), url_of(gradient(90)), "https://example.org/a.png"])
    splits = drawn(project, [url_of(larger, "JPEG"), "https://example.org/b.png"], first=3)
    link = NearLink.objects.get()
    assert (link.item.example.external_id, link.of.example.external_id) == ("e0003", "e0000")
    assert splits["e0003"] == splits["e0000"]


def test_pictures_that_cannot_be_looked_at_safely_have_no_hash():
    bomb = url_of(Image.new("1", (30_000, 30_000)))
    broken = url_of(gradient())[:-200]
    for url in (bomb, broken, "data:image/png;base64,!!", "data:image/svg+xml,<svg/>", "https://example.org/a.png",
                "data:image/png;base64,", url_of(Image.new("RGB", (20, 20), "red"))):  # fmt: skip
        assert picture_hash(url) is None
    assert picture_hash(url_of(gradient())) == picture_hash(url_of(gradient().convert("RGBA")))


class AnyRounds(TestCase):
    """Every test case of hypothesis is rolled back."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=6), max_size=4))
    def test_near_duplicates_never_stand_in_different_splits(self, rounds):
        project = one_text()
        said: list[str] = []
        for made in rounds:
            texts = [f"{' '.join(WORDS[base : base + 7])} number{'!' * tail}" for base, tail in made]
            splits = drawn(project, texts, first=len(said))
            said += texts
        for one, other in combinations(range(len(said)), 2):
            if jaccard_of_sets(said[one], said[other]) >= 0.8:
                assert splits[f"e{one:04d}"] == splits[f"e{other:04d}"]
