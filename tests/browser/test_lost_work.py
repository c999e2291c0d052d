"""No answer is ever lost: each is in the database once, or its loss is impossible to miss."""

import json

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from tests.browser.bench import Bench
from tests.factories import make_items, make_labeller, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = {"1": "match", "2": "no match"}
NO_CONNECTION = r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|ERR_EMPTY_RESPONSE"
KEPT = """async () => {
  const found = await caches.match(location.pathname, { ignoreVary: true });
  return Boolean(found);
}"""


@pytest.fixture
def lara():
    project = make_project(gold_share=0.0)
    make_items(project, 40)
    return make_labeller(project, "lara")


def given(labeller):
    """What the database holds of a labeller, in any order: (request, answer), every label that was ever stored."""
    labels = Label.objects.filter(labeller=labeller).select_related("item__example")
    return sorted((json.loads(one.item.example.payload)["request"], json.loads(one.answer)["choice"]) for one in labels)


def answer(bench, keys):
    return [(bench.press(key), CHOICES[key]) for key in keys]


def open_kept(context):
    """A page that is kept by its worker, and what lara sees on it."""
    bench = Bench(context.new_page()).open()
    bench.page.wait_for_function(KEPT)
    return bench


def test_a_reload_without_a_connection_goes_on_with_the_cards_leased_ahead(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user, works_offline=True)
    bench = open_kept(context)
    wanted = answer(bench, "12")
    bench.all_saved()
    shown = bench.text
    context.set_offline(True)
    bench.page.reload()
    expect(bench.card).to_be_visible()
    assert bench.text == shown
    wanted += answer(bench, "122")
    bench.page.reload()
    expect(bench.saved).to_have_text("Offline, 3 kept here")
    wanted += answer(bench, "21")
    context.set_offline(False)
    bench.all_saved()
    assert given(lara) == sorted(wanted)
