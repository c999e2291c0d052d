"""Ten keys a second: each answer belongs to the card that was on the screen when its key went down."""

import pytest

from tests.browser import burst
from tests.browser.bench import Bench
from tests.factories import make_items, make_labeller, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_keys_faster_than_cards_answer_no_card_that_was_not_seen(person):
    project = make_project(gold_share=0.0)
    make_items(project, 120)
    lara = make_labeller(project, "lara")
    context = person(lara.user)
    burst.note_keys(context)
    bench = Bench(context.new_page()).open()
    burst.press_for(bench.page, seconds=10)
    bench.all_saved()
    assert burst.check(bench.page, lara) > 10
