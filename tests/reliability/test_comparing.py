"""Who is preferred, and on which side, from labels that were really given."""

import json

import pytest

from labelling import canonical
from labelling.assignment.actions import lease_items
from labelling.consensus import queries as consensus
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.reliability import comparing
from labelling.reliability.models import StrengthReading
from labelling.schemas.shuffle import shuffled
from tests.api.calls import Caller
from tests.factories import NOW, SALT_KEY, SEED, make_items, make_labeller, make_labellers, make_project, make_user

MODELS = ("large", "middle", "small")
N_ITEMS = 30


def compare(**definition):
    """A project in which each item compares two of three models; the definition can be changed."""
    project = create_project(
        slug="compared", name="Compared", kind="preference", guideline="", by=make_user("olga"), seed=SEED, now=NOW,
        salt_key=SALT_KEY, policy={"gold_share": 0.0, "mode": "fixed", "maximum_labels": 3},
        definition={
            "question": "Which is better?", "input": {"kind": "texts", "fields": ["prompt", "answers"]},
            "candidates": "answers", "authors": "models", "ties": ["tie"], **definition,
        },
    )  # fmt: skip
    for number, item in enumerate(make_items(project, N_ITEMS)):
        pair = [MODELS[number % 3], MODELS[(number + 1) % 3]]
        payload = {"prompt": f"{number}", "answers": [f"by {name}" for name in pair], "models": pair}
        item.example.payload = canonical.payload_text(payload)
        item.example.save(update_fields=["payload"])
    return project


def label(project, prefer):
    """Three labellers answer everything; prefer(payload, token, number of the labeller) -> first, second or tie."""
    for number, labeller in enumerate(make_labellers(project, 3)):
        while leases := lease_items(labeller=labeller, count=10, now=NOW).leases:
            for lease in leases:
                payload = json.loads(lease.item.example.payload)
                said = prefer(payload, lease.token, number)
                submit(token=lease.token, labeller=labeller, answer={"preferred": said}, note="so", now=NOW)


def the_larger(payload, token, number):
    if payload["prompt"].endswith("9"):
        return "tie"
    places = [MODELS.index(name) for name in payload["models"]]
    return "first" if (places[0] < places[1]) != (payload["prompt"].endswith("7")) else "second"


@pytest.mark.django_db
def test_a_refit_tells_who_is_preferred_whatever_the_place_and_the_side():
    project = compare()
    label(project, the_larger)
    refit_project(project=project, now=NOW)
    fit = refit_project(project=project, now=NOW)
    reading = StrengthReading.objects.get(project=project)
    assert reading.fit == fit
    assert [row["name"] for row in reading.authors] == list(MODELS)
    assert sum(reading.pairs[0][2:]) == N_ITEMS
    assert (reading.n_labels, reading.n_items, reading.n_unnamed) == (90, N_ITEMS, 0)
    assert {row["group"] for row in reading.authors} == {0}
    assert reading.authors[0]["score"] > 0.6
    assert reading.authors[2]["score"] < 0.4
    assert reading.tie > 0
    assert reading.lead[1] < reading.lead[0] < reading.lead[2]


@pytest.mark.django_db
def test_who_always_takes_the_side_shown_first_is_seen():
    project, n_larger_first = compare(authors=None), 0

    def prefer(payload, token, number):
        nonlocal n_larger_first
        shown_first, larger = ("first", "second")[shuffled(2, token)[0]], the_larger(payload, token, number)
        n_larger_first += number == 1 and larger == shown_first
        return shown_first if number == 0 else larger

    label(project, prefer)
    reading = comparing.refresh_strengths(project=project, fit=refit_project(project=project, now=NOW))
    names = {member.public_id: member.name for member in project.members.all()}
    sides = {names[pk]: (first, n) for pk, first, n in reading.sides}
    assert sides["labeller-001"] == (N_ITEMS, N_ITEMS)
    assert sides["labeller-002"] == (n_larger_first, N_ITEMS - 3)
    assert reading.authors == []
    assert reading.n_unnamed == 90


@pytest.mark.django_db
def test_the_story_of_an_item_tells_how_each_label_was_shown():
    project = compare()
    label(project, the_larger)
    item = project.items.select_related("example").first()
    item.project = project
    for given in consensus.story(item)["labels"]:
        assert consensus.shown_order(item, given) == shuffled(2, given.token)
        assert given.note == "so"
    item.example.payload = None
    assert consensus.shown_order(item, given) is None


@pytest.mark.django_db
def test_a_project_that_compares_nothing_has_no_reading():
    project = make_project()
    fit = refit_project(project=project, now=NOW)
    assert comparing.refresh_strengths(project=project, fit=fit) is None
    assert not StrengthReading.objects.exists()


@pytest.mark.django_db
def test_owners_read_strengths_over_the_api_and_labellers_do_not():
    project = compare()
    caller = Caller(project.created_by)
    assert caller.get("projects/compared/strengths").json() == {"strengths": None}
    lara = Caller(make_labeller(project, "lara").user)
    leased = lara.post("projects/compared/leases", {"count": 1}).json()["leases"][0]
    assert sorted(leased["payload"]) == ["answers", "prompt"]
    lara.post(f"leases/{leased['token']}/release", {})
    label(project, the_larger)
    fit = refit_project(project=project, now=NOW)
    told = caller.get("projects/compared/strengths").json()["strengths"]
    assert (told["fit"], told["n_labels"]) == (fit.number, 90)
    assert [row["name"] for row in told["authors"]] == list(MODELS)
    assert {"one": "large", "other": "small"}.items() <= told["pairs"][1].items()
    assert {side["choices"] for side in told["sides"]} == {N_ITEMS - 3}
    assert lara.get("projects/compared/strengths").status_code == 403
    item = caller.get("projects/compared/items").json()["results"][0]
    story = caller.get(f"items/{item['id']}").json()
    assert sorted(story["labels"][0]["shown_order"]) == [0, 1]
    assert story["labels"][0]["note"] == "so"
