"""The labeller's page, from the sign-in to what the database holds."""

import json
import re

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label, Lease, LeaseState
from tests.browser.bench import Bench
from tests.browser.rest import wait_until
from tests.factories import PASSWORD, make_items, make_labeller, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = {"1": "match", "2": "no match"}
NO_CONNECTION = r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"


@pytest.fixture
def lara():
    project = make_project(gold_share=0.0)
    make_items(project, 30)
    return make_labeller(project, "lara")


def given(labeller):
    """What the database holds of a labeller, oldest first: (request, answer or reason)."""
    labels = Label.objects.standing().filter(labeller=labeller).select_related("item__example").order_by("id")
    return [
        (json.loads(label.item.example.payload)["request"], label.abstention or json.loads(label.answer)["choice"])
        for label in labels
    ]


def sign_in_by_keyboard(page, username):
    page.goto("/p/matching/label/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_a_labeller_works_by_keyboard_alone_and_the_database_holds_exactly_that(lara, person):
    page = person(None).new_page()
    sign_in_by_keyboard(page, "lara")
    bench = Bench(page)
    expect(bench.card).to_be_visible()

    wanted = [(bench.press(key), CHOICES[key]) for key in "1212212111"]
    bench.all_saved()
    mistaken, _ = wanted.pop()
    bench.undo(mistaken)
    wanted.append((bench.press("2"), "no match"))
    assert wanted[-1][0] == mistaken
    skipped = bench.press("s")
    wanted.append((bench.abstain("2"), "missing_information"))
    bench.all_saved()

    assert given(lara) == wanted
    assert len({text for text, _ in wanted} | {skipped}) == 12
    assert Label.objects.filter(labeller=lara, withdrawn_at__isnull=False).count() == 1
    passed_over = Lease.objects.filter(labeller=lara, state=LeaseState.SKIPPED).select_related("item__example").get()
    assert skipped in passed_over.item.example.payload
    expect(bench.given).to_have_text("11")
    expect(page.locator(".bench__progress")).to_contain_text(re.compile(r"11 of \d+"))
    assert all(label.active_seconds <= label.wall_seconds for label in Label.objects.all())


def test_the_last_answer_there_is_to_give_is_sent_at_once_and_counted_for_today(db, person):
    project = make_project(gold_share=0.0)
    make_items(project, 2)
    lara = make_labeller(project, "lara")
    page = person(lara.user).new_page()
    # The server is slow to count: whatever was asked of it while cards were open is counted after the answers.
    page.route("**/me", lambda route: None)
    bench = Bench(page).open()
    expect(page.locator(".bench__progress")).to_contain_text("0 of 2")
    wanted = [(bench.press("1"), "match"), (bench.press("2"), "no match")]

    wait_until(lambda: given(lara) == wanted)
    tally = page.locator("[data-test=empty]")
    expect(tally).to_contain_text("2 answers this session.")
    page.unroute("**/me")  # What is held goes on now.
    expect(tally).to_contain_text("2 answers this session, 2 today.")
    bench.all_saved()


def test_undo_reaches_what_was_given_before_the_page_was_loaded_anew(lara, person):
    bench = Bench(person(lara.user).new_page()).open()
    first, second = bench.press("1"), bench.press("2")
    bench.all_saved()
    bench.page.reload()
    expect(bench.page.locator("[data-test=undo]")).to_contain_text("Undo “No match”")
    bench.undo(second)
    bench.undo(first)
    bench.press("2")
    bench.all_saved()
    assert given(lara) == [(first, "no match")]


def test_leaving_the_page_gives_the_items_leased_ahead_back(lara, person):
    bench = Bench(person(lara.user).new_page()).open()
    bench.press("1")
    bench.all_saved()
    assert Lease.objects.filter(labeller=lara, state=LeaseState.LIVE).count() > 1
    # To a page of the same site, which takes its turn; for another one a browser ends a page that takes half a second.
    bench.page.goto("/p/matching/work/")
    live = Lease.objects.filter(labeller=lara, state=LeaseState.LIVE)
    wait_until(lambda: not live.exists(), what="every lease is released")


def test_answers_given_offline_are_kept_and_arrive_once_when_the_page_is_opened_again(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user)
    bench = Bench(context.new_page()).open()
    bench.all_saved()
    bench.lose_connection()
    wanted = [(bench.press(key), CHOICES[key]) for key in "1221212"]
    expect(bench.saved).to_have_text("Offline, 7 kept here")
    assert given(lara) == []
    bench.page.close()
    context.set_offline(False)

    again = Bench(context.new_page()).open()
    again.all_saved()
    wait_until(lambda: given(lara) == wanted, what="what the closed page left arrives")
    assert Label.objects.count() == len(wanted)


def test_an_answer_whose_reply_was_lost_is_sent_again_and_counts_once(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    bench = Bench(person(lara.user).new_page()).open()
    sent = []

    def lose_the_reply(route):
        sent.append(route)
        if len(sent) == 1:
            route.fetch()
            route.abort()

    bench.page.route(re.compile(r"/label$"), lose_the_reply)
    wanted = [(bench.press("1"), "match")]
    expect(bench.saved).to_have_text("Offline, 1 kept here")
    wait_until(lambda: len(sent) == 2, page=bench.page, what="it is sent again")
    sent[1].continue_()
    bench.all_saved()
    assert len({route.request.url for route in sent}) == 1
    assert len(sent) == 2
    assert given(lara) == wanted


def test_a_held_key_answers_one_item(lara, person):
    bench = Bench(person(lara.user).new_page()).open()
    bench.press("1")
    with bench.next_card():
        bench.page.keyboard.down("2")
    bench.settle()
    for _ in range(10):  # its auto-repeat
        bench.page.keyboard.down("2")
    bench.page.keyboard.up("2")
    bench.all_saved()
    assert [answer for _, answer in given(lara)] == ["match", "no match"]


PRESS_AFTER_THE_CARD_WAS_PAINTED = """(ms) => {
  const { startTime, duration } = performance.getEntriesByName("quorum:card").at(-1);
  const { now } = performance;
  performance.now = () => startTime + duration + ms;
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "1", code: "Digit1", cancelable: true }));
  performance.now = now;
}"""


@pytest.mark.parametrize(("milliseconds", "answers"), [(60, 1), (600, 2)])
def test_a_key_right_after_a_card_came_is_meant_for_the_one_before(milliseconds, answers, lara, person):
    bench = Bench(person(lara.user).new_page()).open()
    bench.press("1")
    bench.page.evaluate(PRESS_AFTER_THE_CARD_WAS_PAINTED, milliseconds)
    bench.all_saved()
    assert len(given(lara)) == answers


def test_the_next_card_does_not_wait_for_the_server(lara, person):
    page = person(lara.user).new_page()
    held, opened = [], []

    def gate(route):
        if opened:
            route.continue_()
        else:
            held.append(route)

    page.route("**/leases/*/label", gate)
    bench = Bench(page).open()
    for key in "121":
        bench.press(key)
    wait_until(lambda: held, page=page, what="the first answer is on its way")
    assert len(held) == 1
    assert given(lara) == []
    opened.append(True)
    held[0].continue_()
    bench.all_saved()
    assert len(given(lara)) == 3


def test_at_360_px_the_answers_stick_to_the_bottom_and_one_thumb_is_enough(lara, person):
    for item in lara.project.items.select_related("example"):
        text = json.dumps({"request": f"{item.pk} " + "A long story. " * 150, "offer": "Supercalifragilistic" * 20})
        item.example.payload = text
        item.example.save(update_fields=["payload"])
    bench = Bench(person(lara.user, size="360").new_page()).open()
    choices = bench.card.locator(".choice")
    boxes = [choices.nth(number).bounding_box() for number in range(2)]
    dock = bench.card.locator(".bench__dock").bounding_box()
    assert all(box["height"] >= 44 and box["y"] >= 0 and box["y"] + box["height"] <= 740 for box in boxes)
    assert abs(dock["y"] + dock["height"] - 740) <= 2
    buttons = bench.card.locator(".bench__dock button")
    assert all(button.bounding_box()["height"] >= 44 for button in buttons.all())
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert bench.card.locator("kbd:visible").count() == 0
    bench.tap("No match")
    bench.all_saved()
    assert [answer for _, answer in given(lara)] == ["no match"]
    # What was tapped does not stay lit on the next card.
    looks = choices.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len(set(looks)) == 1


def test_the_guideline_opens_by_key_and_keys_can_be_switched_off(lara, person):
    bench = Bench(person(lara.user).new_page()).open()
    guideline = bench.page.get_by_role("complementary", name="Guideline")
    expect(guideline).to_contain_text("A match means the offer answers the request.")
    bench.page.keyboard.press("g")
    expect(guideline).to_be_hidden()
    bench.with_the_keys_shown(bench.page.get_by_label(re.compile("Answer with single keys")).uncheck)
    with bench.next_card():
        bench.page.keyboard.press("1")
        bench.page.get_by_role("button", name="no match").press("Enter")
    bench.all_saved()
    assert [answer for _, answer in given(lara)] == ["no match"]


def test_a_wrong_password_says_so_and_a_stranger_sees_no_project(lara, person):
    page = person(None).new_page()
    page.goto("/sign-in/")
    page.get_by_label("User name").fill("lara")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct")


def test_who_is_no_member_gets_not_found(lara, person, expected_failures):
    expected_failures.append("404")
    page = person(make_user("stranger")).new_page()
    assert page.goto("/p/matching/label/").status == 404
