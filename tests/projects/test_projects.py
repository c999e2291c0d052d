from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from labelling.audit.models import Entry
from labelling.errors import Conflict, Forbidden, Invalid, NotFound
from labelling.projects import actions, keys, queries
from labelling.projects.models import Account, Member, Project, Role
from tests.factories import NOW, SALT_KEY, definition, make_labeller, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def create(**changes):
    values = {
        "slug": "matching", "name": "Matching", "kind": "single_choice", "definition": definition(), "guideline": "",
        "policy": {}, "by": make_user("olga"), "seed": 7, "now": NOW, **changes,
    }  # fmt: skip
    return actions.create_project(**values)


def test_a_new_project_has_its_first_versions_an_account_and_an_owner():
    project = create(policy={"mode": "fixed", "maximum_labels": 10, "budget": 5_000_000}, salt_key=SALT_KEY)
    assert (project.schema.number, project.guideline.number, project.policy.number) == (1, 1, 1)
    assert (project.policy.maximum_labels, project.policy.minimum_labels) == (10, 2)
    assert Account.objects.get(project=project).budget == 5_000_000
    assert list(project.members.values_list("name", "role")) == [("olga", "owner")]
    assert Entry.objects.filter(project_id=project.pk, action="project.created").count() == 1
    assert bytes(Project.objects.get().salt_key) == SALT_KEY


def test_each_project_hides_payloads_behind_a_key_of_its_own():
    assert create(slug="one").salt_key != create(slug="two").salt_key


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"slug": "Has Blanks"}, ["slug"]),
        ({"slug": ""}, ["slug"]),
        ({"name": " "}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"kind": "telepathy"}, ["kind"]),
        ({"kind": ["single_choice"]}, ["kind"]),
        (
            {"policy": {"batch_size": 10**400, "stop_confidence": 10**400}},
            ["policy.batch_size", "policy.stop_confidence"],
        ),
        ({"definition": {"question": ""}}, ["question"]),
        ({"definition": definition() | {"question": "a\x00b"}}, ["definition"]),
        ({"seed": 2**70}, ["seed"]),
        ({"salt_key": b"short"}, ["salt_key"]),
        ({"policy": {"maximum_label": 3}}, ["policy.maximum_label"]),
        ({"policy": {"batch_size": 0, "gold_share": 0.9}}, ["policy.batch_size", "policy.gold_share"]),
        ({"policy": {"batch_size": True}}, ["policy.batch_size"]),
        ({"policy": {"stop_confidence": float("nan")}}, ["policy.stop_confidence"]),
        ({"policy": {"mode": "sometimes"}}, ["policy.mode"]),
        ({"policy": {"maximum_labels": 1}}, ["policy.maximum_labels"]),
        ({"policy": {"test_share": 0.6, "validation_share": 0.6}}, ["policy.test_share"]),
        ({"policy": {"price_label": -1}}, ["policy.price_label"]),
        ({"policy": {"price_label": 10**13, "batch_size": 101}}, ["policy.price_label"]),
        ({"policy": {"pay_hour": 10**13, "lease_seconds": 7200, "batch_size": 51}}, ["policy.pay_hour"]),
        ({"policy": {"threshold": 1}}, ["policy.threshold"]),
    ],
)
def test_a_bad_value_is_refused_by_its_field_and_leaves_nothing(changes, where):
    with pytest.raises(Invalid) as refused:
        create(**changes)
    assert [error["where"] for error in refused.value.errors] == where
    assert not Project.objects.exists()
    assert not Entry.objects.exists()


def test_a_slug_is_given_once():
    create()
    with pytest.raises(Conflict, match="'matching'"):
        create()


def test_a_new_policy_keeps_what_is_not_changed():
    project = make_project("fixed", maximum_labels=9, batch_size=30)
    policy = actions.new_policy(project=project, changes={"maximum_labels": 12}, by=None, now=LATER)
    assert (policy.number, policy.mode, policy.maximum_labels, policy.batch_size) == (2, "fixed", 12, 30)
    assert Project.objects.get().policy == policy == project.policy


def test_a_lowered_budget_stops_at_what_is_given_out():
    project = make_project(budget=10_000_000)
    Account.objects.update(reserved=2_000_000, spent=3_000_000)
    policy = actions.new_policy(project=project, changes={"budget": 1_000_000}, by=None, now=LATER)
    assert policy.budget == Account.objects.get().budget == 5_000_000


def test_a_policy_version_is_never_changed():
    policy = make_project().policy
    policy.maximum_labels = 99
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        policy.save()


def test_a_schema_that_drops_a_class_says_what_becomes_of_it():
    project = make_project(classes=("yes", "no", "maybe"))
    smaller = definition(("yes", "no"))
    with pytest.raises(Invalid, match="'maybe'"):
        actions.new_schema(project=project, definition=smaller, mapping=None, by=None, now=LATER)
    with pytest.raises(Invalid) as refused:
        actions.new_schema(project=project, definition=smaller, mapping={"yes": "si", "mabe": "no"}, by=None, now=LATER)
    assert [error["where"] for error in refused.value.errors] == [
        "mapping.no", "mapping.maybe", "mapping.mabe", "mapping.yes",
    ]  # fmt: skip
    mapping = {"yes": "yes", "no": "no", "maybe": "no"}
    schema = actions.new_schema(project=project, definition=smaller, mapping=mapping, by=None, now=LATER)
    assert (schema.number, schema.mapping, project.schema) == (2, mapping, schema)


def test_classes_are_followed_through_every_version_of_the_schema():
    project = make_project(classes=("yes", "no", "maybe"))
    first = project.schema
    renamed = {"yes": "match", "no": "other", "maybe": "other"}
    actions.new_schema(project=project, definition=definition(("other", "match")), mapping=renamed, by=None, now=LATER)
    second = project.schema
    actions.new_schema(
        project=project, definition=definition(("new", "match", "other")), mapping=None, by=None, now=LATER
    )
    assert queries.class_moves(project) == {project.schema.pk: [0, 1, 2], second.pk: [2, 1], first.pk: [1, 2, 2]}


def test_a_person_may_have_two_roles_but_each_once():
    project = make_project()
    labeller = make_labeller(project, "lara")
    actions.add_member(project=project, user=labeller.user, role="expert", name="lara", by=None, now=NOW)
    with pytest.raises(Conflict, match="already labeller"):
        actions.add_member(project=project, user=labeller.user, role="labeller", name="l", by=None, now=NOW)
    with pytest.raises(Conflict, match="'lara'"):
        actions.add_member(project=project, user=make_user("lars"), role="labeller", name="lara", by=None, now=NOW)
    with pytest.raises(Invalid, match="role"):
        actions.add_member(project=project, user=make_user("lars"), role="king", name="lars", by=None, now=NOW)


def test_suspending_twice_is_one_suspension():
    labeller = make_labeller(make_project())
    actions.suspend_member(member=labeller, reason="answers at random", by=None, now=NOW)
    actions.suspend_member(member=labeller, reason="answers at random", by=None, now=LATER)
    assert Member.objects.get(pk=labeller.pk).suspended_at == NOW
    assert Entry.objects.filter(action="member.suspended").count() == 1
    assert actions.resume_member(member=labeller, by=None, now=LATER).suspended_at is None


def test_an_invitation_admits_as_many_people_as_it_says():
    project = make_project()
    owner = make_user("olga")
    _, secret = actions.invite(project=project, role="labeller", uses=1, expires_at=LATER, by=owner, now=NOW)
    lara = make_user("lara")
    member = actions.accept_invitation(secret=secret, user=lara, now=NOW)
    assert actions.accept_invitation(secret=secret, user=lara, now=NOW) == member
    with pytest.raises(Conflict, match="used up"):
        actions.accept_invitation(secret=secret, user=make_user("lars"), now=NOW)
    with pytest.raises(NotFound):
        actions.accept_invitation(secret=secret + "x", user=lara, now=NOW)
    assert project.members.filter(role="labeller").count() == 1


def test_a_late_or_revoked_invitation_admits_nobody():
    project, owner, lara = make_project(), make_user("olga"), make_user("lara")
    _, late = actions.invite(project=project, role="labeller", uses=5, expires_at=LATER, by=owner, now=NOW)
    revoked, secret = actions.invite(project=project, role="labeller", uses=5, expires_at=LATER, by=owner, now=NOW)
    actions.revoke_invitation(invitation=revoked, by=owner, now=NOW)
    for link, at in ((late, LATER), (secret, NOW)):
        with pytest.raises(Conflict):
            actions.accept_invitation(secret=link, user=lara, now=at)
        assert queries.invitation_of(secret=link, now=at) is None


def test_who_is_called_like_another_member_gets_a_number():
    project = make_project()
    actions.add_member(project=project, user=make_user("x"), role="labeller", name="lara", by=None, now=NOW)
    _, secret = actions.invite(
        project=project, role="labeller", uses=1, expires_at=LATER, by=make_user("olga"), now=NOW
    )
    assert actions.accept_invitation(secret=secret, user=make_user("lara"), now=NOW).name == "lara 2"


def test_a_token_is_found_by_its_secret_until_it_ends():
    project, olga = make_project(), make_user("olga")
    values = {"user": olga, "project": project, "name": "training", "scopes": ["versions:read"], "by": olga}
    token, secret = actions.issue_token(**values, expires_at=LATER, now=NOW)
    assert secret not in str(token.__dict__)
    assert keys.token_of(secret=secret, now=NOW) == token
    assert keys.token_of(secret=secret, now=LATER) is None
    actions.revoke_token(token=token, by=olga, now=NOW)
    assert keys.token_of(secret=secret, now=NOW) is None


def test_a_token_needs_a_scope_and_a_member():
    with pytest.raises(Invalid) as refused:
        actions.issue_token(
            user=make_user("stranger"), project=make_project(), name="n", scopes=[], expires_at=None, by=None, now=NOW
        )
    assert [error["where"] for error in refused.value.errors] == ["scopes", "project"]


def test_strangers_do_not_learn_that_a_project_exists():
    project = make_project()
    expert = make_member(project, "erik", Role.EXPERT)
    for reference in (project.slug, project.public_id):
        assert queries.project_for(user=expert.user, reference=reference) == project
    with pytest.raises(Forbidden, match="only an owner"):
        queries.project_for(user=expert.user, reference="matching", roles=[Role.OWNER])
    for reference in ("matching", "missing", "nul\x00"):
        with pytest.raises(NotFound):
            queries.project_for(user=make_user("stranger"), reference=reference)
    assert [member.role for member in queries.memberships(expert.user)] == ["expert"]
    assert list(queries.projects_of(make_user("stranger"))) == []
