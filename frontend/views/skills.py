"""What an owner settles of each labeller beside their role: skills, and whether they are let in to real work."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from frontend.views.access import attempt
from frontend.views.acting import one
from labelling.assignment.practice import needed_of, practice_of_each, training_items
from labelling.projects import skills
from labelling.projects.checks import LEVELS
from labelling.projects.models import Member, Project, Role
from labelling.projects.queries import skills_of, tags_of
from labelling.sampling.needs import in_words, queues_of

ACTS = ("grant", "take", "qualify", "ask")


def change_skills(request: HttpRequest, project: Project) -> HttpResponse:
    """What a form of a labeller's row asked for; `do` is one of ACTS."""
    act = request.POST.get("do")
    who: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    member = one(project.members.all(), request.POST.get("of", ""), "member")
    who["member"] = member
    tag = request.POST.get("tag", "").strip()
    if act == "grant":
        level = _level(request.POST.get("level", ""))
        attempt(request, lambda: skills.grant_skill(tag=tag, level=level, **who), f"{member.name} has {tag} {level}.")
    elif act == "take":
        attempt(request, lambda: skills.revoke_skill(tag=tag, **who), f"{member.name} has {tag} no more.")
    elif act == "qualify":
        attempt(request, lambda: skills.qualify_member(**who), f"{member.name} is let in: real work from now on.")
    else:
        done = f"{member.name} is asked to practise, from the beginning."
        attempt(request, lambda: skills.unqualify_member(**who), done)
    return redirect("settings_people", project.slug)


def _level(text: str) -> int:
    """The number that was chosen; 0, which is no level, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def shown_skills(project: Project, members: Sequence[Member]) -> dict[str, Any]:
    """The labellers among the members, each with their skills and how far their practice is."""
    labellers = [member for member in members if member.role == Role.LABELLER]
    policy = project.policy_in_force
    asked = policy.qualification_items
    ids = [member.pk for member in labellers]
    practice = practice_of_each(labellers=ids, policy=policy) if asked else {}
    held = skills_of(labellers)
    return {
        "labellers": [
            {"member": member, "skills": held.get(member.pk, []), "practice": practice.get(member.pk)}
            for member in labellers
        ],
        "levels": LEVELS,
        "tags": _known_tags(project),
        "needs": _needs(project),
        "asked": asked,
        "needed": needed_of(policy),
        "training": training_items(project) if asked else 0,
    }


def _known_tags(project: Project) -> list[str]:
    needed = {tag for queue in queues_of(project) for tag in queue.needs}
    return sorted(needed | set(tags_of(project)))


def _needs(project: Project) -> list[dict[str, Any]]:
    """What items of the project need, and how many labellers at work can do it."""
    queues = list(queues_of(project))
    if not queues:
        return []
    at_work = Member.objects.filter(project=project, role=Role.LABELLER, suspended_at=None)
    levels = [{skill.tag: skill.level for skill in held} for held in skills_of(at_work).values()]
    return [
        {
            "needs": in_words(queue.needs),
            "able": sum(all(one.get(tag, 0) >= least for tag, least in queue.needs.items()) for one in levels),
        }
        for queue in queues
    ]
