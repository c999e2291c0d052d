"""Every page of a project of every kind of label opens: nothing on a page knows what an answer looks like."""

import re
from dataclasses import dataclass

import pytest
from django.urls import reverse
from django.utils.html import escape

from experts import actions as experts
from labelling import canonical
from labelling.ingest.actions import ingest
from labelling.loop.gold_file import take_gold
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.projects.models import Project, Role
from labelling.sampling.actions import sample
from labelling.sampling.models import Item
from labelling.schemas import KINDS, kind_of
from tests.browser.pages import EVA, LARA, NOBODY, OLGA, PAGES, address
from tests.factories import NOW, make_labellers, make_member, make_user
from tests.kinds import answers_of, payload_of
from tests.loop.crowd import later, take
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

N = 8
POLICY = {"mode": "fixed", "maximum_labels": 2, "initial_labels": 2, "batch_size": 2, "gold_share": 0.0,
          "contest_below": 0.9, "yardstick_share": 0.0, "audit_share": 0.0}  # fmt: skip
# These need more of a history than a small project has; or they know nothing of answers.
BESIDES = {"sign-in", "simulation", "diff", "pull", "strengths"}
OF_PEOPLE = ("reject", "pay", "label", "flags", "ent", "join", "visit")
PLAIN = ("labellers", "agreement", "simulation", "pull", "strengths", "pay", "reject", "flags", "entrances")


@dataclass
class Place:
    """Items 1 to 4: two agree; 5 and 6: two differ, and an expert has the case; 7: open; 8: gold."""

    project: Project
    items: list[Item]


@pytest.fixture
def place(request, settings, tmp_path):
    """A project of that kind of label, with labels, contested items, gold and a version."""
    settings.DATA_DIR = tmp_path
    name, olga = request.param, make_user("olga")
    project = create_project(
        slug="town", name="Town", kind=name, definition=kind_of(name).example, guideline="Look closely.",
        policy=POLICY, by=olga, seed=7, now=NOW,
    )  # fmt: skip
    lines = [canonical.dumps({"id": f"item-{number}", "payload": payload_of(name)}).encode() for number in range(N)]
    ingest(project=project, lines=lines, by=olga, now=NOW)
    sample(project=project, budget=N, strategy="uniform", by=olga, seed=3, now=NOW)
    items = list(project.items.order_by("id"))
    right, wrong = answers_of(name)
    gold = canonical.dumps({"key": items[7].example.external_id, "answer": right, "reason": "known"}).encode()
    take_gold(project=project, data=gold, form="ndjson", purpose="gold", by=olga, now=NOW)
    for username, role in (("eva", Role.EXPERT), ("lara", Role.LABELLER), ("max", Role.LABELLER)):
        make_member(project, username, role)
    one, other = make_labellers(project, 2)
    for number, item in enumerate(items[:6]):
        for labeller, answer in ((one, right), (other, right if number < 4 else wrong)):
            lease = take(labeller, item)
            submit(token=lease.token, labeller=labeller, answer=answer, now=later(number))
    refit_project(project=project, now=later(60))
    experts.pull(project=project, now=later(61))
    publish(project=project, by=olga, message="", override_reason="a small example", now=later(70))
    reject(batch=other.batches.order_by("number").first(), reason="asleep", by=olga, now=later(80))
    return Place(project, items)


every_kind = pytest.mark.parametrize("place", KINDS, indirect=True)


@every_kind
def test_every_page_opens(place):
    for name, who in PAGES.items():
        if who == NOBODY or name in BESIDES or name.startswith(OF_PEOPLE):
            continue
        assert client_of(who).get(address(name, place.project)).status_code == 200, name
    olga, slug = client_of(OLGA), place.project.slug
    assert [name for name in PLAIN if olga.get(reverse(name, args=[slug])).status_code != 200] == []


@every_kind
def test_what_happened_to_an_item_is_told_in_words(place):
    project, (right, wrong) = place.project, answers_of(place.project.schema_in_force.kind)
    kind, definition = kind_of(project.schema_in_force.kind), project.schema_in_force.definition
    contested = place.items[4]
    story = text_of(client_of(OLGA).get(reverse("item", args=[project.slug, contested.public_id])))
    for answer in (right, wrong):
        assert f"answered “{escape(kind.describe(definition, answer))}”" in story
    gold = client_of(OLGA).get(reverse("gold_item", args=[project.slug, place.items[7].public_id]))
    assert escape(kind.describe(definition, right)) in text_of(gold)


@every_kind
def test_people_other_than_labellers_answer_by_forms(place):
    project, (right, _) = place.project, answers_of(place.project.schema_in_force.kind)
    kind, definition = kind_of(project.schema_in_force.kind), project.schema_in_force.definition
    sent = canonical.dumps(right) if kind.merging else kind.classes(definition)[0]
    case = project.cases.filter(closed_at=None).first()
    page = reverse("case", args=[project.slug, case.public_id])
    empty = client_of(EVA).post(page, {"kind": "answer", "choice": "", "rationale": "clear"})
    assert empty.status_code == 422 and "Choose an answer." in text_of(empty)
    decided = client_of(EVA).post(page, {"kind": "answer", "choice": sent, "rationale": "clear"})
    assert decided.status_code == 302
    opened = place.items[6]
    page = reverse("item", args=[project.slug, opened.public_id])
    unreadable = client_of(OLGA).post(page, {"do": "correct", "answer": "{", "reason": "wrong"})
    assert unreadable.status_code == 422 and "answer" in text_of(unreadable)
    corrected = client_of(OLGA).post(page, {"do": "correct", "answer": sent, "reason": "wrong"})
    assert corrected.status_code == 302
    for item in (case.item, opened):
        assert canonical.loads(item.resolutions.get(closed_at=None).answer) == right


@every_kind
def test_a_filter_by_answer_is_offered_and_taken_only_where_answers_are_classes(place):
    project = place.project
    schema = project.schema_in_force
    items = reverse("items", args=[project.slug])
    offered = re.search('<select[^>]* name="answer"', text_of(client_of(OLGA).get(items)))
    name = kind_of(schema.kind).classes(schema.definition)[0]
    found = client_of(OLGA).get(items, {"answer": name})
    if kind_of(schema.kind).merging:
        assert not offered and found.status_code == 422 and "have parts" in text_of(found)
    else:
        assert offered and found.status_code == 200


@every_kind
def test_labellers_are_told_nothing_but_what_is_shown(place):
    page = client_of(LARA).get(reverse("work", args=[place.project.slug]))
    assert page.status_code == 200
