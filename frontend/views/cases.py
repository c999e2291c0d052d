"""The experts' queue, one case, and what an expert does with it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from experts import actions, queries
from experts.models import Case, Decision
from frontend import answers
from frontend.views.access import EXPERT, OWNER, attempt, project_page, sentence, show
from labelling import canonical
from labelling.assignment.models import Abstention
from labelling.errors import QuorumError
from labelling.loop.resolve import MOST_MORE
from labelling.projects.models import Project

QUEUE_SHOWN = 50
# What the posterior is about where answers have parts.
OUTCOMES = {"right": gettext_lazy("What they add up to is right"), "wrong": gettext_lazy("It is not")}
DONE = {
    Decision.Kind.ANSWER: gettext_lazy("Decided."),
    Decision.Kind.DISCARD: gettext_lazy("The item is discarded."),
    Decision.Kind.SEND_BACK: gettext_lazy("The item went back to the labellers."),
}


class DecisionForm(forms.Form):
    """What an expert may send. What must go together is for `experts.actions.decide` to say."""

    kind = forms.ChoiceField(choices=Decision.Kind.choices)
    choice = forms.CharField(required=False, strip=False)
    rationale = forms.CharField(required=False, max_length=10_000)
    discard_reason = forms.CharField(required=False)
    n_more = forms.IntegerField(required=False, min_value=1, max_value=MOST_MORE)
    afresh = forms.BooleanField(required=False)


@project_page(OWNER, EXPERT)
def cases(request: HttpRequest, project: Project) -> HttpResponse:
    """Bring the queue up to date, and open its first case that nobody else has taken up."""
    actions.pull(project=project, now=timezone.now())
    following = next_case(request, project)
    return _page(request, project, following, DecisionForm())


@project_page(OWNER, EXPERT)
def case(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """One case; POST takes it up, gives it back or decides it."""
    found = queries.find_case(project=project, public_id=public_id)
    if request.method != "POST":
        return _page(request, project, found, DecisionForm())
    if request.POST.get("do") in CLAIMS:
        return _claim(request, project, found)
    form = DecisionForm(request.POST)
    if form.is_valid() and _decided(request, found, form):
        return _onward(request, project, str(DONE[Decision.Kind(form.cleaned_data["kind"])]))
    return _page(request, project, found, form, status=422)


def _onward(request: HttpRequest, project: Project, done: str) -> HttpResponse:
    following = next_case(request, project)
    messages.success(request, f"{done} {gettext('Here is the next case.')}" if following else done)
    return redirect("case", project.slug, following.public_id) if following else redirect("cases", project.slug)


CLAIMS = {
    "take": (actions.claim, gettext_lazy("Taken up for 30 minutes: nobody else can decide it meanwhile.")),
    "release": (actions.release, gettext_lazy("Given back: another expert may take it up.")),
}


def _claim(request: HttpRequest, project: Project, found: Case) -> HttpResponse:
    verb, done = CLAIMS[request.POST["do"]]
    attempt(request, lambda: verb(case=found, by=request.user, now=timezone.now()), str(done))  # type: ignore[arg-type]  # signed in
    return redirect("case", project.slug, found.public_id)


def _decided(request: HttpRequest, found: Case, form: DecisionForm) -> bool:
    """Decide; else put what stands against it beside its field."""
    given, kind, schema = form.cleaned_data, form.cleaned_data["kind"], found.project.schema_in_force
    try:
        actions.decide(
            case=found, kind=kind, by=request.user, now=timezone.now(),  # type: ignore[arg-type]  # signed in
            answer=answers.read(schema, given["choice"]) if kind == Decision.Kind.ANSWER else None,
            rationale=given["rationale"], discard_reason=given["discard_reason"],
            n_more=given["n_more"] or actions.SEND_BACK_LABELS, afresh=given["afresh"],
        )  # fmt: skip
    except QuorumError as error:
        _blame(form, error)
        return False
    return True


def _blame(form: DecisionForm, error: QuorumError) -> None:
    for fault in error.errors:
        where, message = str(fault["where"]), str(fault["message"])
        if where == "answer" and not form.cleaned_data["choice"]:
            message = gettext("Choose an answer.")
        elif where.startswith("answer"):
            message = f"{where}: {message}"
        where = "choice" if where.startswith("answer") else where
        form.add_error(where if where in form.fields else None, message)
    if not error.errors:
        form.add_error(None, sentence(error))


def next_case(request: HttpRequest, project: Project) -> Case | None:
    """The most valuable case that no other expert works on."""
    now = timezone.now()
    for found in queries.queue(project=project, limit=QUEUE_SHOWN):
        if not _taken(found, request, now):
            return queries.find_case(project=project, public_id=found.public_id)
    return None


def _taken(found: Case, request: HttpRequest, now: datetime) -> bool:
    """Whether another expert's claim is live."""
    return _held(found, now) and found.claimed_by_id != request.user.pk


def _held(found: Case, now: datetime) -> bool:
    return found.claimed_until is not None and found.claimed_until > now


def _page(
    request: HttpRequest, project: Project, found: Case | None, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    waiting = list(queries.queue(project=project, limit=QUEUE_SHOWN))
    for entry in waiting:
        entry.taken = _taken(entry, request, now)  # type: ignore[attr-defined]  # for the template
        entry.shown_value = None if queries.is_blind(entry) else entry.value  # type: ignore[attr-defined]  # likewise
    context: dict[str, Any] = {"queue": waiting, "n_open": queries.open_cases(project=project).count(), "form": form}
    if found is not None:
        context |= _told(found, request, now, form)
    return show(request, "cases", project, status=status, case=found, most_more=MOST_MORE,
                default_more=actions.SEND_BACK_LABELS, **context)  # fmt: skip


def _told(found: Case, request: HttpRequest, now: datetime, form: DecisionForm) -> dict[str, Any]:
    """Everything about one case that this expert may see now."""
    story, schema = queries.case_story(found), found.project.schema_in_force
    choices, example = answers.options(schema), found.item.example
    titles = {one["name"]: one["title"] for one in choices} or {name: str(words) for name, words in OUTCOMES.items()}
    votes = [vote | {"said": _said(found.project, titles, vote["answer"])} for vote in story["votes"] or []]
    decided = _decisions(found, titles) if found.closed_at else []
    given = [(gettext("Labeller %(name)s") % {"name": vote["labeller"]}, vote["answer"]) for vote in votes]
    if merged := queries.together(found):
        given.append((gettext("What they add up to"), merged))
    given += [(gettext("The decision"), one["answer"]) for one in decided if one["answer"]]
    return {
        "story": story,
        "question": schema.definition["question"],
        "parts": _parts(schema.definition, story["payload"]),
        "drawn": answers.drawn(schema, example),
        "shown": answers.showing(schema, example, given),
        "box": answers.asking(schema, example, name="choice", given=form["choice"].value() or ""),
        "options": choices,
        "votes": votes,
        "abstentions": [row | {"why": Abstention(row["reason"]).label} for row in story["abstentions"] or []],
        "bars": _bars(titles, story["posterior"]),
        "models": [told for model in queries.model_view(found) if (told := _model(found, titles, model))],
        "needs_reason": found.reason != Case.Reason.AUDIT,
        "taken": _taken(found, request, now),
        "mine": _held(found, now) and found.claimed_by_id == request.user.pk,
        "decisions": decided,
    }  # fmt: skip


def _model(found: Case, titles: dict[str, str], model: dict[str, Any]) -> dict[str, Any] | None:
    """What one model said: how sure it was, its answer where that has parts, and what weighed in it. None: nothing."""
    schema, example, answer = found.project.schema_in_force, found.item.example, model["answer"]
    shares = {name: p * canonical.MILLION for name, p in (model["probabilities"] or {}).items()}
    drawn = answers.showing(schema, example, [(gettext("The model"), answer)]) if answer else None
    boxes = [box for box in (drawn, answers.explaining(schema, example, model["explanation"])) if box]
    return model | {"bars": _bars(titles, shares), "boxes": boxes} if shares or boxes else None


def _parts(definition: dict[str, Any], payload: Any) -> list[dict[str, Any]]:
    """The fields of the payload that the question shows, in its order; `text` is None where there is none."""
    fields = definition.get("input", {}).get("fields", [])
    given = payload if isinstance(payload, dict) else {}
    return [{"name": field, "text": given.get(field)} for field in fields]


def _said(project: Project, titles: dict[str, str], answer: Any) -> str:
    """An answer in words, also one under an earlier version of the label schema."""
    words = answers.said(answer, project)
    return titles.get(words, words)


def _bars(titles: dict[str, str], millionths: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Probabilities, the greatest first, as shares of 1 and in whole percent."""
    shares = {name: part / canonical.MILLION for name, part in (millionths or {}).items()}
    rows = sorted(shares.items(), key=lambda row: (-row[1], row[0]))
    return [{"title": titles.get(name, name), "share": share, "percent": _percent(share)} for name, share in rows]


def _percent(share: float) -> str:
    """Whole percent; what is not quite certain doesn't read as if it were."""
    almost = {"0%": "<1%", "100%": ">99%"} if 0 < share < 1 else {}
    rounded = f"{share:.0%}"
    return almost.get(rounded, rounded)


def _decisions(found: Case, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "decision": row,
            "said": _said(found.project, titles, row.answer) if row.answer else "",
            "answer": canonical.loads(row.answer) if row.answer else None,
        }
        for row in found.decisions.select_related("by").order_by("id")
    ]
