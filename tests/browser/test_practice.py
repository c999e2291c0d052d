"""Practice before real work: the right answer after each item, by keyboard and by touch, with and without network."""

import pytest
from playwright.sync_api import expect

from labelling.assignment.models import Label
from labelling.projects.models import Member
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, Purpose
from tests.browser.bench import PAINTED, SETTLED, Bench
from tests.browser.conftest import SCHEMES
from tests.browser.rest import wait_until
from tests.browser.showing import ask
from tests.browser.test_pages import WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import NOW, make_items, make_labeller, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_CONNECTION = r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"


@pytest.fixture
def lara():
    """A labeller who must get two of three right before any of the five items of real work."""
    project = make_project(gold_share=0.0, qualification_items=3, qualification_pass=0.6)
    for item in make_items(project, 6, purpose=Purpose.TRAINING):
        Gold.objects.create(
            item=item, answer='{"choice":"match"}', reason="A pet is a pet.", origin="chosen", created_at=NOW
        )
    make_items(project, 5, first=101)
    return make_labeller(project, "lara")


class Trainee:
    def __init__(self, page):
        self.page = page
        self.answered = 0
        self.card = page.locator(".bench__card[data-token]")
        self.banner = page.locator("[data-test=practice]")
        self.verdict = page.locator("[data-test=verdict]")
        self.outcome = page.locator("[data-test=outcome]")
        self.go_on = page.get_by_role("button", name="Go on")
        page.goto("/p/matching/label/")
        expect(self.card).to_be_visible()

    def settled(self):
        """Wait until a card that was not answered yet is painted, and can be."""
        self.page.wait_for_function(f"answered => {PAINTED} > answered", arg=self.answered)
        self.page.wait_for_function(SETTLED)
        self.answered = self.page.evaluate(PAINTED)

    def answers(self, key, *, right):
        self.settled()
        self.page.keyboard.press(key)
        expect(self.verdict).to_have_attribute("data-right", "true" if right else "false")


def looked_at(page, name):
    """Keep a picture in both schemes, and find nothing against it."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture(page, f"practice-{name}-{scheme}")
        assert not violations(page), f"{name}, {scheme}"


def test_a_labeller_practises_by_keyboard_is_told_each_answer_and_goes_on_to_work(lara, person):
    trainee = Trainee(person(lara.user).new_page())
    expect(trainee.banner).to_contain_text(
        "Practice 1 of 3: you see the right answer after each one. Of these, 2 must be right."
    )
    trainee.answers("2", right=False)
    expect(trainee.verdict).to_contain_text("Not right. You said “No match”; the answer is “Match”.")
    expect(trainee.verdict).to_contain_text("A pet is a pet.")
    expect(trainee.banner).to_contain_text("Practice 1 of 3")
    expect(trainee.go_on).to_be_focused()
    trainee.page.keyboard.press("1")
    trainee.page.keyboard.press("u")
    expect(trainee.verdict).to_be_visible()
    trainee.page.keyboard.press("Enter")
    expect(trainee.banner).to_contain_text("Practice 2 of 3")
    trainee.answers("1", right=True)
    expect(trainee.verdict).to_contain_text("Right. You said “Match”.")
    trainee.page.keyboard.press("Space")
    trainee.answers("1", right=True)
    expect(trainee.outcome).to_have_text("You passed: 2 of 3. Real work starts now.")
    looked_at(trainee.page, "passed-wide")
    trainee.page.keyboard.press("Enter")
    trainee.settled()
    expect(trainee.banner).to_have_count(0)
    trainee.page.keyboard.press("1")
    wait_until(lambda: Label.objects.filter(item__purpose=Purpose.WORK).count() == 1, what="a label of real work")
    expect(trainee.verdict).to_have_count(0)
    assert Label.objects.filter(item__purpose=Purpose.TRAINING).count() == 3
    assert Member.objects.get(pk=lara.pk).qualified_at is not None
    assert not Item.objects.filter(purpose=Purpose.TRAINING, leases__state="live").exists()


def test_who_has_too_few_right_is_told_so_and_goes_on_practising(lara, person):
    trainee = Trainee(person(lara.user).new_page())
    for key in "221":
        trainee.answers(key, right=key == "1")
        last = trainee.outcome.all_inner_texts()
        trainee.page.keyboard.press("Enter")
    assert last[0].startswith("Not yet: 1 of 3; 2 are needed.")
    expect(trainee.banner).to_have_text("Practice goes on: 1 of your last 3 were right, 2 are needed.")
    trainee.answers("1", right=True)
    expect(trainee.outcome).to_have_text("You passed. Real work starts now.")


def test_practice_by_touch_at_360_px_is_accessible_in_both_schemes_and_an_answer_can_be_doubted(lara, person):
    trainee = Trainee(person(lara.user, "360").new_page())
    page = trainee.page
    first = page.get_by_role("button", name="Read the guideline first")
    first.tap()
    page.get_by_role("complementary", name="Guideline").get_by_role("button", name="Close").tap()
    expect(first).to_have_count(0)
    for name, right in (("No match", False), ("Match", True)):
        trainee.settled()
        trainee.card.get_by_role("button", name=name, exact=True).tap()
        expect(trainee.verdict).to_have_attribute("data-right", "true" if right else "false")
        looked_at(page, f"{name.lower().replace(' ', '-')}-360")
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
        assert trainee.go_on.bounding_box()["height"] >= 44
        if not right:
            page.get_by_role("button", name="I think this is wrong").tap()
            page.get_by_label("Why is the known answer wrong?").fill("Cats are no dogs.")
            assert not violations(page)
            picture(page, "practice-doubt-360-dark")
            page.get_by_role("button", name="Send to the owner").tap()
            expect(page.locator("[data-test=doubted]")).to_be_visible()
            doubt = GoldDispute.objects.get()
            assert (doubt.reason, doubt.by) == ("Cats are no dogs.", lara.user)
        trainee.go_on.tap()


def test_without_network_the_answer_is_kept_and_told_once_it_is_back(lara, person, expected_failures):
    expected_failures.append(NO_CONNECTION)
    context = person(lara.user)
    trainee = Trainee(context.new_page())
    trainee.settled()
    expect(trainee.page.locator("[data-test=saved]")).to_have_text("All saved")
    context.set_offline(True)
    trainee.page.keyboard.press("1")
    told = trainee.page.locator("[data-test=lesson]")
    expect(told).to_contain_text("There is no connection: your answer is kept on this device")
    expect(trainee.card).to_have_count(0)
    assert not Label.objects.exists()
    trainee.page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto("/p/matching/label/")
    expect(page.locator("[data-test=verdict]")).to_contain_text("Right. You said “Match”.")
    page.keyboard.press("Enter")
    expect(page.locator(".bench__card[data-token]")).to_be_visible()
    assert Label.objects.count() == 1


def test_who_marked_other_parts_sees_the_right_ones_and_theirs_on_the_text(db, person):
    asked = {
        "question": "Which places?", "input": {"kind": "text", "fields": ["text"]},
        "labels": [{"name": "place", "title": "Place"}],
    }  # fmt: skip
    lara = ask("spans", asked, [{"text": "Ada saw New York"}], slug="matching", qualification_items=1)
    item = Item.objects.get()
    Item.objects.update(purpose=Purpose.TRAINING)
    known = '{"spans":[{"end":16,"label":"place","start":8}]}'
    Gold.objects.create(item=item, answer=known, reason="", origin="chosen", created_at=NOW)
    trainee = Trainee(person(lara.user, "360").new_page())
    bench = Bench(trainee.page)
    bench.card.locator(".spans__text span span").get_by_text("Ada", exact=True).first.tap()
    bench.card.get_by_role("button", name="Place", exact=True).tap()
    trainee.settled()
    bench.card.get_by_role("button", name="Done").tap()
    expect(trainee.verdict).to_have_attribute("data-right", "false")
    told, whose = trainee.page.locator("[data-test=lesson]"), "aria-pressed"
    right, own = (told.get_by_role("button", name=name) for name in ("The right answer", "Your answer"))
    expect(right).to_have_attribute(whose, "true")
    looked_at(trainee.page, "spans-360")
    drawn = told.locator(".material").inner_html()
    own.tap()
    expect(own).to_have_attribute(whose, "true")
    assert told.locator(".material").inner_html() != drawn
    assert not violations(trainee.page)
