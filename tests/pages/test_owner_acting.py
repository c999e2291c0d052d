"""What owners change from their pages, and what is refused in words."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labelling.assignment.models import Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.datasets.models import Recall, Version
from labelling.ingest.models import Example, Prediction
from labelling.loop.publish import publish
from labelling.sampling.models import Item, SamplingRound
from tests.factories import make_items, make_project, make_user
from tests.loop.crowd import fresh, later, standing
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, Scene, a_scene

pytestmark = pytest.mark.django_db


def send(path: str, username: str = "olga", **fields):
    return client_of(username).post(HOME + path, fields)


def item_path(item: Item) -> str:
    return f"items/{item.public_id}/"


def published(scene: Scene) -> Version:
    return publish(
        project=scene.project, by=make_user("olga"), message="", now=later(40), override_reason="few rows of one class"
    )


def ndjson(*records: object) -> SimpleUploadedFile:
    lines = "\n".join(json.dumps(record) if isinstance(record, dict) else str(record) for record in records)
    return SimpleUploadedFile("predictions.ndjson", lines.encode())


def line(number: int) -> dict[str, object]:
    return {
        "id": f"r{number}", "payload": {"request": f"cat {number}", "offer": "dog"}, "model": "m1",
        "probabilities": {"match": 0.4, "no match": 0.6},
    }  # fmt: skip


def test_a_corrected_item_has_the_engineers_answer_and_its_reason():
    scene = a_scene()
    reply = send(item_path(scene.items[0]), do="correct", answer="no match", reason="the offer is for dogs")
    assert reply.status_code == 302
    ruling = standing(fresh(scene.items[0]))
    assert (ruling.answer, ruling.authority) == ('{"choice":"no match"}', Authority.ENGINEER)
    assert (ruling.reason, ruling.by.username) == ("the offer is for dogs", "olga")


def test_an_answer_outside_the_schema_is_refused_and_what_was_typed_is_kept():
    scene = a_scene()
    reply = send(item_path(scene.items[0]), do="correct", answer="perhaps", reason="a long reason")
    assert reply.status_code == 422
    assert "is not one of match, no match" in text_of(reply)
    assert 'value="a long reason"' in text_of(reply)
    assert standing(fresh(scene.items[0])).authority == Authority.CROWD


def test_an_item_is_discarded_only_with_a_reason():
    scene = a_scene()
    assert send(item_path(scene.items[0]), do="discard", reason=" ").status_code == 422
    assert fresh(scene.items[0]).state == "resolved"
    assert send(item_path(scene.items[0]), do="discard", reason="it is spam").status_code == 302
    assert fresh(scene.items[0]).state == "discarded"


@pytest.mark.parametrize("reason", ["x" * 201, "a\x00b"])
def test_a_reason_that_cannot_be_kept_is_refused(reason):
    scene = a_scene()
    for act in ("discard", "hold"):
        assert send(item_path(scene.items[0]), do=act, reason=reason).status_code == 422
    assert (fresh(scene.items[0]).state, fresh(scene.items[0]).held_at) == ("resolved", None)


def test_an_item_is_held_and_let_go():
    scene = a_scene()
    send(item_path(scene.items[0]), do="hold", reason="ask the lawyer")
    assert fresh(scene.items[0]).held_at
    assert "ask the lawyer" in text_of(client_of("olga").get(HOME + item_path(scene.items[0])))
    send(item_path(scene.items[0]), do="unhold")
    assert fresh(scene.items[0]).held_at is None


def test_an_item_is_labelled_again_with_more_labels_or_afresh():
    scene = a_scene()
    send(item_path(scene.items[0]), do="requeue", how="more", n_more="3")
    assert (fresh(scene.items[0]).target, fresh(scene.items[0]).is_open) == (5, True)
    send(item_path(scene.items[1]), do="requeue", how="afresh")
    assert (fresh(scene.items[1]).pass_number, fresh(scene.items[1]).n_done) == (2, 0)


@pytest.mark.parametrize("n_more", ["", "0", "-1", "21", "x", "²"])
def test_a_number_of_labels_that_makes_no_sense_is_refused(n_more):
    scene = a_scene()
    reply = send(item_path(scene.items[0]), do="requeue", how="more", n_more=n_more)
    assert reply.status_code == 422
    assert "n_more must be 1 to 20" in text_of(reply)
    assert fresh(scene.items[0]).state == "resolved"


def test_gold_is_not_sent_to_be_labelled_again():
    scene = a_scene()
    gold = make_items(scene.project, 1, first=70, purpose="gold")[0]
    assert send(item_path(gold), do="requeue", how="afresh").status_code == 422


def test_the_preview_of_a_rejection_changes_nothing_and_says_what_it_would_change():
    scene = a_scene()
    published(scene)
    batch = scene.labellers[0].batches.get(number=1)
    said = text_of(client_of("olga").get(f"{HOME}labellers/reject/?batch={batch.public_id}"))
    assert "<dt>Labels that stop counting</dt><dd>2</dd>" in said
    assert "<dt>Items that open again</dt><dd>2</dd>" in said
    assert "version 1</a>: 2 rows" in said
    assert "2 labels</dd>" in said
    assert not Rejection.objects.exists()


def test_a_rejection_needs_a_reason_and_then_recalls_the_versions_it_reaches():
    scene = a_scene()
    published(scene)
    path = f"labellers/reject/?labeller={scene.labellers[0].public_id}"
    assert send(path, reason=" ").status_code == 422
    assert not Rejection.objects.exists()
    assert send(path, reason="always the same answer").status_code == 302
    assert Rejection.objects.get().labeller == scene.labellers[0]
    assert Recall.objects.get().n_rows == 4
    again = send(path, reason="once more")
    assert again.status_code == 422
    assert "already rejected" in text_of(again)


def test_a_lifted_rejection_counts_again_and_withdraws_its_recalls():
    scene = a_scene()
    published(scene)
    send(f"labellers/reject/?labeller={scene.labellers[0].public_id}", reason="too fast")
    rejection = Rejection.objects.get()
    assert "Lift it" in text_of(client_of("olga").get(f"{HOME}labellers/rejections/{rejection.public_id}/"))
    send(f"labellers/rejections/{rejection.public_id}/lift/", reason="it was me")
    rejection.refresh_from_db()
    assert (rejection.lift_reason, Recall.objects.get().withdrawn_at is not None) == ("it was me", True)


def test_a_rejection_is_not_lifted_without_a_reason():
    scene = a_scene()
    send(f"labellers/reject/?labeller={scene.labellers[0].public_id}", reason="too fast")
    rejection = Rejection.objects.get()
    send(f"labellers/rejections/{rejection.public_id}/lift/", reason="  ")
    rejection.refresh_from_db()
    assert rejection.lifted_at is None


def test_a_labeller_is_suspended_with_a_reason_and_resumed():
    labeller = a_scene().labellers[0]
    path = f"labellers/{labeller.public_id}/"
    assert send(path, do="suspend", reason="").status_code == 422
    send(path, do="suspend", reason="on leave")
    labeller.refresh_from_db()
    assert labeller.suspended_at
    assert Entry.objects.get(action="member.suspended").detail["reason"] == "on leave"
    send(path, do="resume")
    labeller.refresh_from_db()
    assert labeller.suspended_at is None


def test_a_full_batch_is_accepted():
    labeller = a_scene().labellers[0]
    batch = labeller.batches.get(number=1)
    send(f"labellers/{labeller.public_id}/", do="accept", batch=batch.public_id)
    assert batch.review.by.username == "olga"
    assert "Accepted" in text_of(client_of("olga").get(f"{HOME}labellers/{labeller.public_id}/"))


def test_predictions_are_taken_in_and_the_bad_lines_are_named():
    make_project()
    reply = send("sampling/", do="ingest", file=ndjson(line(1), "not json", line(2)))
    assert reply.status_code == 422
    assert '<th scope="row" class="number">2</th>' in text_of(reply)
    assert "1 of 3 lines were refused; the others are kept." in text_of(reply)
    assert (Example.objects.count(), Prediction.objects.count()) == (2, 2)
    assert send("sampling/", do="ingest", file=ndjson(line(1), line(2), line(3))).status_code == 302
    assert Example.objects.count() == 3


def test_a_form_without_a_file_says_so():
    make_project()
    reply = send("sampling/", do="ingest")
    assert reply.status_code == 422
    assert "Choose a file" in text_of(reply)


def test_a_round_is_drawn_and_listed():
    make_project()
    send("sampling/", do="ingest", file=ndjson(*map(line, range(10))))
    assert send("sampling/", do="sample", budget="4", strategy="entropy", chance="50").status_code == 302
    drawn = SamplingRound.objects.get()
    assert (drawn.n_selected, drawn.strategy, drawn.probability_share) == (4, "entropy", 0.5)
    assert "entropy" in text_of(client_of("olga").get(f"{HOME}sampling/"))


@pytest.mark.parametrize("wrong", [{"budget": "0"}, {"budget": "x"}, {"strategy": "luck"}, {"chance": "101"}, {}])
def test_a_round_that_makes_no_sense_is_refused_and_the_form_comes_back(wrong):
    make_project()
    fields = {"budget": "5", "strategy": "margin", "chance": "20"} | wrong
    reply = send("sampling/", do="sample", **fields)
    assert reply.status_code == 422
    assert not SamplingRound.objects.exists()
    assert wrong or "No example is left" in text_of(reply) or 'role="alert"' in text_of(reply)


def test_publishing_asks_for_a_reason_when_a_check_fails_and_takes_it():
    scene = a_scene()
    for item in scene.items[:3]:
        item.example.payload = json.dumps({"request": "", "offer": ""})
        item.example.save(update_fields=["payload"])
    reply = send("versions/", message="first")
    assert reply.status_code == 422
    assert "Why it may be published all the same" in text_of(reply)
    assert 'value="first"' in text_of(reply)
    assert not Version.objects.exists()
    assert send("versions/", message="first", override_reason="empty ones are real").status_code == 302
    assert Version.objects.get().message == "first"


def test_publishing_nothing_is_refused_in_words():
    make_project()
    reply = send("versions/", message="")
    assert reply.status_code == 422
    assert "has no approved item yet" in text_of(reply)


def test_auditors_change_nothing():
    scene = a_scene()
    labeller, item = scene.labellers[0], scene.items[0]
    paths = {
        item_path(item): {"do": "discard", "reason": "no"},
        f"labellers/{labeller.public_id}/": {"do": "suspend", "reason": "no"},
        f"labellers/reject/?labeller={labeller.public_id}": {"reason": "no"},
        "sampling/": {"do": "sample", "budget": "1", "strategy": "uniform", "chance": "0"},
        "versions/": {"message": "no"},
    }
    for path, fields in paths.items():
        assert send(path, "aude", **fields).status_code == 403, path
    assert fresh(item).state == "resolved"
    assert not (Rejection.objects.exists() or Version.objects.exists() or SamplingRound.objects.exists())


@pytest.mark.parametrize("path", ["items/{item}/", "labellers/{labeller}/", "sampling/"])
def test_a_form_that_asks_for_something_else_is_refused(path):
    scene = a_scene()
    path = path.format(item=scene.items[0].public_id, labeller=scene.labellers[0].public_id)
    assert send(path, do="explode").status_code == 404
