"""What a labeller's browser is sent holds nothing that would give the answer away."""

import json
import re
import struct

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from experts.models import Case
from labelling.assignment.models import Label
from labelling.ingest.models import Example, Prediction
from labelling.projects.actions import new_policy
from labelling.projects.models import Member
from labelling.sampling.models import Gold, Item
from tests.browser.bench import Bench

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
            assert not [value for value in values if value in body], f"{what} in {url}"
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
