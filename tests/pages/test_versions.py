"""Versions for owners: what changed, names that move, recalls and their correction, a row's timeline."""

import re

import pytest

from labelling.consensus.models import Authority
from labelling.datasets.models import Version
from labelling.loop.publish import publish
from labelling.loop.reject import reject
from labelling.loop.resolve import decide
from labelling.tasks import run_waiting
from tests.factories import make_items, make_user
from tests.loop.crowd import later
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, a_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    """A project with one version."""
    scene = a_scene()
    version(scene, "first", 40)
    return scene


def version(scene, message, minutes):
    return publish(
        project=scene.project, by=make_user("olga"), message=message, now=later(minutes), override_reason="few rows"
    )


def rule(item, choice, minutes):
    decide(item=item, answer={"choice": choice}, authority=Authority.EXPERT, reason="a cat is a pet",
           by=make_user("olga"), now=later(minutes))  # fmt: skip
    run_waiting(now=later(minutes))


def page(path="", username="olga"):
    return text_of(client_of(username).get(HOME + path))


def other(item):
    return "no match" if "no match" not in item.resolutions.get(closed_at=None).answer else "match"


def test_a_name_is_moved_from_version_to_version_and_removed(scene):
    owner = client_of("olga")
    rule(scene.items[0], other(scene.items[0]), 45)
    version(scene, "second", 50)
    for number in (1, 2):
        reply = owner.post(f"{HOME}versions/aliases/", {"name": "production", "number": number}, follow=True)
        assert f"production means version {number} from now on." in text_of(reply)
        assert (page("versions/").count("Recalled"), number) in {(2, 1), (1, 2)}
    assert "<code>production</code>" in page("versions/2/")
    assert "<code>production</code>" not in page("versions/1/")
    reply = owner.post(f"{HOME}versions/aliases/", {"name": "production", "remove": "1"}, follow=True)
    assert "production means no version any more" in text_of(reply)
    reply = owner.post(f"{HOME}versions/aliases/", {"name": "Not a name", "number": "1"}, follow=True)
    assert "begins with a letter" in text_of(reply)
    assert client_of("aude").post(f"{HOME}versions/aliases/", {"name": "x", "number": "1"}).status_code == 403


def test_two_versions_are_chosen_in_any_order_and_compared(scene):
    rule(scene.items[0], other(scene.items[0]), 45)
    version(scene, "second", 50)
    for before, after in (("1", "2"), ("2", "1"), ("latest", "1")):
        reply = client_of("olga").get(f"{HOME}versions/compare/", {"before": before, "after": after})
        assert reply["Location"].endswith("/versions/1/diff/2/")
    assert client_of("olga").get(f"{HOME}versions/compare/", {"before": "7", "after": "1"}).status_code == 404
    said = page("versions/1/diff/2/")
    assert "1 row differs; 1 was relabelled." in said
    assert "versions/2/diff?against=1&amp;format=csv" in said
    assert "resolved again, by an expert" in said


def test_a_recalled_version_offers_to_publish_the_corrected_one_and_then_names_it(scene):
    rule(scene.items[0], other(scene.items[0]), 45)
    said = page("versions/1/")
    assert "This version is recalled." in said
    assert "1 row was ruled otherwise since, last by olga." in said
    assert "Publish the corrected version" in said
    assert re.search(r"\d+ items? ha(s|ve) an answer now; \d+ waits? for labels and \d+ for an expert", said)
    assert "Publish the corrected version" not in page("versions/1/", "aude")
    version(scene, "second", 50)
    said = page("versions/1/")
    assert "1 row relabelled" in said
    assert "/versions/1/diff/2/" in said
    assert "Publish the corrected version" not in said
    assert "This version is recalled." not in page("versions/2/")
    assert "Version 1 is recalled.</strong> 1 of its rows" in page()


def test_many_rulings_and_a_rejection_are_two_notices(scene):
    for number, item in enumerate(scene.items[:3]):
        if item.resolutions.filter(closed_at=None).exists():
            rule(item, other(item), 45 + number)
    reject(batch=scene.labellers[0].batches.get(number=1), reason="too fast", by=make_user("olga"), now=later(60))
    said = page("versions/1/")
    assert said.count('class="notice notice--bad"') == 3
    assert "too fast" in said


def test_a_row_says_what_led_to_it_what_happened_since_and_that_its_proof_holds(scene):
    key = scene.items[0].example.external_id
    before = page(f"versions/1/rows/{key}/")
    assert "What led to it" in before
    assert "Checked now" in before
    rule(scene.items[0], other(scene.items[0]), 45)
    since = page(f"versions/1/rows/{key}/").split("Since it was published")[1]
    assert "a cat is a pet" in since
    assert Version.objects.count() == 1


def test_a_key_that_a_version_has_no_row_of_is_answered_with_where_it_is():
    scene = a_scene()
    publish(project=scene.project, by=None, message="", override_reason="small", now=later(90))
    olga = client_of("olga")
    page = olga.get(f"{HOME}versions/1/?key=nowhere", follow=True)
    assert page.status_code == 404
    assert "Version 1 has no row with this key" in text_of(page) and "no item has this key" in text_of(page)
    [item] = make_items(scene.project, 1, first=70)
    key = item.example.external_id
    assert "in none: a version holds items that are resolved" in text_of(olga.get(f"{HOME}versions/1/rows/{key}/"))
    odd = olga.get(f"{HOME}versions/1/", {"key": "a\n/b "}, follow=True)
    assert odd.status_code == 404 and "a\n/b" in odd.content.decode()
