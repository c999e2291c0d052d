"""Every page of a project of every kind of label opens: nothing on a page knows what an answer looks like."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from labelling import canonical
from labelling.schemas import KINDS, kind_of
from tests.browser.pages import EVA, LARA, NOBODY, OLGA, PAGES, address
from tests.kinds import answers_of
from tests.pages.browsing import client_of, text_of
from tests.pages.places import place_of

pytestmark = pytest.mark.django_db

# These need more of a history than a small project has; or they know nothing of answers.
BESIDES = {"sign-in", "simulation", "diff", "pull", "strengths"}
OF_PEOPLE = ("reject", "pay", "label", "flags", "ent", "join", "visit")
PLAIN = ("labellers", "agreement", "simulation", "pull", "strengths", "pay", "reject", "flags", "entrances")


@pytest.fixture
def place(request, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return place_of(request.param)


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


@pytest.mark.parametrize("place", ["spans"], indirect=True)
def test_what_the_labels_add_up_to_is_drawn_beside_them_but_not_before_a_blind_answer(place):
    case = place.project.cases.filter(closed_at=None).first()
    where, drawn = reverse("case", args=[place.project.slug, case.public_id]), '"title": "What they add up to"'
    assert drawn in client_of(EVA).get(where).content.decode()
    place.project.cases.update(reason="audit")
    assert drawn not in client_of(EVA).get(where).content.decode()
