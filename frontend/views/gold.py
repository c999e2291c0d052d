"""Gold: items whose answer is known, the disputes about them, and making more."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from frontend import answers, stories
from frontend import disputes as words
from frontend.views.access import AUDITOR, EXPERT, OWNER, READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, page_of, typed
from labelling import canonical
from labelling.api.parsers import MAX_BYTES
from labelling.consensus.models import Authority
from labelling.consensus.queries import standing_resolution
from labelling.errors import Invalid, NotFound, QuorumError
from labelling.loop import gold as making
from labelling.loop.gold_file import CSV, NDJSON, take_gold
from labelling.projects.models import Project, User
from labelling.reliability import credit, disputes, golds
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Item, Purpose, SamplingRound

MOST_OPEN = 50
LAST_CLOSED = 20
LAST_ROUNDS = 20


class DrawForm(forms.Form):
    n = forms.IntegerField(min_value=1, max_value=making.MOST_DRAWN, initial=30)
    round = forms.CharField(max_length=16)


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def gold(request: HttpRequest, project: Project) -> HttpResponse:
    status, draw = 200, DrawForm()
    faults: list[dict[str, object]] = []
    if request.method == "POST":
        by, asked = acting_owner(request), request.POST.get("do", "")
        if asked == "upload":
            done, faults = _upload(request, project, by)
        elif asked == "draw":
            draw = DrawForm(request.POST)
            done = _draw(request, project, by, draw)
        elif asked == "close":
            done = _close(request, project, by)
        else:
            raise NotFound("this form asked for something that this page can't do")
        if done:
            return redirect("gold", project.slug)
        status = UNREADABLE
    return show(request, "gold", project, status=status, faults=faults, draw=draw, **_shown(request, project))


def _shown(request: HttpRequest, project: Project) -> dict[str, Any]:
    page = page_of(golds.known_items(project), request)
    rows = golds.told(page.rows, project=project, policy=project.policy_in_force)
    closed = list(golds.disputes_of(project, is_open=False).order_by("-closed_at")[:LAST_CLOSED])
    return {
        "page": page, "rows": rows, "origins": words.ORIGINS, "policy": project.policy_in_force,
        "disputes": [_told(one, project, request) for one in golds.disputes_of(project, is_open=True)[:MOST_OPEN]],
        "closed": [(one, words.DONE[GoldDispute.Outcome(one.outcome)], _rejections(one)) for one in closed],
        "n_waiting": making.waiting(project).count(),
        "rounds": list(SamplingRound.objects.filter(project=project).order_by("-number")[:LAST_ROUNDS]),
        "options": answers.options(project.schema_in_force), "may_act": may_act(request), "given": request.POST,
    }  # fmt: skip


def _told(dispute: GoldDispute, project: Project, request: HttpRequest) -> dict[str, Any]:
    mine = request.POST.get("dispute") == dispute.public_id
    given = request.POST.get("answer", "") if mine else ""
    return {
        "row": dispute, "why": words.why(dispute), "also": words.more_voices(dispute),
        "picture": words.picture(dispute),
        "payload": stories.payload_fields(project, dispute.gold.item.example.payload),
        "box": answers.asking(
            project.schema_in_force, dispute.gold.item.example, name="answer", given=given or dispute.gold.answer,
            optional=True,
        ),
    }  # fmt: skip


def _rejections(dispute: GoldDispute) -> list[Any]:
    return list(credit.rejections_to_look_at(dispute)) if dispute.n_credited else []


def _upload(request: HttpRequest, project: Project, by: User) -> tuple[bool, list[dict[str, object]]]:
    """Whether the file was taken in, and what is wrong with its lines."""
    faults: list[dict[str, object]] = []

    def take() -> None:
        file = request.FILES.get("file")
        if file is None or not file.name:
            raise Invalid("Choose a file: CSV with a header, or one JSON object a line.")
        if file.size is None or file.size > MAX_BYTES:
            raise Invalid(f"The file is longer than {MAX_BYTES // 2**20} MiB. Send it in smaller parts.")
        form = CSV if file.name.lower().endswith(".csv") else NDJSON
        purpose = request.POST.get("purpose", "")
        try:
            take_gold(project=project, data=file.read(), form=form, purpose=purpose, by=by, now=timezone.now())
        except QuorumError as error:
            faults.extend(error.errors)
            error.errors.clear()
            raise

    return attempt(request, take, "Taken in. What was known already is unchanged."), faults


def _draw(request: HttpRequest, project: Project, by: User, form: DrawForm) -> bool:
    if not form.is_valid():
        return False
    drawn_from = one(SamplingRound.objects.filter(project=project), form.cleaned_data["round"], "round")
    n = form.cleaned_data["n"]
    return attempt(
        request, lambda: making.draw_gold(sampling_round=drawn_from, n=n, by=by, now=timezone.now()),
        f"{n} items are drawn. They are gold once somebody has said what is right.",
    )  # fmt: skip


def _close(request: HttpRequest, project: Project, by: User) -> bool:
    dispute = one(golds.disputes_of(project), request.POST.get("dispute", ""), "dispute")
    outcome = request.POST.get("outcome", "")
    corrected = outcome == GoldDispute.Outcome.CORRECTED

    def close() -> None:
        disputes.close_dispute(
            dispute=dispute, outcome=outcome, answered=typed(request, "answered"), by=by, now=timezone.now(),
            answer=answers.read(project.schema_in_force, request.POST.get("answer", "")) if corrected else None,
        )  # fmt: skip

    said = "Corrected. Everybody's record is put right." if corrected else "Settled."
    return attempt(request, close, said)


@project_page(OWNER, EXPERT, AUDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one_item(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """Make one item gold or training; dispute the known answer of one that is."""
    rows = Item.objects.filter(project=project).select_related("example", "project")
    item, status = one(rows, public_id, "item"), 200
    if item.purpose == Purpose.WORK and not request.roles & set(READERS):  # type: ignore[attr-defined]  # set by `project_page`
        raise PermissionDenied(gettext("An expert sees gold here, and contested items on the experts' page."))
    if request.method == "POST":
        if _changed(request, project, item):
            return redirect("gold_item", project.slug, public_id)
        status = UNREADABLE
        item.refresh_from_db()
    known = item.purpose != Purpose.WORK
    told = golds.told([item], project=project, policy=project.policy_in_force)[0] if known else None
    standing = None if known else standing_resolution(item)
    decided = standing is not None and standing.authority == Authority.EXPERT and bool(standing.answer)
    schema, known_answers = project.schema_in_force, []
    if told is not None and told.gold is not None:
        known_answers = [("The known answer", canonical.loads(told.gold.answer))]
    elif standing is not None and decided:
        known_answers = [("The expert's answer", canonical.loads(standing.answer))]
    return show(
        request, "gold_item", project, status=status, item=item, told=told, given=request.POST,
        origins=words.ORIGINS, decided=standing if decided else None, may_act=may_act(request),
        free=making.untouched(Item.objects.filter(pk=item.pk)).exists(),
        options=answers.options(schema), policy=project.policy_in_force,
        payload=stories.payload_fields(project, item.example.payload), drawn=answers.drawn(schema, item.example),
        shown=answers.showing(schema, item.example, known_answers),
        box=answers.asking(schema, item.example, name="answer", given=request.POST.get("answer", "")),
        disputes=[
            {**_told(row, project, request), "payload": []}
            for row in golds.disputes_of(project).filter(gold__item=item)
        ],
    )  # fmt: skip


def _changed(request: HttpRequest, project: Project, item: Item) -> bool:
    given, now = request.POST, timezone.now()
    if given.get("do") == "dispute":
        user: User = request.user  # type: ignore[assignment]  # signed in
        return attempt(
            request,
            lambda: disputes.raise_dispute(item=item, reason=typed(request, "reason"), by=user, now=now),
            "Disputed. It is given to nobody until an owner has settled it.",
        )
    if given.get("do") != "make":
        raise NotFound("this form asked for something that this page can't do")
    by, decision = acting_owner(request), given.get("origin") == "decision"
    return attempt(
        request,
        lambda: making.make_gold(
            item=item, answer=None if decision else answers.read(project.schema_in_force, given.get("answer", "")),
            by=by, now=now,
            origin="decision" if decision else None, purpose=given.get("purpose", ""),
            reason=typed(request, "reason", required=False),
        ),
        "Its answer is known now.",
    )  # fmt: skip


@project_page(OWNER, EXPERT)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, project: Project) -> HttpResponse:
    """The items that were drawn to be gold, one by one, without what anybody or any model said of them."""
    status = 200
    if request.method == "POST":
        if _answered(request, project):
            return redirect("gold_answer", project.slug)
        status = UNREADABLE
    waiting, schema = making.waiting(project), project.schema_in_force
    following = waiting.filter(public_id=request.POST.get("item", "")).first() or waiting.first()
    return show(
        request, "gold_answer", project, status=status, item=following, n_waiting=waiting.count(),
        payload=stories.payload_fields(project, following.example.payload) if following else [],
        question=schema.definition["question"], options=answers.options(schema), given=request.POST,
        drawn=answers.drawn(schema, following.example) if following else None,
        box=answers.asking(schema, following.example, name="answer", given=request.POST.get("answer", ""))
        if following else None,
    )  # fmt: skip


def _answered(request: HttpRequest, project: Project) -> bool:
    item = one(Item.objects.filter(project=project), request.POST.get("item", ""), "item")
    user: User = request.user  # type: ignore[assignment]  # signed in
    now, said = timezone.now(), request.POST.get("do")
    if said == "leave_out":
        return attempt(
            request, lambda: making.leave_out(item=item, reason=typed(request, "reason"), by=user, now=now),
            gettext("Left out: it is work like any other again."),
        )  # fmt: skip
    return attempt(
        request,
        lambda: making.answer_drawn(
            item=item, answer=answers.read(project.schema_in_force, request.POST.get("answer", "")), by=user, now=now,
            reason=typed(request, "reason", required=False),
        ),
        gettext("It is gold now."),
    )  # fmt: skip
