"""`make bench`: a minute of ten keys a second, on a real server: each answer belongs to the card on the screen.

BENCH_SECONDS  how long: 60
"""

import os

import pytest
from django.db import connection

from tests.bench.tables import show
from tests.browser import burst
from tests.browser.bench import Bench
from tests.browser.conftest import session_cookie
from tests.factories import make_items, make_labeller, make_project
from tests.web import WebServer
from tests.worker import address_of

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))


@pytest.fixture
def server():
    web = WebServer(database_url=address_of(connection.settings_dict))
    web.start()
    yield web
    web.stop()


def test_a_minute_of_ten_keys_a_second_answers_only_cards_that_were_seen(new_context, server):
    project = make_project(gold_share=0.0)
    make_items(project, SECONDS * 7)
    lara = make_labeller(project, "lara")
    url = f"http://127.0.0.1:{server.port}"
    context = new_context(base_url=url, viewport={"width": 1280, "height": 800})
    context.add_cookies([session_cookie(lara.user, url)])
    burst.note_keys(context)
    bench = Bench(context.new_page()).open()
    burst.press_for(bench.page, seconds=SECONDS)
    bench.all_saved()
    answers = burst.check(bench.page, lara)
    context.close()
    show("ten keys a second", [("seconds", "answers", "of another card"), (str(SECONDS), str(answers), "0")])
    assert answers > SECONDS
