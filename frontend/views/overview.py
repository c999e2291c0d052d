"""How a project stands: figures, and a picture for each question that an owner asks."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from experts.models import Case
from frontend import outlook, pictures
from frontend.agreement import ENOUGH_ITEMS
from frontend.answers import said
from frontend.burn_up import burn_up
from frontend.views.access import READERS, project_page, show
from frontend.views.acting import may_act
from labelling.consensus.models import Resolution
from labelling.datasets.models import Recall, Version
from labelling.incoming.models import ProjectImport
from labelling.ingest.models import Example
from labelling.loop.outlook import pace
from labelling.projects.models import Member, Mode, Project, Role
from labelling.projects.queries import classes_of
from labelling.reliability import queries
from labelling.reliability.appeals import waiting
from labelling.reliability.models import AgreementReading
from labelling.sampling.models import Gold, Item, Purpose, State
from labelling.schemas import kind_of

# What came out is counted over so many of the items that were made last, so that the page costs the same at any size.
BALANCE_OF = 5_000
READINGS = 200
MOST_APPEALS = 100
TOLD_OF_MOVE = timedelta(days=14)


@project_page(*READERS)
@require_safe
def overview(request: HttpRequest, project: Project) -> HttpResponse:
    states = by_state(project)
    context: dict[str, Any] = {"states": states, "total": sum(states.values()), "may_act": may_act(request)}
    context["flags"] = queries.flags_of(project, is_open=True)[:MOST_APPEALS].count()
    context["appeals"] = waiting(project, now=timezone.now())[:MOST_APPEALS].count()
    if not context["total"]:
        return show(request, "overview", project, **context, steps=first_steps(project))
    spending = outlook.money(project)
    context |= figures(project) | spending | outlook.standstill(project, timezone.now())
    forecast = spending["forecast"]
    ahead = burn_up(
        pace(project=project, forecast=forecast), forecast,
        sampled_since=spending["sampled_since"], reopened_since=spending["reopened_since"],
    )  # fmt: skip
    moved = ProjectImport.objects.filter(project=project).first()
    fixed = project.policy_in_force.mode == Mode.FIXED
    return show(
        request, "overview", project, **context, burn_up=ahead, pictures=drawn(project, states), moved=moved,
        fixed=fixed, of_all=fixed and not says_enough(context["yardstick"]),
        report_is_own=moved and moved.by_id == request.user.pk,
        moved_lately=moved and moved.finished_at and timezone.now() - moved.finished_at < TOLD_OF_MOVE,
    )  # fmt: skip


def by_state(project: Project) -> dict[str, int]:
    """Items of each state whose answer is wanted, from the index on (project, state) alone, without those that are
    known (gold and training, counted from the few known answers): they stay open for ever."""
    every = Item.objects.filter(project=project).order_by().values_list("state").annotate(Count("pk"))
    known = Gold.objects.filter(item__project=project, closed_at=None).exclude(item__purpose=Purpose.WORK).order_by()
    counts = dict.fromkeys(State.values, 0) | dict(every)
    for state, n in known.values_list("item__state").annotate(Count("pk")):
        counts[state] -= n
    return counts


def figures(project: Project) -> dict[str, Any]:
    cases = Case.objects.filter(project=project, closed_at=None).aggregate(n=Count("pk"), oldest=Min("opened_at"))
    standing = Recall.objects.filter(version__project=project, withdrawn_at=None).order_by()
    recalled = list(
        standing.values("version__number", "version__n_rows").annotate(n=Sum("n_rows"), causes=Count("pk"))
        .order_by("-version__number")
    )  # fmt: skip
    newest = Version.objects.filter(project=project).order_by("-number").first()
    return {
        "yardstick": queries.newest_agreement(project),
        "everything": queries.newest_agreement(project, scope=queries.ALL),
        "cases": cases,
        # Two causes may name the same row.
        "recalls": [
            (one["version__number"], min(one["n"], one["version__n_rows"]), one["causes"] > 1) for one in recalled
        ],
        "whole": newest if newest and newest.number not in {one["version__number"] for one in recalled} else None,
    }


def drawn(project: Project, states: dict[str, int]) -> list[pictures.Picture]:
    cards = list(queries.scorecards(project))
    in_force = [card.confusion for card in cards if card.fit.schema_id == project.schema_id]
    always = [
        pictures.progress(states),
        pictures.agreement(agreed(project)),
        pictures.reliability(cards, lambda labeller: labeller_address(project, labeller)),
        pictures.mix_ups(in_force, classes_of(project.schema_in_force)),
    ]
    if kind_of(project.schema_in_force.kind).merging:  # Hardly two items have the same answer then.
        return always
    balance = pictures.balance(resolved_answers(project), all_of_them=states[State.RESOLVED] <= BALANCE_OF)
    return [*always, balance]


def agreed(project: Project) -> list[AgreementReading]:
    """Alpha over time on the yardstick; where that says too little and every item gets the same number of labels, so
    that nothing flatters the others, on all items."""
    found = list(queries.readings(project).reverse()[:READINGS])[::-1]
    if project.policy_in_force.mode != Mode.FIXED or any(map(says_enough, found)):
        return found
    return list(queries.readings(project, scope=queries.ALL).reverse()[:READINGS])[::-1]


def says_enough(reading: AgreementReading | None) -> bool:
    """Of fewer items alpha says little."""
    return reading is not None and reading.alpha is not None and reading.n_items >= ENOUGH_ITEMS


def labeller_address(project: Project, labeller: Member) -> str:
    return reverse("labeller", args=[project.slug, labeller.public_id])


def resolved_answers(project: Project) -> dict[str, int]:
    """{answer in words: items} of the resolved items that were made last."""
    newest = Item.objects.filter(project=project, state=State.RESOLVED).order_by("-id").values("pk")[:BALANCE_OF]
    standing = Resolution.objects.filter(closed_at=None, item__in=newest)
    counted = standing.exclude(answer="").order_by().values_list("answer").annotate(Count("pk"))
    found: Counter[str] = Counter()
    for text, n in counted:
        found[said(text, project)] += n
    return dict(found)


def first_steps(project: Project) -> dict[str, Any]:
    """What a new project has already, so that the page can say what comes next."""
    roles = set(Member.objects.filter(project=project).values_list("role", flat=True))
    return {
        "ingested": Example.objects.filter(project=project).exists(),
        "labellers": Role.LABELLER in roles,
    }
