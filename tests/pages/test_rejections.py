"""The pages of rejecting: what is named and by what, what would change, what was decided and by whom, and lifting."""

import pytest

from labelling.assignment.models import Label, Rejection
from labelling.jobs.models import Job
from labelling.loop.reject import reject
from tests.loop.crowd import later
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, a_scene

pytestmark = pytest.mark.django_db
REJECT = f"{HOME}labellers/reject/"


def shown(address: str, status: int = 200, username: str = "olga") -> str:
    reply = client_of(username).get(address)
    assert reply.status_code == status, text_of(reply)
    return text_of(reply)


def test_a_range_is_picked_in_the_labellers_list_and_rejected():
    scene = a_scene()
    lara = scene.labellers[0]
    labels = list(lara.labels.order_by("pk"))
    picked = f"?from_label={labels[1].public_id}&to_label={labels[2].public_id}"
    page = shown(f"{HOME}labellers/{lara.public_id}/labels/{picked}")
    assert f"labeller={lara.public_id}&amp;from_label={labels[1].public_id}" in page
    address = f"{REJECT}{picked}&labeller={lara.public_id}"
    assert "Reject 2 labels" in shown(address)
    assert client_of("olga").post(address, {"reason": "asleep"}).status_code == 302
    assert set(Rejection.objects.get(scope="range").covered.values_list("label", flat=True)) == {
        labels[1].pk, labels[2].pk,
    }  # fmt: skip
    assert "Labels of labeller-001" in shown(f"{HOME}labellers/rejections/")


def test_conditions_are_asked_for_then_shown_in_words_with_what_they_would_change():
    scene = a_scene()
    assert "Reject by conditions" in shown(REJECT)
    query = "?see=1&since=2026-03-02T10:00&zone=Europe/Berlin&answer=match&abstention=&slice="
    said = shown(REJECT + query)
    assert "All labels given since 2 Mar 2026, 10:00 (UTC+01:00), that answer “match”" in said
    assert "<dt>Labels that stop counting</dt><dd>9</dd>" in said
    assert not Rejection.objects.exists()
    assert client_of("olga").post(REJECT + query, {"reason": "a bad morning"}).status_code == 302
    made = Rejection.objects.get()
    assert made.where == {"since": "2026-03-02T10:00:00+01:00", "answer": "match"}
    assert made.n_labels == 9
    assert scene.project


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?see=1", "Name at least one condition"), ("?see=1&colour=red", "Colour: is not a condition"),
        ("?see=1&since=2026-03-02T10:00&zone=Mars/Base", "Time zone: &#x27;Mars/Base&#x27; is no time zone"),
        ("?see=1&since=now", "Given since: must be a day and a time"),
        ("?see=1&guideline=x", "Guideline: must be a number"),
        ("?see=1&active_below=nan", "Active for less than: must be seconds"),
        ("?see=1&slice=%00", "Slice: must be the name"),
    ],
)  # fmt: skip
def test_a_condition_that_can_not_be_is_said_on_the_page(query, said):
    a_scene()
    assert said in shown(REJECT + query, 422)


def test_one_label_is_rejected_from_its_items_story():
    scene = a_scene()
    label = Label.objects.filter(item=scene.items[0]).first()
    address = f"{REJECT}?label={label.public_id}"
    assert f"/p/matching/labellers/reject/?label={label.public_id}" in shown(f"{HOME}items/{scene.items[0].public_id}/")
    assert "Reject one label of labeller-001?" in shown(address)
    assert client_of("olga").post(address, {"reason": "a slip"}).status_code == 302
    assert "This is rejected already" in shown(address)


def test_a_large_one_says_how_far_it_is_and_what_to_do_when_its_job_was_given_up():
    scene = a_scene()
    made = reject(labeller=scene.labellers[0], reason="asleep", by=None, now=later(60), at_once=0)
    address = f"{HOME}labellers/rejections/{made.public_id}/"
    assert "Under way" in shown(address) and "Lifting it now stops it" in shown(address)
    Job.objects.filter(kind="reject").update(failed_at=later(61), error="the disk was full", attempts=8)
    assert "A worker tried 8 times and gave up" in shown(address)
    assert client_of("olga").post(address).status_code == 302
    assert Job.objects.filter(kind="reject", failed_at=None).exists()


def test_auditors_read_all_of_it_and_change_nothing():
    scene = a_scene()
    made = reject(labeller=scene.labellers[0], reason="asleep", by=None, now=later(60))
    one = f"{HOME}labellers/rejections/{made.public_id}/"
    for address in (f"{HOME}labellers/rejections/", one, f"{HOME}labellers/{scene.labellers[0].public_id}/labels/"):
        assert "Lift the rejection" not in shown(address, username="aude")
    aude = client_of("aude")
    assert aude.post(f"{one}lift/", {"reason": "x"}).status_code == 403
    assert aude.post(f"{REJECT}?labeller={scene.labellers[1].public_id}", {"reason": "x"}).status_code == 403
    assert client_of(scene.labellers[0].user.username).get(one).status_code == 403
    assert Rejection.objects.filter(lifted_at=None).count() == 1


def test_what_is_of_no_labeller_batch_or_label_of_the_project_is_not_found():
    a_scene()
    for query in ("?labeller=nobody", "?batch=none", "?label=%00", "?labeller=%00"):
        shown(REJECT + query, 404)
    shown(f"{HOME}labellers/rejections/none/", 404)
    shown(f"{HOME}labellers/nobody/labels/", 404)
