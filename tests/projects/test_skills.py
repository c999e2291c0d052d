from datetime import timedelta

import pytest

from labelling.audit.models import Entry
from labelling.errors import Conflict, Invalid, NotFound
from labelling.projects.models import Role, Skill
from labelling.projects.skills import MOST_SKILLS, grant_skill, qualify_member, revoke_skill, unqualify_member
from tests.factories import NOW, make_labeller, make_member, make_project, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def lara():
    return make_labeller(make_project())


def held(member):
    return dict(Skill.objects.filter(member=member).values_list("tag", "level"))


def test_a_skill_is_given_raised_and_taken_back_on_the_record(lara):
    olga = make_user("olga")
    grant_skill(member=lara, tag="lang:de", level=2, by=olga, now=NOW)
    grant_skill(member=lara, tag="lang:de", level=4, by=olga, now=LATER)
    assert held(lara) == {"lang:de": 4}
    assert Skill.objects.get().granted_at == LATER
    revoke_skill(member=lara, tag="lang:de", by=olga, now=LATER)
    assert held(lara) == {}
    said = Entry.objects.filter(action__startswith="skill.").order_by("pk").values_list("action", "detail")
    assert list(said) == [
        ("skill.granted", {"tag": "lang:de", "level": 2, "before": None}),
        ("skill.granted", {"tag": "lang:de", "level": 4, "before": 2}),
        ("skill.revoked", {"tag": "lang:de", "level": 4}),
    ]


def test_the_same_skill_again_changes_nothing(lara):
    for now in (NOW, LATER):
        grant_skill(member=lara, tag="radiology", level=1, by=None, now=now)
    assert Skill.objects.get().granted_at == NOW
    assert Entry.objects.filter(action="skill.granted").count() == 1


@pytest.mark.parametrize("tag", ["", "Lang:de", "lang de", "x" * 61, "naïve", "a\x00", "a\n", None, 7])
def test_a_tag_that_is_none_is_refused(lara, tag):
    with pytest.raises(Invalid) as refused:
        grant_skill(member=lara, tag=tag, level=1, by=None, now=NOW)
    assert [error["where"] for error in refused.value.errors] == ["tag"]
    assert not Skill.objects.exists()


@pytest.mark.parametrize("level", [0, 6, -1, True, 1.5, "3", None])
def test_a_level_that_is_none_is_refused(lara, level):
    with pytest.raises(Invalid) as refused:
        grant_skill(member=lara, tag="lang:de", level=level, by=None, now=NOW)
    assert [error["where"] for error in refused.value.errors] == ["level"]


def test_a_skill_that_is_not_there_can_not_be_taken_back(lara):
    with pytest.raises(NotFound, match="lang:de"):
        revoke_skill(member=lara, tag="lang:de", by=None, now=NOW)


def test_a_labeller_has_a_bounded_number_of_skills(lara):
    Skill.objects.bulk_create(Skill(member=lara, tag=f"t{n}", granted_at=NOW) for n in range(MOST_SKILLS))
    with pytest.raises(Conflict, match="take one back"):
        grant_skill(member=lara, tag="one-more", level=1, by=None, now=NOW)
    grant_skill(member=lara, tag="t0", level=5, by=None, now=NOW)


def test_only_labellers_have_skills_and_a_qualification(lara):
    expert = make_member(lara.project, "eva", Role.EXPERT)
    with pytest.raises(Conflict, match="expert"):
        grant_skill(member=expert, tag="lang:de", level=1, by=None, now=NOW)
    with pytest.raises(Conflict, match="expert"):
        qualify_member(member=expert, by=None, now=NOW)


def test_who_is_let_in_by_hand_can_be_asked_to_practise_again(lara):
    olga = make_user("olga")
    qualify_member(member=lara, by=olga, now=NOW)
    assert qualify_member(member=lara, by=olga, now=LATER).qualified_at == NOW
    assert unqualify_member(member=lara, by=olga, now=LATER).qualified_at is None
    assert lara.practise_since == LATER
    actions = (
        Entry.objects.filter(by=olga, action__contains="qualified").order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["member.qualified", "member.unqualified"]
