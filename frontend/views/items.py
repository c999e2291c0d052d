"""Items: finding them, the whole story of one, and what an owner does to it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend import answers, order, stories
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import PAGE, UNREADABLE, acting_owner, may_act, one, typed
from frontend.views.item_table import choices, columns, read_filter
from labelling import canonical
from labelling.consensus import queries
from labelling.consensus.models import Authority
from labelling.errors import Conflict, NotFound, QuorumError
from labelling.loop import gold, item_pages, resolve
from labelling.loop.item_filter import counted
from labelling.projects.models import Project, User
from labelling.sampling import queries as sampled
from labelling.sampling.models import Item

Act = Callable[[], Any]
# Why an item is discarded or on hold: a line, not a letter.
SHORT = 200
# Counting goes no further in a request.
MOST_COUNTED = 10_000


@project_page(*READERS)
@require_safe
def items(request: HttpRequest, project: Project) -> HttpResponse:
    asked = read_filter(request)
    page, n, exact = item_pages.Found([], ""), 0, True
    if not asked.errors:
        try:
            page = item_pages.find(
                project=project, where=asked.where, sort=asked.sort, cursor=asked.after, limit=PAGE
            )  # fmt: skip
            n, exact = counted(project, asked.where, most=MOST_COUNTED)
        except QuorumError as error:
            asked.errors.append(str(error))
    return show(
        request, "items", project, status=UNREADABLE if asked.errors else 200, asked=asked, given=asked.given,
        page=page, n=n, exact=exact, choices=choices(project, asked.given), columns=columns(asked),
        may_act=may_act(request),
        more=f"?{urlencode({**asked.address, 'after': page.cursor})}" if page.cursor else "",
        start=f"?{urlencode(asked.address)}" if asked.after else "",
    )  # fmt: skip


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    rows = item_pages.listed(Item.objects.filter(project=project)).select_related("example", "round", "queue")
    found = one(rows, public_id, "item")
    status, owner = 200, may_act(request)
    if request.method == "POST":
        act, done = _asked(request, project, found, acting_owner(request))
        if attempt(request, act, done):
            return redirect("item", project.slug, public_id)
        status = UNREADABLE
    story = queries.story(found)
    standing = next(iter(found.standing), None)  # type: ignore[attr-defined]  # prefetched by `listed`
    schema, given_back = project.schema_in_force, request.POST.get("answer", "")
    return show(
        request, "item", project, status=status, item=found, may_act=owner,
        payload=stories.payload_fields(project, found.example.payload),
        standing=standing, story=stories.events(found, story), may_be_gold=owner and gold.may_be_gold(found, standing),
        predictions=stories.predictions(found), options=answers.options(schema), given=request.POST,
        drawn=answers.drawn(schema, found.example), shown=answers.showing(schema, found.example, _given(story)),
        box=answers.asking(
            schema, found.example, name="answer", given=given_back or (standing.answer if standing else "")
        ) if owner else None,
        judged=bool(story["decisions"]), place=order.place(project, found) if owner else None,
        asked=resolve.asked_for_more(found) if owner else None,
        near=sampled.near_of(found), n_following=sampled.n_following(found),
    )  # fmt: skip


def _given(story: dict[str, Any]) -> list[tuple[str, Any]]:
    """The answers that stand, each with whose it is: the resolution, what is known, labels; the newest labels first."""
    standing = [one for one in story["resolutions"] if one.closed_at is None and one.answer]
    known = [one for one in story["golds"] if one.closed_at is None]
    labels = [one for one in story["labels"] if one.answer and one.withdrawn_at is None]
    rows = [("The item's answer", one) for one in standing] + [("The known answer", one) for one in known]
    rows += [(one.labeller.name, one) for one in reversed(labels)]
    return [(title, canonical.loads(one.answer)) for title, one in rows]


def _asked(request: HttpRequest, project: Project, found: Item, by: User) -> tuple[Act, str]:
    """What a form asks for, and what to say once it is done."""
    given, now = request.POST, timezone.now()

    def correct() -> None:
        resolve.decide(
            item=found, answer=answers.read(project.schema_in_force, given.get("answer", "")),
            authority=Authority.ENGINEER, reason=typed(request, "reason"), by=by, now=now,
        )  # fmt: skip

    def discard() -> None:
        reason = typed(request, "reason", most=SHORT)
        resolve.decide(
            item=found, answer=None, discard_reason=reason, authority=Authority.ENGINEER, reason=reason, by=by, now=now
        )

    def requeue() -> None:
        text, reason = given.get("n_more", ""), typed(request, "reason", required=False)
        n_more = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        again = {"afresh": True} if given.get("how") == "afresh" else {"n_more": n_more}
        if not resolve.requeue(items=[found], by=by, now=now, reason=reason, **again):
            raise Conflict("This item can't be labelled again: an expert ruled it, or its answer is known.")

    def prioritise() -> None:
        reason = typed(request, "reason", required=False)
        resolve.prioritise(items=[found], boost=order.read_boost(given.get("boost", "")), by=by, now=now, reason=reason)

    def hold() -> None:
        resolve.hold(item=found, reason=typed(request, "reason", most=SHORT), by=by, now=now)

    acts: dict[str, tuple[Act, str]] = {
        "correct": (correct, "Corrected. Your answer stands until somebody with more authority decides."),
        "discard": (discard, "Discarded. It is in no later version."),
        "hold": (hold, "On hold: kept out of versions."),
        "unhold": (lambda: resolve.unhold(item=found, by=by, now=now), "No longer on hold."),
        "requeue": (requeue, "Open for labelling again."),
        "take_back": (lambda: resolve.take_back(item=found, by=by, now=now), "Taken back: nobody is asked any more."),
        "prioritise": (prioritise, "Its place in the order of work is changed."),
    }
    if given.get("do") not in acts:
        raise NotFound("this form asked for something that this page can't do")
    return acts[given["do"]]
