"""What the overview says of who is labelling and of money, and what a labeller sees of answers that came too late."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from frontend.burn_up import burn_up, span
from labelling.assignment.models import Desk, Draft
from labelling.loop.outlook import Pace, newest_forecast
from labelling.projects.actions import pause_project
from labelling.projects.models import Account, Role
from labelling.reliability.disputes import close_dispute
from tests.api.test_drafts import make_draft
from tests.factories import NOW, make_items, make_labeller, make_member, make_project, make_user
from tests.loop.crowd import give, later
from tests.loop.test_outlook import EUR, POLICY, make_fit, make_forecast
from tests.pages.browsing import client_of, text_of
from tests.reliability.test_disputes import a_wrong_question, dispute_of

pytestmark = pytest.mark.django_db

OVERVIEW, WORK = "/p/matching/", "/p/matching/work/"


def page(path=OVERVIEW, username="olga"):
    return text_of(client_of(username).get(path))


def test_the_overview_says_why_nobody_labels_since_when_and_where_to_go():
    project = make_project()
    make_items(project, 2)
    make_labeller(project)
    pause_project(project=project, by=None, now=NOW)
    said = page()
    assert "Why is nobody labelling?" in said
    assert "The project is paused: nobody gets new items." in said
    assert 'Since <time datetime="2026-03-02T09:00:00+00:00">' in said
    assert 'href="/p/matching/settings/">Go to the settings' in said


def test_an_auditor_reads_the_cause_without_the_link():
    project = make_project()
    make_items(project, 2)
    make_member(project, "aude", Role.AUDITOR)
    said = page(username="aude")
    assert "Nobody is invited to label." in said
    assert "Go to people" not in said


def test_the_overview_says_when_people_do_label():
    project = make_project(gold_share=0.0)
    items = make_items(project, 2)
    now = timezone.now()
    give(make_labeller(project), items[0], now=now)
    said = page()
    assert "Who is labelling?" in said
    assert "1 person labelled in the last 5 minutes." in said


def test_without_a_forecast_the_overview_says_when_there_will_be_one():
    project = make_project(**POLICY)
    make_items(project, 2)
    said = page()
    assert "There is no forecast yet: it comes with the next estimate of the labellers" in said
    assert "100 EUR of 100 EUR, where it stops" in said


@pytest.mark.parametrize(
    ("spent", "sentence"),
    [
        (50, "The budget is likely enough."),
        (51, "The budget may not be enough: it could take up to 1 EUR more."),
        (71, "The budget is likely not enough: it takes about 1 EUR to 21 EUR more."),
    ],
)
def test_the_overview_says_whether_the_budget_lasts(spent, sentence):
    project = make_project(**POLICY)
    make_items(project, 2)
    make_forecast(make_fit(project, 1))
    Account.objects.update(spent=spent * EUR)
    said = page()
    assert sentence in said
    assert 'about 40 EUR <span class="quiet">(30 EUR to 50 EUR)</span>' in said
    assert "with 90% confidence" in said


def test_the_burn_up_leads_from_the_labels_so_far_to_the_ends_of_the_forecasts_interval():
    project = make_project(**POLICY)
    forecast = make_forecast(make_fit(project, 1), labels=(250, 200.4, 300))
    points = [(NOW - timedelta(days=2), 800), (NOW, 1000)]
    pace = Pace(points, 100 / 86_400, NOW + timedelta(days=2.5))
    drawn = burn_up(pace, forecast)
    assert drawn.meaning == (
        "1,000 labels count so far. About 250 more are expected, with 90% confidence between 200 and 300. "
        "At the pace of the last week, 100 a day, they take about 2 days."
    )
    rows = json.loads(drawn.draws)["rows"]
    assert [(row["series"], row["y"]) for row in rows] == [
        ("So far", 800), ("So far", 1000), ("Expected", 1000), ("Expected", 1250),
    ]  # fmt: skip
    assert (rows[-1]["low"], rows[-1]["high"]) == (1200, 1300)


def test_the_burn_up_promises_no_date_without_a_pace():
    project = make_project(**POLICY)
    forecast = make_forecast(make_fit(project, 1))
    drawn = burn_up(Pace([(NOW, 10)], None, None), forecast)
    assert "can't be said from the pace so far" in drawn.meaning
    assert not drawn.draws
    assert "no forecast yet" in burn_up(Pace([(NOW, 10)], None, None), None).meaning
    assert "Not known yet" in burn_up(Pace([], None, None), newest_forecast(make_project(slug="other"))).meaning


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "less than a minute"), (60, "about 1 minute"), (5400, "about 2 hours"), (86_400 * 3, "about 3 days"),
     (86_400 * 14, "about 2 weeks"), (86_400 * 90, "about 3 months"), (86_400 * 900, "about 2 years")],
)  # fmt: skip
def test_a_length_of_time_is_said_in_its_largest_unit(seconds, words):
    assert span(timedelta(seconds=seconds)) == words


def test_a_labeller_sees_answers_that_came_too_late_and_puts_them_away():
    project = make_project()
    lara = make_labeller(project)
    item = make_items(project, 1)[0]
    item.example.payload = json.dumps({"request": "Walk my dog", "offer": "I walk dogs", "secret": "gold", "n": 1.5})
    item.example.save(update_fields=["payload"])
    draft = make_draft(lara, item)
    said = page(WORK, "lara")
    assert "Answers that came too late" in said
    assert (
        "Walk my dog" in said and "<bdi>match</bdi>" in said and "Its time was over and the item had moved on." in said
    )
    assert "secret" not in said and item.public_id not in said and item.example.external_id not in said
    answer = client_of("lara").post(WORK, {"draft": draft.token})
    assert answer.status_code == 302
    assert Draft.objects.get().put_away_at is not None
    assert "Answers that came too late" not in page(WORK, "lara")


def test_a_labeller_is_told_that_a_wrong_check_question_no_longer_counts_against_them():
    item, labellers = a_wrong_question()
    dispute, answer = dispute_of(item), {"choice": "no match"}
    now = timezone.now()
    close_dispute(dispute=dispute, outcome="corrected", answered="dogs", answer=answer, by=make_user("olga"), now=now)
    hurt, right = (page(WORK, labeller.user.username) for labeller in labellers[1:])
    line = "A check question was wrong; your record has been put right."
    assert line in hurt and line not in right
    assert f'<time datetime="{now:%Y-%m-%d}" data-format="day">' in hurt


def test_nobody_puts_anothers_draft_away_on_the_page():
    project = make_project()
    lara, _ = make_labeller(project), make_labeller(project, "ben")
    draft = make_draft(lara, make_items(project, 1)[0])
    assert client_of("ben").post(WORK, {"draft": draft.token}).status_code == 404
    assert client_of("ben").post(WORK, {"draft": "\x00"}).status_code == 404
    assert Draft.objects.get().put_away_at is None


def test_the_overview_costs_as_many_statements_with_many_items(django_assert_max_num_queries):
    project = make_project(**POLICY)
    make_items(project, 300)
    Desk.objects.create(labeller=make_labeller(project), seen_at=later(0))
    client = client_of("olga")
    client.get(OVERVIEW)
    with django_assert_max_num_queries(40):
        assert client.get(OVERVIEW).status_code == 200
