import json

import pytest
from django.core.management import CommandError, call_command

from labelling.errors import Conflict, Invalid
from labelling.ingest.actions import ingest
from labelling.sampling.actions import sample
from labelling.sampling.models import Item, Part, Queue, SamplingRound
from labelling.sampling.needs import MOST_QUEUES, parse_needs, queue_for
from tests.factories import NOW, make_project, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def take(project, **fields_by_id):
    lines = [json.dumps({"id": name, "payload": payload(1), **fields}) for name, fields in fields_by_id.items()]
    report = ingest(project=project, lines=[line.encode() for line in lines], by=None, now=NOW)
    assert report.errors == []


def draw(project, **changes):
    return sample(project=project, budget=100, strategy="uniform", by=None, seed=3, now=NOW, **changes)


def needs_of_items():
    rows = Item.objects.values_list("example__external_id", "queue__needs")
    return dict(rows)


def test_a_round_says_what_its_items_need(project):
    take(project, a={}, b={})
    draw(project, needs={"radiology": 3, "lang:de": 2})
    assert needs_of_items() == {"a": {"lang:de": 2, "radiology": 3}, "b": {"lang:de": 2, "radiology": 3}}
    assert Queue.objects.get().key == '{"lang:de":2,"radiology":3}'
    assert SamplingRound.objects.get().needs == {"lang:de": 2, "radiology": 3}


def test_items_that_need_nothing_have_no_queue(project):
    take(project, a={}, b={"metadata": {"needs": {}}}, c={"metadata": {"needs": None}})
    draw(project)
    assert needs_of_items() == {"a": None, "b": None, "c": None}
    assert not Queue.objects.exists()


def test_an_example_may_need_more_than_its_round(project):
    take(
        project,
        a={},
        b={"metadata": {"needs": {"lang:de": 1, "law": 2}}},
        c={"needs": {"lang:de": 5}},
    )
    draw(project, needs={"lang:de": 2})
    assert needs_of_items() == {"a": {"lang:de": 2}, "b": {"lang:de": 2, "law": 2}, "c": {"lang:de": 5}}


def test_rounds_with_the_same_needs_share_a_queue(project):
    take(project, a={})
    draw(project, needs={"lang:de": 2, "law": 1})
    take(project, b={})
    draw(project, needs={"law": 1, "lang:de": 2})
    assert Queue.objects.count() == 1
    assert queue_for(project=project, needs={"law": 1, "lang:de": 2}) == Queue.objects.get()
    assert queue_for(project=project, needs={}) is None


@pytest.mark.parametrize("needs", ["german", {"lang:de": 9}, {"DE": 1}, ["lang:de"], {f"t{n}": 1 for n in range(7)}, 1])
def test_an_example_with_bad_needs_is_named_and_nothing_is_drawn(project, needs):
    take(project, good={}, bad={"metadata": {"needs": needs}})
    with pytest.raises(Invalid, match=r"examples\.bad\.metadata\.needs"):
        draw(project)
    assert not SamplingRound.objects.exists() and not Part.objects.exists() and not Item.objects.exists()
    draw(project, ignore_own_needs=True, needs={"lang:de": 1})
    assert needs_of_items() == {"good": {"lang:de": 1}, "bad": {"lang:de": 1}}


@pytest.mark.parametrize("needs", [{"lang:de": 0}, {"Lang": 1}, {"a": True}, {"a": "2"}, [1]])
def test_a_rounds_bad_needs_are_refused(project, needs):
    take(project, a={})
    with pytest.raises(Invalid, match="needs"):
        draw(project, needs=needs)
    assert not SamplingRound.objects.exists()


def test_a_project_has_a_small_number_of_queues(project):
    take(project, **{f"e{n}": {"needs": {f"t{n}": 1}} for n in range(MOST_QUEUES)})
    draw(project)
    assert Queue.objects.count() == MOST_QUEUES
    take(project, more={"needs": {"another": 1}}, same={"needs": {"t5": 1}})
    with pytest.raises(Conflict, match="at most 64"):
        draw(project)
    assert SamplingRound.objects.count() == 1
    assert queue_for(project=project, needs={"t5": 1}).needs == {"t5": 1}
    with pytest.raises(Conflict):
        queue_for(project=project, needs={"another": 1})


def test_every_item_is_in_a_part_that_knows_its_size(project):
    take(project, a={"slice": "north"}, b={"slice": "south"}, c={"slice": "north"}, d={})
    first = draw(project)
    take(project, e={"slice": "north"})
    second = draw(project)
    sizes = {(part.round_id, part.slice): part.n_items for part in Part.objects.all()}
    assert sizes == {
        (first.pk, ""): 1, (first.pk, "north"): 2, (first.pk, "south"): 1, (second.pk, "north"): 1,
    }  # fmt: skip
    for item in Item.objects.select_related("part", "example"):
        assert (item.part.round_id, item.part.slice) == (item.round_id, item.example.slice)


def test_needs_are_read_from_words():
    assert parse_needs(["lang:de=2", " law "]) == {"lang:de": 2, "law": 1}
    for bad in (["lang:de=high"], ["=2"], ["a=1", "a=2"], ["a=6"], ["a=²"]):
        with pytest.raises(Invalid, match="needs"):
            parse_needs(bad)


def test_the_command_takes_needs(project, capsys):
    take(project, a={})
    call_command("sample", "matching", "--budget", "1", "--needs", "lang:de=2", "--needs", "law")
    assert needs_of_items() == {"a": {"lang:de": 2, "law": 1}}
    with pytest.raises(CommandError, match="needs"):
        call_command("sample", "matching", "--budget", "1", "--needs", "lang:de=two")


def test_parts_and_queues_cost_the_same_statements_for_a_large_round(project, django_assert_max_num_queries):
    take(project, **{f"e{n}": {"slice": f"s{n % 7}", "needs": {"lang:de": 1 + n % 3}} for n in range(600)})
    with django_assert_max_num_queries(45):
        sample(project=project, budget=600, strategy="uniform", by=None, seed=3, now=NOW)
    assert Part.objects.count() == 7 and Queue.objects.count() == 3
