"""What labellers can do, and whether they are let in to real work: given and taken back by an owner."""

from datetime import datetime

from django.db import transaction

from labelling.audit import actions as audit
from labelling.errors import Conflict, NotFound
from labelling.projects import checks
from labelling.projects.models import Member, Role, Skill, User

MOST_SKILLS = 50


class NoLabeller(Conflict):
    """Only labellers have skills and a qualification; choose a member with that role."""


class TooManySkills(Conflict):
    """The labeller has as many skills as one may have; take back those that no item needs."""


@transaction.atomic
def grant_skill(*, member: Member, tag: str, level: int, by: User | None, now: datetime) -> Skill:
    """Give a labeller a skill, or another level of one they have; the same again changes nothing.

    tag: lower-case, like "lang:de"; level: 1 (some) to 5 (expert). Raises Invalid, NoLabeller, TooManySkills.
    """
    tag, level = checks.check_tag(tag), checks.check_level(level)
    labeller = _lock(member)
    skill = Skill.objects.filter(member=labeller, tag=tag).first()
    if skill is not None and skill.level == level:
        return skill
    before = None if skill is None else skill.level
    if skill is None:
        if Skill.objects.filter(member=labeller).count() >= MOST_SKILLS:
            raise TooManySkills(f"{member.name} has {MOST_SKILLS} skills already; take one back first")
        skill = Skill(member=labeller, tag=tag)
    skill.level, skill.granted_by, skill.granted_at = level, by, now
    skill.save()
    audit.record(
        "skill.granted", member, by=by, now=now, project_id=member.project_id, tag=tag, level=level, before=before
    )
    return skill


@transaction.atomic
def revoke_skill(*, member: Member, tag: str, by: User | None, now: datetime) -> None:
    """Take a skill back: items that need it go to the labeller no more. What was labelled stays. Raises NotFound."""
    labeller = _lock(member)
    skill = Skill.objects.filter(member=labeller, tag=checks.check_tag(tag)).first()
    if skill is None:
        raise NotFound(f"{member.name} has no skill {tag!r}")
    skill.delete()
    audit.record(
        "skill.revoked", member, by=by, now=now, project_id=member.project_id, tag=skill.tag, level=skill.level
    )


@transaction.atomic
def qualify_member(*, member: Member, by: User | None, now: datetime) -> Member:
    """Let a labeller in to real work, whatever they did in practice. Repeating changes nothing. Raises NoLabeller."""
    labeller = _lock(member)
    if Member.objects.filter(pk=labeller.pk, qualified_at=None).update(qualified_at=now):
        audit.record("member.qualified", member, by=by, now=now, project_id=member.project_id)
    member.refresh_from_db(fields=["qualified_at"])
    return member


@transaction.atomic
def unqualify_member(*, member: Member, by: User | None, now: datetime) -> Member:
    """Ask a labeller to practise, from the beginning, before more work. What they did stays. Raises NoLabeller."""
    labeller = _lock(member)
    Member.objects.filter(pk=labeller.pk).update(qualified_at=None, practise_since=now)
    audit.record("member.unqualified", member, by=by, now=now, project_id=member.project_id)
    member.refresh_from_db(fields=["qualified_at", "practise_since"])
    return member


def _lock(member: Member) -> Member:
    """The member's row, locked: what they are given is settled one after the other."""
    locked = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    if locked.role != Role.LABELLER:
        raise NoLabeller(
            f"{member.name} is {member.get_role_display().lower()} here, and only labellers are given items"
        )
    return locked
