"""What a labeller's browser is sent holds nothing that would give the answer away."""

import json
import re
import struct

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from experts.models import Case
from labelling.assignment.models import Label
from labelling.ingest.actions import ingest
from labelling.ingest.models import Example, Prediction
from labelling.projects.actions import new_policy
from labelling.projects.models import Member
from labelling.sampling.actions import sample
from labelling.sampling.models import Gold, Item
from tests.browser.bench import Bench
from tests.factories import make_labeller, make_tagging, payload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELLING_WORDS = re.compile(
    r"yardstick|priorit|probabil|posterior|is_audit|purpose|inclusion|consensus|\bgold(?!_blocks)"
)
LEASE_FIELDS = {"token", "expires_at", "payload", "suggestion"}
PAYLOAD_FIELDS = {"request", "offer"}


def secrets_of(project, labeller):
    """What must not be sent, by what it is: ids of items, examples and other people's labels, the model's figures."""
    others = Label.objects.filter(project=project).exclude(labeller=labeller)
    numbers = {
        f"{share:.{digits}f}"
        for prediction in Prediction.objects.filter(example__project=project)
        for share in struct.unpack(f"<{len(prediction.probabilities) // 4}f", prediction.probabilities)
        for digits in (4, 6)
    }
    return {
        "an item's id": set(Item.objects.filter(project=project).values_list("public_id", flat=True)),
        "an example's id": set(Example.objects.filter(project=project).values_list("external_id", flat=True)),
        "another's label": set(others.values_list("public_id", flat=True)),
        "another's lease": set(others.values_list("token", flat=True)),
        "another labeller": set(
            Member.objects.filter(project=project).exclude(user=labeller.user).values_list("public_id", flat=True)
        ),
        "a case": set(Case.objects.filter(item__project=project).values_list("public_id", flat=True)),
        "the model's figure": numbers,
    }


def record_everything(context):
    """[(address, body)] of every response, redirects apart, growing while the context is used."""
    received = []

    def keep(response):
        if response.status not in {204, 301, 302, 303}:
            received.append((response.url, response))

    context.on("response", keep)
    return received


def test_nothing_that_a_labeller_receives_tells_an_answer(town, person):
    # Where gold comes is left to chance: with every second item, fourteen without any are not to be expected.
    new_policy(project=town, changes={"gold_share": 0.5}, by=town.created_by, now=timezone.now())
    lara = Member.objects.get(project=town, name="lara")
    context = person(lara.user)
    received = record_everything(context)
    bench = Bench(context.new_page()).open(town.slug)
    for key in "1212121212121":
        bench.press(key)
    bench.abstain("1")
    bench.all_saved()
    assert Label.objects.filter(labeller=lara, item__in=Gold.objects.values("item")).exists(), "no gold came by"
    bodies = [(url, response.body().decode()) for url, response in received]
    assert any("/leases" in url for url, _ in bodies) and any("/label" in url for url, _ in bodies)

    hidden = secrets_of(town, lara)
    assert all(hidden.values())
    for url, body in bodies:
        for what, values in hidden.items():
            # A time may go on like a figure: 12:00:10.7123.
            assert not [one for one in values if one in body and re.search(rf"(?<!\d){re.escape(one)}", body)], (
                f"{what} in {url}"
            )
        if "/static/" not in url:
            assert not TELLING_WORDS.search(body), f"{TELLING_WORDS.search(body)} in {url}"


def test_a_gold_item_looks_like_any_other_item(town, person):
    lara = Member.objects.get(project=town, name="lara")
    context = person(lara.user)
    bench = Bench(context.new_page())
    replies = []
    context.on("response", lambda response: replies.append(response) if "/api/" in response.url else None)
    bench.open(town.slug)
    for key in "1212121212121":
        bench.press(key)
    bench.all_saved()
    leases = [one for reply in replies if reply.url.endswith("/leases") for one in reply.json()["leases"]]
    assert leases
    for lease in leases:
        assert set(lease) == LEASE_FIELDS
        assert set(lease["payload"]) == PAYLOAD_FIELDS
        assert lease["suggestion"] is None
    given = [reply.json() for reply in replies if reply.url.endswith("/label")]
    assert {json.dumps(sorted(reply)) for reply in given} == {'["feedback", "label", "standing", "token"]'}
    expect(bench.page.get_by_text(re.compile("gold", re.IGNORECASE))).to_have_count(0)


def test_where_the_policy_shows_no_suggestion_the_models_answer_and_its_reasons_stay_away(person):
    project = make_tagging("fixed", gold_share=0.0)
    lines = [
        {"id": f"item-{number:04d}", "payload": payload(number) | {"hidden": "kept-from-labellers"},
         "model": "m-1-secret", "answer": {"choices": ["b", "d"]}, "confidence": 0.71234,
         "explanation": {"field": "request", "tokens": [{"start": 0, "end": 4, "weight": 0.54321}]}}
        for number in range(1, 13)
    ]  # fmt: skip
    now = timezone.now()
    assert ingest(project=project, lines=[json.dumps(line).encode() for line in lines], by=None, now=now).errors == []
    sample(project=project, budget=12, strategy="uniform", by=project.created_by, seed=1, now=now)
    context = person(make_labeller(project, "lara").user)
    received = record_everything(context)
    bench = Bench(context.new_page()).open(project.slug)
    for _ in range(3):
        bench.page.keyboard.press("1")
        bench.press("Enter")
    bench.all_saved()
    bodies = [(url, response.body().decode()) for url, response in received]
    assert any("/label" in url for url, _ in bodies)
    for url, body in bodies:
        for secret in ('["b","d"]', "0.71234", "0.54321", "m-1-secret", "kept-from-labellers", "item-0001"):
            assert secret not in body, f"{secret} in {url}"
