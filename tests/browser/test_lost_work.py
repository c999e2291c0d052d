"""No answer is ever lost: each is in the database once, or its loss is impossible to miss."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from labelling.assignment.actions import expire
from labelling.assignment.models import Draft, Label, Lease
from labelling.sampling.models import Item
from tests.browser.bench import Bench, crash, open_kept, sign_in
from tests.browser.rest import wait_until
from tests.browser.showing import data_url, png, show
from tests.factories import NOW, make_items, make_labeller, make_project
from tests.web import WebServer
from tests.worker import address_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = {"1": "match", "2": "no match"}
# Wherever a reply is when its connection or its server ends.
NO_CONNECTION = "net::ERR_"
FORBIDDEN = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };"
FULL = "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); };"


@pytest.fixture
def lara():
    project = make_project(gold_share=0.0)
    make_items(project, 40)
    return make_labeller(project, "lara")


@pytest.fixture
def mortal_server(lara):
    """A web server of its own on the test's database, that can be killed."""
    server = WebServer(database_url=address_of(connection.settings_dict), workers=1)
    server.start()
    yield server
    server.kill()


def given(labeller):
    """What the database holds of a labeller, in any order: (request, answer), every label that was ever stored."""
    labels = Label.objects.filter(labeller=labeller).select_related("item__example")
    return sorted((json.loads(one.item.example.payload)["request"], json.loads(one.answer)["choice"]) for one in labels)


def answer(bench, keys):
    return [(bench.press(key), CHOICES[key]) for key in keys]


def test_a_reload_without_a_connection_goes_on_with_the_cards_leased_ahead(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user, works_offline=True)
    bench = open_kept(context)
    wanted = answer(bench, "12")
    bench.all_saved()
    shown = bench.text
    bench.lose_connection()
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


def test_an_image_is_drawn_after_a_reload_without_a_connection(db, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    photo = {"url": data_url(png(80, 50)), "width": 80, "height": 50, "alt": "A blue flag"}
    context = person(show({"kind": "image", "fields": ["photo"]}, [{"photo": photo}] * 12).user, works_offline=True)
    bench = open_kept(context, "shown")
    bench.all_saved()
    bench.lose_connection()
    bench.page.reload()
    expect(bench.card.get_by_alt_text("A blue flag")).to_be_visible()


def test_a_server_that_is_killed_and_comes_back_gets_every_answer(lara, person, mortal_server, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user, works_offline=True, url=f"http://127.0.0.1:{mortal_server.port}")
    bench = open_kept(context)
    wanted = answer(bench, "1")
    bench.all_saved()
    mortal_server.kill()
    wanted += answer(bench, "212")
    expect(bench.saved).to_have_text("Offline, 3 kept here")
    bench.page.reload()
    expect(bench.saved).to_have_text("Offline, 3 kept here")
    wanted += answer(bench, "12")
    mortal_server.start()
    bench.all_saved()
    assert given(lara) == sorted(wanted)


def test_a_tab_killed_right_after_a_key_loses_nothing(lara, person, expected_failures):
    """The connection hangs: the answer is on the device alone when the tab dies."""
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user)
    bench = Bench(context.new_page()).open()
    wanted = answer(bench, "1")
    bench.all_saved()
    bench.page.route("**/leases/*/label", lambda route: None)
    bench.settle()
    wanted.append((bench.text, "no match"))
    bench.page.keyboard.down("2")
    crash(bench.page)

    again = Bench(context.new_page()).open()
    again.all_saved()
    wait_until(lambda: given(lara) == sorted(wanted), what="what the killed tab left arrives")


def test_two_tabs_of_one_labeller_leave_each_other_their_cards_and_answers(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user)
    one = Bench(context.new_page()).open()
    stopped = []
    one.page.route("**/leases/*/label", lambda route: route.continue_() if stopped else route.abort())
    mistaken = one.press("1")
    expect(one.saved).to_have_text("Offline, 1 kept here")
    other = Bench(context.new_page()).open()
    other.all_saved()
    assert other.text not in {mistaken, one.text}
    wanted = answer(other, "12")
    one.page.bring_to_front()
    one.undo(mistaken)
    stopped.append(True)
    wanted += answer(one, "2121")
    one.all_saved()
    other.all_saved()
    assert wanted[2] == (mistaken, "no match")
    assert given(lara) == sorted(wanted)


def test_an_answer_after_its_lease_ran_out_counts_while_there_is_room_and_is_told_of_when_not(
    lara, person, expected_failures
):
    expected_failures.append("410")
    bench = Bench(person(lara.user).new_page()).open()
    bench.settle()
    first = bench.text
    Lease.objects.update(expires_at=NOW)
    expire(now=timezone.now())
    wanted = [(bench.press("1"), "match")]
    bench.all_saved()
    assert given(lara) == wanted == [(first, "match")]
    second = bench.text
    Item.objects.filter(leases__token=bench.card.get_attribute("data-token")).update(target=0)
    bench.press("2")
    expect(bench.saved).to_have_text("1 not taken")
    told = bench.page.locator("[data-test=refused]")
    expect(told).to_contain_text("“No match”")
    bench.page.reload()
    expect(told).to_contain_text("“No match”")
    assert given(lara) == wanted
    assert Draft.objects.get(labeller=lara).item.example.payload.count(second) == 1


def test_a_session_that_ends_in_the_middle_keeps_the_answers_until_the_same_person_is_back(
    lara, person, expected_failures
):
    expected_failures.append("401|403")
    bench = Bench(person(lara.user).new_page()).open()
    wanted = answer(bench, "1")
    bench.all_saved()
    Session.objects.all().delete()
    wanted += answer(bench, "212")
    expect(bench.saved).to_have_text("Signed out, 3 kept here")
    bench.page.get_by_role("link", name="Sign in").click()
    sign_in(bench.page, "lara")
    bench.all_saved()
    assert given(lara) == sorted(wanted)


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_wrong_drops_no_card_and_keeps_none_too_long(days, lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user, works_offline=True)
    context.add_init_script(f"const now = Date.now; Date.now = () => now.call(Date) + {days} * 86_400_000;")
    bench = open_kept(context)
    wanted = answer(bench, "12")
    bench.all_saved()
    shown = bench.text
    bench.lose_connection()
    bench.page.reload()
    expect(bench.card).to_be_visible()
    assert bench.text == shown
    wanted += answer(bench, "2")
    context.set_offline(False)
    bench.all_saved()
    assert given(lara) == sorted(wanted)


@pytest.mark.parametrize("trouble", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_browser_that_keeps_nothing_says_so_until_all_is_saved(trouble, lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user)
    context.add_init_script(trouble)
    bench = Bench(context.new_page()).open()
    bench.all_saved()
    bench.lose_connection()
    wanted = answer(bench, "12")
    alarm = bench.page.locator("[data-test=exposed]")
    expect(alarm).to_contain_text("Don't close this page: 2 answers are nowhere else.")
    expect(bench.saved).to_have_text("Offline, 2 not kept")
    asked = []
    bench.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    bench.page.close(run_before_unload=True)
    wait_until(lambda: asked == ["beforeunload"], page=bench.page)
    context.set_offline(False)
    bench.all_saved()
    expect(alarm).to_have_count(0)
    assert given(lara) == sorted(wanted)
