"""What a browser keeps of a labeller's page: the page, for when there is no connection, and answers being made."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Error, expect

from frontend.views import offline
from labelling.assignment.actions import expire
from labelling.assignment.models import Label, Lease
from tests.browser.bench import KEPT, Bench, crash, open_kept, sign_in
from tests.browser.rest import wait_until
from tests.browser.showing import ask
from tests.factories import NOW, make_items, make_labeller, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_CONNECTION = "ERR_INTERNET_DISCONNECTED|ERR_FAILED"
PEOPLE = {
    "question": "Which people are named?",
    "input": {"kind": "text", "fields": ["text"]},
    "labels": [{"name": "person", "title": "Person", "key": "p"}],
}
DRAFTS = """() => new Promise((resolve) => {
  const asked = indexedDB.open("quorum-cards");
  asked.onupgradeneeded = () => asked.result.createObjectStore("cards");
  asked.onsuccess = () => {
    const all = asked.result.transaction("cards").objectStore("cards").getAll();
    all.onsuccess = () => {
      asked.result.close();
      resolve(all.result.filter(({ draft }) => draft?.spans.length).length);
    };
  };
})"""


@pytest.fixture
def lara():
    project = make_project(gold_share=0.0)
    make_items(project, 40)
    return make_labeller(project, "lara")


def test_an_answer_being_made_survives_its_tab_and_is_forgotten_when_it_is_given(db, person, expected_failures):
    # A page may ask about cards that were given back when the tab before it died, or that went with the test.
    expected_failures.append("status of (404|410)")
    lara = ask("spans", PEOPLE, [{"text": f"Ada Lovelace met number {number}."} for number in range(15)])
    context = person(lara.user)
    bench = Bench(context.new_page()).open("shown")
    shown = bench.card.get_by_role("application").inner_text()
    for key in ("ArrowRight", "Shift+ArrowRight", "p"):
        bench.page.keyboard.press(key)
    marked = bench.card.get_by_role("button", name="Person “Ada Lovelace”", exact=True)
    expect(marked).to_be_visible()
    wait_until(lambda: bench.page.evaluate(DRAFTS) == 1)
    crash(bench.page)

    bench = Bench(context.new_page()).open("shown")
    marked = bench.card.get_by_role("button", name="Person “Ada Lovelace”", exact=True)
    expect(marked).to_be_visible()
    bench.page.reload()
    expect(marked).to_be_visible()
    assert bench.card.get_by_role("application").inner_text() == shown
    bench.press("Enter")
    bench.all_saved()
    expect(marked).to_have_count(0)
    wait_until(lambda: bench.page.evaluate(DRAFTS) == 0)
    given = Label.objects.get(labeller=lara)
    assert [(span["start"], span["end"]) for span in json.loads(given.answer)["spans"]] == [(0, 12)]


def test_a_new_build_takes_the_place_of_the_one_that_was_kept(lara, person, monkeypatch, expected_failures):
    # The page that is reloaded gives its cards back, and the next one may ask about them before it knows: 410.
    expected_failures.extend([NO_CONNECTION, r"status of 410"])
    context = person(lara.user, works_offline=True)
    bench = open_kept(context)
    (before,) = bench.page.evaluate("caches.keys()")
    version = before.removeprefix("quorum-page-")
    script = offline._script
    monkeypatch.setattr(offline, "_script", lambda manifest: script(manifest).replace(version, "newer"))
    bench.page.reload()
    wait_until(lambda: bench.page.evaluate("caches.has('quorum-page-newer')"))
    bench.page.reload()
    wait_until(lambda: bench.page.evaluate("caches.keys()") == ["quorum-page-newer"])
    bench.all_saved()
    bench.lose_connection()
    bench.page.reload()
    expect(bench.card).to_be_visible()


def test_who_signs_out_leaves_no_page_and_no_item_on_the_device(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user, works_offline=True)
    page = open_kept(context).page
    page.goto("/p/matching/work/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    wait_until(lambda: page.evaluate("caches.keys()") == [])
    wait_until(
        lambda: page.evaluate("async () => !(await indexedDB.databases()).some(({ name }) => name === 'quorum-cards')")
    )
    context.set_offline(True)
    with pytest.raises(Error, match=NO_CONNECTION):
        page.goto("/p/matching/label/")


def test_somebody_else_on_the_same_browser_sees_nothing_of_the_first(lara, person, expected_failures):
    """The session ends without a sign-out, and another labeller signs in: neither cards nor answers change hands."""
    expected_failures.append("401|403")
    max_ = make_labeller(lara.project, "max")
    context = person(lara.user, works_offline=True)
    bench = open_kept(context)
    page = bench.page
    Session.objects.all().delete()
    bench.press("1")
    expect(bench.saved).to_have_text("Signed out, 1 kept here")
    page.goto("/p/matching/label/")
    sign_in(page, "max")
    expect(bench.card).to_be_visible()
    bench.all_saved()
    assert [one.labeller.name for one in Label.objects.all()] == []
    bench.press("2")
    bench.all_saved()
    assert Label.objects.get().labeller == max_
    wait_until(lambda: page.evaluate(KEPT))
    kept = page.evaluate("async () => (await caches.match(location.pathname, { ignoreVary: true })).text()")
    assert lara.public_id not in kept
    assert max_.public_id in kept


def test_after_a_long_sleep_the_page_goes_on_by_itself(lara, person, expected_failures):
    """The machine slept: its clock jumped, its requests broke, and the leases went to others."""
    expected_failures.append("410")
    bench = Bench(person(lara.user).new_page()).open()
    bench.press("1")
    bench.all_saved()
    slept_over = bench.card.get_attribute("data-token")
    Lease.objects.update(expires_at=NOW)
    expire(now=timezone.now())
    bench.page.evaluate("{ const now = Date.now; Date.now = () => now() + 8 * 3_600_000; }")
    bench.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(bench.card).not_to_have_attribute("data-token", slept_over)
    expect(bench.page.locator("[data-test=notice]")).to_contain_text("was given to somebody else")
    bench.press("2")
    bench.all_saved()
    assert Label.objects.filter(labeller=lara).count() == 2
