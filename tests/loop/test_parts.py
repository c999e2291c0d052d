"""Answers that have parts, all the way: put together, settled, contested, fitted, rejected, checked against gold."""

import pytest

from experts.doctor.examine import examine
from labelling import canonical
from labelling.assignment.models import Lease
from labelling.consensus.judging import say
from labelling.consensus.merging import accuracy_of
from labelling.consensus.models import Authority, Fit, FitRow
from labelling.consensus.queries import given
from labelling.loop.gold import make_gold
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import lift, reject
from labelling.loop.rejecting.preview import preview
from labelling.loop.submit import submit
from labelling.projects.actions import new_schema
from labelling.projects.models import User
from labelling.reliability.models import AgreementReading, Scorecard
from labelling.sampling.models import Item
from tests.datasets.stored import labels_in, newest
from tests.factories import NOW, make_items, make_labellers, make_tagging, tags
from tests.loop.crowd import fresh, later, posteriors, scorecards, standing, take

pytestmark = pytest.mark.django_db

POLICY = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 4, "stop_confidence": 0.95, "gold_share": 0.0}


def give(labeller, item, choices, now=NOW):
    lease = take(labeller, item, now=now)
    return submit(token=lease.token, labeller=labeller, answer={"choices": [*choices]}, now=now).label


def answer_of(item):
    return canonical.loads(standing(item).answer)["choices"]


@pytest.fixture
def project():
    return make_tagging(**POLICY)


def test_two_who_say_the_same_settle_an_item_and_it_is_sure_that_they_are_right(project):
    item, crowd = make_items(project, 1)[0], make_labellers(project, 2)
    for labeller in crowd:
        give(labeller, item, "ab")
    resolution = standing(item)
    assert (answer_of(item), resolution.authority) == (["a", "b"], Authority.CROWD)
    # 4 in 5 are right, and of 5 possible answers 4 are wrong: 16 for each of them, 256 together, to 4.
    assert resolution.confidence == pytest.approx(256 / 260)
    assert resolution.posterior == {"right": 984615, "wrong": 15385}


def test_who_says_something_else_costs_more_labels_and_then_an_expert(project):
    item, crowd = make_items(project, 1)[0], make_labellers(project, 4)
    for labeller, choices in zip(crowd, ("ab", "cd", "bc", "ad"), strict=True):
        give(labeller, item, choices)
    assert (fresh(item).state, standing(item)) == ("contested", None)
    assert list(item.stopping_decisions.order_by("id").values_list("verdict", flat=True)) == ["more", "more", "contest"]


def crowded(project, n_items=20):
    """Four labellers who are right, and one who never is."""
    items, crowd = make_items(project, n_items, target=5), make_labellers(project, 5)
    for number, item in enumerate(items):
        right = "ab" if number % 2 else "c"
        for labeller in crowd[:4]:
            give(labeller, item, right)
        give(crowd[4], item, "d" if number % 3 else "ad")
    return items, crowd


@pytest.fixture
def tagged():
    project = make_tagging("fixed", **(POLICY | {"maximum_labels": 5, "initial_labels": 5}))
    return project, *crowded(project)


def test_a_fit_knows_who_is_like_the_others_and_who_is_not(tagged):
    project, items, crowd = tagged
    fit = refit_project(project=project, now=NOW)
    rows = {row.labeller_id: row.confusion for row in FitRow.objects.filter(fit=fit)}
    known = {labeller.name: accuracy_of(rows[labeller.pk]) for labeller in crowd}
    assert min(known[labeller.name] for labeller in crowd[:4]) > 0.95
    assert known[crowd[4].name] < 0.2
    cards = {card.labeller_id: card for card in Scorecard.objects.all()}
    assert cards[crowd[4].pk].confusion == [[0, 20], [0, 0]]
    assert (cards[crowd[0].pk].agreement, cards[crowd[4].pk].agreement) == (1, 0)
    assert all(answer_of(item) == (["a", "b"] if number % 2 else ["c"]) for number, item in enumerate(items))


def test_agreement_is_measured_by_how_alike_answers_are(tagged):
    project, *_ = tagged
    refit_project(project=project, now=NOW)
    reading = AgreementReading.objects.get(scope="all", facet="overall")
    # Six of the ten pairs of an item say the same.
    assert reading.percent == pytest.approx(0.6)
    assert reading.low < reading.alpha < reading.high
    assert 0 < reading.alpha < 1


def test_rejecting_and_lifting_gives_back_what_was_there(tagged):
    project, _, crowd = tagged
    refit_project(project=project, now=NOW)
    before = (posteriors(project), scorecards(project))
    olga = User.objects.get(username="olga")
    seen = preview(labeller=crowd[0])
    assert (seen.n_counting, seen.n_flips) == (20, 0)
    rejection = reject(labeller=crowd[0], reason="wrong", by=olga, now=NOW)
    refit_project(project=project, now=NOW)
    assert posteriors(project) != before[0]
    lift(rejection=rejection, reason="right after all", by=olga, now=NOW)
    refit_project(project=project, now=NOW)
    assert (posteriors(project), scorecards(project)) == before


def test_a_refit_leaves_standing_answers_alone_and_the_doctor_finds_nothing(tagged):
    project, items, _ = tagged
    refit_project(project=project, now=NOW)
    first = [standing(item).pk for item in items]
    refit_project(project=project, now=NOW)
    assert [standing(item).pk for item in items] == first
    assert Fit.objects.count() == 2
    assert list(examine()) == []


def test_a_version_holds_the_answers_as_they_are(tagged):
    project, items, _ = tagged
    version = publish(project=project, by=User.objects.get(username="olga"), now=NOW, message="tags")
    assert version.n_rows == len(items)
    labels = labels_in(newest())
    assert labels == {"a|b", "c"}
    assert list(examine()) == []


def test_a_known_answer_is_held_against_what_says_the_same(project):
    make_items(project, 3)
    item, crowd = make_items(project, 1, first=9)[0], make_labellers(project, 3)
    olga = User.objects.get(username="olga")
    make_gold(item=item, answer={"choices": ["b", "a"]}, reason="clear", by=olga, now=NOW, purpose="training")
    for labeller, choices in zip(crowd, ("ab", "ab", "c"), strict=True):
        lease = Lease.objects.create(labeller=labeller, item=item, pass_number=1, leased_at=NOW, expires_at=later(60))
        reply = submit(token=lease.token, labeller=labeller, answer={"choices": [*choices]}, now=NOW)
        assert reply.feedback is not None
        assert reply.feedback.right is (choices == "ab")
    assert list(examine()) == []


def test_answers_that_a_new_schema_would_refuse_have_no_part_in_what_it_puts_together():
    project = make_tagging("fixed", **(POLICY | {"maximum_labels": 5, "initial_labels": 5}))
    item, crowd = make_items(project, 1, target=5)[0], make_labellers(project, 5)
    for labeller in crowd[:3]:
        give(labeller, item, "ab")
    new_schema(project=project, definition={**tags(), "maximum": 1}, mapping=None, by=None, now=NOW)
    for labeller in crowd[3:]:
        give(labeller, item, "c")
    refit_project(project=project, now=NOW)
    assert canonical.loads(posterior_answer(item)) == {"choices": ["c"]}


def posterior_answer(item):
    item = Item.objects.get(pk=item.pk)
    return say(given(item), item.project.schema_in_force, None, {}).answer
