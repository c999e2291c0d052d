"""What labellers earned and were paid, for owners; and holding pay back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, page_of, typed
from labelling.assignment.models import Batch, Rejection
from labelling.errors import NotFound
from labelling.loop import appeals as loop
from labelling.pay import actions, queries
from labelling.pay.queries import Earnings, Period
from labelling.pay.withholding import withhold
from labelling.projects.checks import invalid
from labelling.projects.models import Member, Project, Role

LAST = 50


def period_of(request: HttpRequest, now: datetime) -> Period:
    """From the days `from` and `to` in the address, both included, UTC; what is no day is left out."""
    first, last = _day(request.GET.get("from", "")), _day(request.GET.get("to", ""))
    end = now if last is None else min(now, _midnight(last) + timedelta(days=1))
    return Period(None if first is None else _midnight(first), end)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(1970, 1, 2) <= found < date(9999, 1, 1) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def periods(now: datetime) -> list[tuple[str, str]]:
    """Ready-made periods: (what it is called, its part of the address)."""
    first = now.astimezone(UTC).date().replace(day=1)
    before = first - timedelta(days=1)
    return [
        ("This month", f"?from={first}"),
        ("Last month", f"?from={before.replace(day=1)}&to={before}"),
        ("Everything", "?"),
    ]


def csv_address(project: Project, period: Period, **also: str) -> str:
    """Where the account of a period is as CSV: with the API, which asks who may read it too."""
    bounds = {"end": period.end.isoformat()} | ({"start": period.start.isoformat()} if period.start else {})
    return f"/api/v1/projects/{project.slug}/pay/lines?{urlencode({'format': 'csv', **bounds, **also})}"


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, project: Project) -> HttpResponse:
    """Everybody's pay in a period."""
    now, status = timezone.now(), 200
    period = period_of(request, now)
    if request.method == "POST":
        if _act(request, project, now):
            return redirect(f"{reverse('pay', args=[project.slug])}?{request.GET.urlencode()}")
        status = UNREADABLE
    earned = queries.earnings(batches=period.of(queries.batches_of(project)), now=now)
    owed = queries.due_before(project=project, before=period.end, now=now) if period.start else _due(earned)
    members = Member.objects.filter(pk__in={*earned, *owed}).order_by("name", "pk")
    return show(
        request, "pay", project, status=status, now=now, period=period, periods=periods(now), may_act=may_act(request),
        rows=[(member, earned.get(member.pk, queries.NOTHING), owed.get(member.pk, 0)) for member in members],
        totals=queries.together(earned.values()), owed=sum(owed.values()), policy=project.policy_in_force,
        payments=list(queries.payments(project).order_by("-pk")[:LAST]), given=request.POST,
        withholdings=_with_state(queries.withholdings(project).order_by("-pk")[:LAST], now),
        csv=csv_address(project, period),
    )  # fmt: skip


def _due(earned: dict[int, Earnings]) -> dict[int, int]:
    return {labeller: one.due for labeller, one in earned.items() if one.due}


def _with_state(rows: Any, now: datetime) -> list[dict[str, Any]]:
    return [{"row": row, "state": queries.state_of(row, now), "heard": now >= row.heard_from} for row in rows]


def _act(request: HttpRequest, project: Project, now: datetime) -> bool:
    by, asked = acting_owner(request), request.POST
    if asked.get("do") == "pay":
        return attempt(
            request,
            lambda: actions.pay_everybody(
                project=project, up_to=_up_to(request), reference=typed(request, "reference"), amount=_seen(request),
                by=by, now=now,
            ),
            "Written down: everybody was paid what was due.",
        )  # fmt: skip
    if asked.get("do") == "take_back":
        payment = one(queries.payments(project), asked.get("payment", ""), "payment")
        return attempt(
            request,
            lambda: actions.correct_payment(payment=payment, reason=typed(request, "reason"), by=by, now=now),
            "Taken back: what it had paid is due again. Both rows stay.",
        )
    if asked.get("do") in {"confirm", "lift"}:
        row = one(queries.withholdings(project), asked.get("withholding", ""), "withholding")
        verb = loop.lift_withholding if asked["do"] == "lift" else loop.confirm_withholding
        done = "Lifted: the pay is due." if asked["do"] == "lift" else "Confirmed: it no longer lapses by itself."
        return attempt(
            request, lambda: verb(withholding=row, reason=typed(request, "reason"), by=by, now=now), done
        )  # fmt: skip
    raise NotFound("this form asked for something that this page can't do")


def _up_to(request: HttpRequest) -> datetime:
    try:
        found = datetime.fromisoformat(request.POST.get("up_to", ""))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise invalid("up_to", "is no time; load the page again") from error


def _seen(request: HttpRequest) -> int:
    """The sum that stood on the page: what is paid must be what the owner saw."""
    text = request.POST.get("amount", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid("amount", "is no sum; load the page again")
    return int(text)


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """One labeller's account, a line a batch, with the form that pays what is due."""
    now, status = timezone.now(), 200
    member = one(_labellers(project), public_id, "labeller")
    period = period_of(request, now)
    if request.method == "POST":
        by = acting_owner(request)
        if attempt(
            request,
            lambda: actions.record_payment(
                labeller=member, up_to=_up_to(request), reference=typed(request, "reference"), amount=_seen(request),
                by=by, now=now,
            ),
            f"Written down: {member.name} was paid.",
        ):  # fmt: skip
            return redirect(request.get_full_path())
        status = UNREADABLE
    batches = period.of(queries.batches_of(project, [member]))
    page = page_of(batches.select_related("labeller"), request, newest_first=True)
    before = queries.earnings(batches=Period(None, period.end).of(queries.batches_of(project, [member])), now=now)
    return show(
        request, "pay_account", project, status=status, member=member, period=period, periods=periods(now), page=page,
        lines=queries.lines_of(page.rows, now=now), may_act=may_act(request), given=request.POST,
        csv=csv_address(project, period, labeller=member.public_id),
        totals=queries.earnings(batches=batches, now=now).get(member.pk, queries.NOTHING),
        owed=before.get(member.pk, queries.NOTHING).due, policy=project.policy_in_force,
    )  # fmt: skip


def _labellers(project: Project) -> Any:
    return Member.objects.filter(project=project, role=Role.LABELLER)


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def hold_back(request: HttpRequest, project: Project) -> HttpResponse:
    """The form that withholds pay: of a labeller, a batch or what a rejection covers."""
    subject, member, what = _subject(request, project)
    status = 200
    if request.method == "POST":
        by = acting_owner(request)
        if attempt(
            request,
            lambda: withhold(
                **subject, evidence=request.POST.get("evidence", ""), notice=request.POST.get("notice", ""), by=by,
                now=timezone.now(),
            ),
            f"Withheld. {member.name} reads your notice and can appeal.",
        ):  # fmt: skip
            return redirect("pay_account", project.slug, member.public_id)
        status = UNREADABLE
    return show(
        request, "pay_withhold", project, status=status, member=member, what=what, given=request.POST, subject=subject,
        may_act=may_act(request), policy=project.policy_in_force,
    )  # fmt: skip


def _subject(request: HttpRequest, project: Project) -> tuple[dict[str, Any], Member, str]:
    if reference := request.GET.get("batch"):
        batch = one(Batch.objects.filter(labeller__project=project).select_related("labeller"), reference, "batch")
        return {"batch": batch}, batch.labeller, f"batch {batch.number} of {batch.labeller.name}"
    whose = request.GET.get("labeller", "")
    if reference := request.GET.get("rejection"):
        rows = Rejection.objects.filter(project=project).select_related("labeller")
        rejection = one(rows, reference, "rejection")
        member = rejection.labeller or one(_labellers(project), whose, "labeller")
        return {"rejection": rejection, "labeller": member}, member, f"the rejected labels of {member.name}"
    member = one(_labellers(project), whose, "labeller")
    return {"labeller": member}, member, f"all labels of {member.name} that are not paid"
