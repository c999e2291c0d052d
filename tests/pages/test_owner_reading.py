"""What the owner's pages say, for whom, and with how many statements."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from frontend.pictures import balance, mix_ups, progress
from labelling.assignment.models import Label
from labelling.datasets.models import Version
from labelling.loop.publish import publish
from labelling.loop.reject import reject
from labelling.projects.actions import add_member
from labelling.sampling.actions import add_gold
from labelling.sampling.models import Item
from tests.datasets.stored import keys
from tests.factories import NOW, make_items, make_labeller, make_project, make_user
from tests.loop.crowd import fresh, give, later
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, a_scene

pytestmark = pytest.mark.django_db


def page(path: str = "", username: str = "olga") -> str:
    return text_of(client_of(username).get(HOME + path))


def statements(path: str) -> int:
    client = client_of("olga")
    with CaptureQueriesContext(connection) as made:
        assert client.get(HOME + path).status_code == 200
    return len(made)


def item_page(item: Item) -> str:
    return f"items/{item.public_id}/"


def everything() -> list[str]:
    """The path of every page of an owner."""
    labeller, item = Label.objects.first().labeller, Item.objects.first()
    batch, key = labeller.batches.first(), keys(Version.objects.get(number=1))[0]
    return [
        "", "items/", "items/?state=resolved&q=item", item_page(item), "labellers/", "quality/",
        f"labellers/{labeller.public_id}/", f"labellers/reject/?labeller={labeller.public_id}",
        f"labellers/reject/?batch={batch.public_id}", "sampling/", "versions/", "versions/?check=1", "versions/1/",
        "versions/1/diff/2/", f"versions/1/rows/{key}/",
    ]  # fmt: skip


def two_versions() -> None:
    scene = a_scene()
    owner = make_user("olga")
    publish(project=scene.project, by=owner, message="first", now=later(40), override_reason="few rows")
    reject(batch=scene.labellers[0].batches.get(number=1), reason="too fast", by=owner, now=later(50))
    publish(project=scene.project, by=owner, message="second", now=later(60), override_reason="few rows")


def test_owners_and_auditors_read_every_page_and_only_owners_get_forms_that_change_something():
    two_versions()
    for path in everything():
        for username in ("olga", "aude"):
            assert client_of(username).get(HOME + path).status_code == 200, (username, path)
        assert '<form class="stack" method="post"' not in page(path, "aude"), path


def test_labellers_strangers_and_people_without_a_login_see_none_of_them():
    two_versions()
    make_user("sten")
    for path in everything():
        assert client_of("labeller-001").get(HOME + path).status_code == 403, path
        assert client_of("sten").get(HOME + path).status_code == 404, path
        client = client_of("sten")
        client.logout()
        assert client.get(HOME + path).status_code == 302, path


def test_a_new_project_says_what_to_do_next():
    make_project()
    said = page()
    assert "Nothing is sampled yet" in said
    assert "Send examples and what a model said of them" in said
    assert "Invite people" in page("labellers/")
    assert "No items yet" in page("items/")
    assert "No item is approved yet" in page("versions/")


def test_the_overview_counts_what_is_approved_and_leaves_gold_out():
    scene = a_scene()
    for item in make_items(scene.project, 3, first=50):
        add_gold(item=item, answer={"choice": "match"}, origin="chosen", by=None, reason="", now=NOW)
    said = page()
    assert "<dd>4 <small>of 6 items, gold left out" in said
    assert "4 of 6 items are done (67%). 1 item waits for an expert." in said


def test_the_overview_names_an_open_recall():
    two_versions()
    assert "Version 1 is recalled" in page()


def test_a_page_takes_as_many_statements_for_many_rows_as_for_few():
    two_versions()

    def more(n, first):
        project = Item.objects.first().project
        for item in make_items(project, n, first=first):
            for labeller in Label.objects.first().labeller, make_labeller(project, f"new-{item.pk}"):
                give(labeller, item, "match", now=later(90))

    more(1, first=100)
    few = {path: statements(path) for path in everything() if not path.startswith("versions/1/diff")}
    more(12, first=101)
    assert {path: statements(path) for path in few} == few


def test_items_are_found_by_state_and_by_how_their_key_begins():
    scene = a_scene()
    assert "item-0001" in page("items/?state=resolved")
    assert scene.contested.example.external_id not in page("items/?state=resolved")
    assert "item-0001" not in page("items/?q=item-0002")
    assert "No item matches" in page("items/?q=other")


def test_a_filter_that_makes_no_sense_is_named_and_shows_nothing():
    a_scene()
    reply = client_of("olga").get(f"{HOME}items/?state=lost")
    assert reply.status_code == 422
    assert "item-0001" not in text_of(reply)
    assert "State: &quot;lost&quot; is not a valid choice." in text_of(reply)


def test_a_list_of_items_goes_on_page_by_page_without_repeating_one():
    project = make_project()
    make_items(project, 120)
    client, path, seen = client_of("olga"), f"{HOME}items/", []
    while path:
        shown = client.get(path).context
        seen += [item.example.external_id for item in shown["page"].rows]
        path = f"{HOME}items/{shown['more']}" if shown["more"] else ""
    assert seen == [f"item-{number:04d}" for number in range(1, 121)]


def test_an_items_story_says_why_it_was_stopped_and_why_contested():
    scene = a_scene()
    assert "so an expert decides (before the first fit, policy 1)" in page(item_page(scene.contested), "aude")
    said = page(item_page(scene.items[0]))
    assert "labeller-001</a> answered “match”" in said
    assert "Resolved as “match” by the labellers together." in said
    assert "so no more were asked for" in said


def test_an_items_story_shows_withdrawn_rejected_and_published_labels():
    two_versions()
    first = Item.objects.order_by("pk").first()
    said = page(item_page(first))
    assert "Rejected" in said
    assert "no longer stands" in said
    assert "version 1, " in said


def test_a_row_of_a_version_says_what_it_rests_on():
    two_versions()
    said = page(f"versions/1/rows/{keys(Version.objects.get(number=1))[0]}/")
    assert '<dt>request</dt><dd dir="auto">Someone to look after cat 1</dd>' in said
    assert "This answer no longer stands" in said
    assert "This row used the label" in said


def test_text_of_production_is_shown_as_text_and_never_as_markup():
    project = make_project()
    item = make_items(project, 1)[0]
    hostile = "<script>alert(1)</script>"
    item.example.payload = json.dumps({"request": hostile, "offer": "{{ 7 }}"})
    item.example.save(update_fields=["payload"])
    assert hostile not in page(item_page(item))
    assert escape(hostile) in page(item_page(item))


def test_labellers_come_worst_first_and_those_not_known_last():
    scene = a_scene()
    add_member(project=scene.project, user=make_user("nina"), role="labeller", name="nina", by=None, now=NOW)
    rows = client_of("olga").get(f"{HOME}labellers/").context["rows"]
    assert [card is None for _, card in rows] == sorted(card is None for _, card in rows)
    highs = [card.agreement_high for _, card in rows if card and card.agreement_high is not None]
    assert highs == sorted(highs)


def test_another_projects_rows_are_not_found():
    scene = a_scene()
    other = make_project(slug="other")
    elsewhere = make_items(other, 1, first=900)[0]
    assert client_of("olga").get(HOME + item_page(elsewhere)).status_code == 404
    stranger = make_labeller(other, "omar")
    assert client_of("olga").get(f"{HOME}labellers/{stranger.public_id}/").status_code == 404
    assert client_of("olga").get(f"{HOME}labellers/reject/?labeller={stranger.public_id}").status_code == 404
    assert fresh(scene.items[0]).project == scene.project


ODD = (
    "items/?after=x", "items/?after=99999999999999999999", "items/?q=%00", "items/%00/", "versions/1/rows/%00/",
    "versions/99999999999999/", "labellers/reject/?batch=%00",
)  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_odd_addresses_never_break_a_page(path):
    two_versions()
    assert client_of("olga").get(HOME + path).status_code in {200, 404, 422}


def test_a_picture_says_what_it_shows():
    assert "2 items wait" in progress({"open": 1, "contested": 2, "resolved": 5, "discarded": 2}).meaning
    assert json.loads(balance({"yes": 3, "no": 1}, all_of_them=True).draws)["rows"][0] == {"label": "yes", "value": 3}
    mixed = mix_ups([[[8, 2], [1, 9]], [[8, 2], [1, 9]]], ["yes", "no"])
    assert "Where “yes” is likely right, “no” was answered 20% of the time" in mixed.meaning
    assert mix_ups([], ["yes", "no"]).draws == ""
