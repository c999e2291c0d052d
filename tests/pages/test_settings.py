"""An owner's settings: guideline, policy, people and tokens."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from experts import actions as experts
from experts.models import Case
from labelling.assignment.models import Lease, Portion
from labelling.audit.models import Entry
from labelling.projects.checks import POLICY_FIELDS
from labelling.projects.keys import token_of
from labelling.projects.models import Account, Member, Project, Role
from labelling.sampling.models import Item, Part, SamplingRound
from tests.experts.crowd import contested
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_member, make_project, make_user
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

GUIDELINE = "/p/matching/settings/"
POLICY = f"{GUIDELINE}policy/"
PEOPLE = f"{GUIDELINE}people/"
TOKENS = f"{GUIDELINE}tokens/"
PARTS = (GUIDELINE, POLICY, PEOPLE, TOKENS)


def post(address: str, **fields):
    return client_of("olga").post(address, fields)


def policy_fields(**changed) -> dict[str, str]:
    """The policy's form as the page fills it, with changes."""
    form = client_of("olga").get(POLICY).context["form"]
    filled = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in filled.items()} | changed


def current() -> Project:
    return Project.objects.select_related("policy", "guideline").get()


@pytest.mark.parametrize("address", PARTS)
def test_only_owners_open_settings(address):
    project = make_project()
    for role in (Role.LABELLER, Role.EXPERT, Role.AUDITOR):
        make_member(project, role.value, role)
        assert client_of(role.value).get(address).status_code == 403
        assert client_of(role.value).post(address, {"do": "pause"}).status_code == 403
    assert client_of("olga").get(address).status_code == 200
    assert client_of("nobody").get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert current().paused_at is None


def test_a_suspended_owner_changes_nothing():
    project = make_project()
    project.members.update(suspended_at=NOW)
    assert post(GUIDELINE, do="pause").status_code == 403
    assert current().paused_at is None


def test_saving_the_guideline_makes_the_next_version():
    make_project()
    assert post(GUIDELINE, number=1, text="# Rules\n\nCats match cats.")["Location"] == GUIDELINE
    assert (current().guideline.number, current().guideline.text) == (2, "# Rules\n\nCats match cats.")
    assert Entry.objects.filter(action="guideline.replaced", by=make_user("olga")).exists()


def test_saving_the_same_guideline_makes_no_version():
    project = make_project()
    post(GUIDELINE, number=1, text=project.guideline.text)
    assert current().guideline.number == 1


def test_a_preview_shows_markdown_without_its_scripts_and_saves_nothing():
    make_project()
    text = "**bold** <script>alert(1)</script> [x](javascript:alert)"
    shown = text_of(post(GUIDELINE, number=1, text=text, preview="yes"))
    assert "<strong>bold</strong>" in shown
    assert "<script>alert" not in shown and 'href="javascript' not in shown
    assert "**bold**" in shown, "the text stays in the editor"
    assert current().guideline.number == 1


def test_a_guideline_saved_meanwhile_is_not_overwritten_unseen():
    make_project()
    post(GUIDELINE, number=1, text="theirs")
    refused = post(GUIDELINE, number=1, text="mine")
    assert refused.status_code == 422
    assert "Somebody saved version 2 while you wrote" in text_of(refused) and "mine" in text_of(refused)
    assert 'name="number" value="2"' in text_of(refused), "sent again, it replaces theirs"
    assert current().guideline.text == "theirs"


def test_an_experts_ruling_comes_into_the_editor_and_not_further():
    project, _ = contested()
    experts.pull(project=project, now=NOW)
    decision = experts.decide(
        case=Case.objects.get(), by=make_user("eva"), kind="answer", answer={"choice": "match"},
        rationale="Any pet counts.", now=NOW,
    )  # fmt: skip
    shown = text_of(client_of("olga").get(GUIDELINE, {"ruling": decision.public_id}))
    assert "### Ruling on item-0001 Any pet counts." in shown
    assert current().guideline.number == 1
    assert client_of("olga").get(GUIDELINE, {"ruling": "no\x00ne"}).status_code == 200


def test_the_question_and_its_answers_are_shown():
    make_project()
    shown = text_of(client_of("olga").get(GUIDELINE))
    assert "Does the offer answer the request?" in shown and "<li>no match</li>" in shown


def test_pausing_and_resuming():
    make_project()
    post(GUIDELINE, do="pause")
    assert current().paused_at is not None
    assert "Nobody gets new items" in text_of(client_of("olga").get(GUIDELINE))
    post(GUIDELINE, do="resume")
    assert current().paused_at is None


def test_the_policy_is_shown_in_units_of_the_currency_and_saved_in_millionths():
    make_project(price_label=150_000, currency="EUR")
    fields = policy_fields()
    assert (fields["price_label"], fields["price_expert"], fields["budget"]) == ("0.15", "5", "")
    assert post(POLICY, **policy_fields(price_label="0.125", budget="400"))["Location"] == POLICY
    policy = current().policy
    assert (policy.number, policy.price_label, policy.price_expert) == (2, 125_000, 5_000_000)
    assert Account.objects.get().budget == policy.budget == 400_000_000


def test_every_field_of_the_policy_can_be_set():
    make_project()
    wanted = {
        "mode": "fixed", "initial_labels": 3, "minimum_labels": 3, "maximum_labels": 7, "stop_confidence": 0.9,
        "contest_below": 0.7, "abstentions_to_contest": 3, "gold_share": 0.1, "yardstick_share": 0.2,
        "audit_share": 0.3, "batch_size": 30, "lease_seconds": 600, "fit_max_age": 100, "test_share": 0.2,
        "validation_share": 0.3, "threshold": 0.4, "currency": "EUR", "price_label": "0.1", "price_expert": "2",
        "budget": "9", "labels_per_item": 3.5, "gold_exposure": 40, "qualification_items": 10,
        "qualification_pass": 0.7, "daily_limit": 300, "max_share": 0.25, "aging_days": 3.5, "near_threshold": 0.9,
    }  # fmt: skip
    post(POLICY, **policy_fields(**{name: str(value) for name, value in wanted.items()}))
    stored = {name: getattr(current().policy, name) for name in wanted}
    assert stored == wanted | {"price_label": 100_000, "price_expert": 2_000_000, "budget": 9_000_000}


def test_every_field_of_the_policy_is_in_the_form():
    make_project()
    assert {*POLICY_FIELDS} == {*policy_fields()} - {"number"}


def test_a_share_that_is_limited_counts_what_was_given_before():
    project = make_project()
    labeller, (item,) = make_labeller(project), make_items(project, 1)
    sampled = SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=1, probability_share=1, seed=1, n_candidates=1,
        n_selected=1, created_at=NOW,
    )  # fmt: skip
    Item.objects.update(part=Part.objects.create(round=sampled, n_items=1))
    Lease.objects.create(labeller=labeller, item=item, pass_number=1, leased_at=NOW, expires_at=NOW)
    post(POLICY, **policy_fields(max_share="0.5"))
    assert Portion.objects.get().n_given == 1


def test_a_policy_that_changes_nothing_makes_no_version():
    make_project()
    post(POLICY, **policy_fields())
    assert current().policy.number == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"maximum_labels": "1"}, "Must be at least initial_labels"),
        ({"gold_share": "0.9"}, "less than or equal to 0.5"),
        ({"gold_share": "nan"}, "Enter a number"),
        ({"price_label": "-1"}, "greater than or equal to 0"),
        ({"budget": "0.0000001"}, "no more than 6 decimal places"),
        ({"initial_labels": ""}, "This field is required"),
        ({"mode": "lucky"}, "Select a valid choice"),
    ],
)
def test_a_policy_that_cannot_be_says_why_beside_the_field_and_keeps_what_was_typed(changed, said):
    make_project()
    refused = post(POLICY, **policy_fields(batch_size="33", **changed))
    assert refused.status_code == 422
    (field,) = changed
    assert said in " ".join(refused.context["form"][field].errors).capitalize() or said in text_of(refused)
    assert refused.context["form"].errors.keys() == {field}
    assert 'value="33"' in text_of(refused)
    assert current().policy.number == 1


def test_a_policy_saved_meanwhile_is_not_overwritten_unseen():
    make_project()
    mine = policy_fields(batch_size="33")
    post(POLICY, **policy_fields(batch_size="44"))
    refused = post(POLICY, **mine)
    assert refused.status_code == 422 and "Somebody saved version 2" in text_of(refused)
    assert current().policy.batch_size == 44


def test_an_invitation_link_is_shown_once_and_lets_somebody_in():
    make_project()
    made = post(PEOPLE, do="invite", role="expert", uses="1", days="7")
    (link,) = re.findall(r'value="(http://testserver/join/[^"]+)"', text_of(made))
    assert made["Cache-Control"] == "no-store"
    listed = text_of(client_of("olga").get(PEOPLE))
    assert link not in listed and "Expert, 1 left" in listed
    client_of("eva").post(link)
    assert Member.objects.get(user__username="eva").role == Role.EXPERT


def test_a_revoked_link_lets_nobody_in():
    project = make_project()
    made = post(PEOPLE, do="invite", role="labeller", uses="5", days="7")
    (link,) = re.findall(r'value="(http://testserver/join/[^"]+)"', text_of(made))
    post(PEOPLE, do="revoke", of=project.invitations.get().public_id)
    assert client_of("lara").post(link).status_code == 404
    assert not Member.objects.filter(user__username="lara").exists()


@pytest.mark.parametrize("fields", [{"role": "king"}, {"uses": "0"}, {"days": "1000000"}, {"uses": "many"}])
def test_an_invitation_that_makes_no_sense_is_refused_beside_its_field(fields):
    project = make_project()
    refused = post(PEOPLE, **{"do": "invite", "role": "expert", "uses": "1", "days": "7"} | fields)
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == fields.keys()
    assert not project.invitations.exists()


def test_suspending_needs_a_reason_and_can_be_undone():
    lara = make_labeller(make_project())
    post(PEOPLE, do="suspend", of=lara.public_id, reason=" ")
    lara.refresh_from_db()
    assert lara.suspended_at is None
    post(PEOPLE, do="suspend", of=lara.public_id, reason="answers at random")
    lara.refresh_from_db()
    assert lara.suspended_at is not None
    assert Entry.objects.get(action="member.suspended").detail["reason"] == "answers at random"
    post(PEOPLE, do="resume", of=lara.public_id)
    lara.refresh_from_db()
    assert lara.suspended_at is None


def test_an_owner_cannot_shut_themselves_out():
    project = make_project()
    assert post(PEOPLE, do="suspend", of=project.members.get().public_id, reason="bye").status_code == 403
    assert project.members.get().suspended_at is None


@pytest.mark.parametrize("act", ["suspend", "resume", "revoke", "dance"])
def test_members_and_links_of_another_project_are_out_of_reach(act):
    make_project()
    other = make_labeller(make_project(slug="other"))
    assert post(PEOPLE, do=act, of=other.public_id, reason="mine").status_code == 404
    other.refresh_from_db()
    assert other.suspended_at is None


def test_a_token_is_shown_once_works_and_can_be_revoked():
    project = make_project()
    made = post(TOKENS, do="issue", name="import", scopes=["predictions:write", "read"], days="30")
    (secret,) = re.findall(r'value="(quorum_[^"]+)"', text_of(made))
    token = token_of(secret=secret, now=timezone.now())
    assert (token.name, token.scopes, token.project) == ("import", ["predictions:write", "read"], project)
    assert made["Cache-Control"] == "no-store"
    listed = text_of(client_of("olga").get(TOKENS))
    assert secret not in listed and "predictions:write" in listed
    post(TOKENS, do="revoke", of=token.public_id)
    assert token_of(secret=secret, now=timezone.now()) is None


@pytest.mark.parametrize("fields", [{"name": " "}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "-1"}])
def test_a_token_that_makes_no_sense_is_refused_beside_its_field(fields):
    project = make_project()
    refused = post(TOKENS, **{"do": "issue", "name": "import", "scopes": ["read"], "days": "30"} | fields)
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == fields.keys()
    assert not project.api_tokens.exists()


def test_the_queries_of_the_pages_do_not_grow_with_the_project(django_assert_max_num_queries):
    project = make_project()
    make_labellers(project, 40)
    olga = client_of("olga")
    for number in range(5):
        olga.post(PEOPLE, {"do": "invite", "role": "expert", "uses": "1", "days": "7"})
        olga.post(TOKENS, {"do": "issue", "name": f"t{number}", "scopes": ["read"], "days": "7"})
        olga.post(GUIDELINE, {"number": str(number + 1), "text": f"text {number}"})
    for address in PARTS:
        with django_assert_max_num_queries(12):
            olga.get(address)
