"""Why nobody labels: each cause in words, with what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from labelling.amounts import amount
from labelling.assignment.money import most_a_label
from labelling.jobs.queries import is_one_running, oldest_left
from labelling.loop import floor
from labelling.loop.floor import Crowd, Line
from labelling.projects.models import Account, PolicyVersion, Project
from labelling.sampling.models import Item

MOST_COUNTED = 100
LINES_LOOKED_AT = 5


@dataclass(frozen=True)
class Cause:
    """code: stable, for programs. link_hint: the page where something can be done: "people", "policy", "settings",
    "sampling", "experts", "gold" or nothing. since, until: times that belong to the sentence, which names none, so
    that each reader sees them in their own zone."""

    code: str
    sentence: str
    what_to_do: str = ""
    link_hint: str = ""
    since: datetime | None = None
    until: datetime | None = None


def why_nobody_labels(*, project: Project, now: datetime) -> list[Cause]:
    """What keeps people from labelling, the cause to deal with first at the head; "at_work" when they do label.

    Reads a few rows of items, however many there are; the labellers are gone through once.
    """
    policy = project.policy_in_force
    crowd = floor.crowd_of(project=project, now=now)
    working = list(_working(project, now))
    stopped = list(_stopped(project, policy, crowd))
    causes = [*working, *stopped]
    open_lines = floor.lines(project=project, policy=policy, crowd=crowd)
    if not open_lines:
        causes += _nothing_open(project, now)
    elif crowd.active:
        causes += _hindered(project, policy, crowd, open_lines, now, awaited=not working and not stopped)
    causes += _without_worker(now)
    return causes or [_about_to_begin(crowd)]


def _working(project: Project, now: datetime) -> Iterator[Cause]:
    n, more = floor.at_work(project=project, now=now)
    if n:
        said = f"{'At least ' if more else ''}{_people(n)} labelled in the last 5 minutes."
        yield Cause("at_work", said)


def _stopped(project: Project, policy: PolicyVersion, crowd: Crowd) -> Iterator[Cause]:
    """What stops everybody, whatever there is to label."""
    if project.paused_at:
        yield Cause(
            "paused", "The project is paused: nobody gets new items.", "Resume it when labelling may go on.",
            "settings", since=project.paused_at,
        )  # fmt: skip
    if not crowd.n:
        yield Cause(
            "no_labellers", "Nobody is invited to label.",
            "Make an invitation link for labellers, and send it to people who can answer the question.", "people",
        )  # fmt: skip
    elif not crowd.active:
        who = "The only labeller is" if crowd.n == 1 else f"All {crowd.n:,} labellers are"
        yield Cause("all_suspended", f"{who} suspended.", "Resume somebody, or invite others.", "people")
    account = Account.objects.get(project=project)
    if account.budget is not None and account.budget - account.reserved - account.spent < most_a_label(policy):
        yield _budget_spent(account, account.budget, policy)


def _budget_spent(account: Account, budget: int, policy: PolicyVersion) -> Cause:
    spent, reserved, left, price = (
        amount(micro, policy.currency)
        for micro in (account.spent, account.reserved, budget - account.reserved - account.spent, most_a_label(policy))
    )
    return Cause(
        "budget_spent",
        f"The budget of {amount(budget, policy.currency)} is used up: {spent} spent, {reserved} reserved for open "
        f"batches, {left} left; a label costs {'' if policy.pay_hour is None else 'up to '}{price}.",
        "Raise the budget. Open batches can still be filled; what one doesn't use comes back when it closes.",
        "policy",
    )


def _nothing_open(project: Project, now: datetime) -> Iterator[Cause]:
    back = floor.next_back(project=project)
    if back and back <= now:
        yield Cause(
            "leases_over", "Open items are leased to people whose time is over: they go to whoever asks next.",
            "Tell labellers that there is work.", "people", since=back,
        )  # fmt: skip
    elif back:
        yield Cause(
            "all_leased", "Every open item is leased to somebody.",
            "Wait: what they leave comes back by itself. Or sample more items.", "sampling", until=back,
        )  # fmt: skip
    elif floor.are_unsettled(project=project):
        yield Cause(
            "waiting", "Open items have all the labels they were to get, and wait for the next estimate to be judged.",
            "Nothing: the background worker does it within moments, if it runs.",
        )  # fmt: skip
    elif not floor.are_sampled(project=project):
        yield Cause(
            "nothing_sampled", "No items are sampled yet, so there is nothing to label.", "Sample a round.", "sampling"
        )
    else:
        yield _all_done(floor.n_contested(project=project, most=MOST_COUNTED))


def _all_done(contested: int) -> Cause:
    if not contested:
        to_do = "Publish a version if something changed, or sample more items."
        return Cause("all_done", "Every item is done.", to_do, "sampling")
    or_more = " or more" if contested == MOST_COUNTED else ""
    wait = "1 item waits" if contested == 1 else f"{contested:,}{or_more} items wait"
    said = f"The crowd has nothing left to do: {wait} for an expert, and the others are done."
    return Cause("experts_next", said, "Decide the open cases, or sample more items.", "experts")


def _hindered(
    project: Project, policy: PolicyVersion, crowd: Crowd, lines: list[Line], now: datetime, *, awaited: bool
) -> Iterator[Cause]:
    """There are open items, and people who might label them: what keeps the two apart. awaited: nothing is known
    yet that would explain it."""
    if policy.qualification_items and not crowd.qualified:
        yield _nobody_qualified(project, policy, crowd)
        lines = []
    yield from (_skills_missing(line, alone=len(lines) == 1) for line in lines if not line.able)
    served = [line for line in lines if line.able][:LINES_LOOKED_AT]
    heads = [floor.head_that_all_had(project=project, line=line) for line in served]
    if served and all(heads):
        yield _all_seen(heads[0], served[0])
    if not crowd.here and awaited:
        yield _nobody_here(crowd)
    elif served:
        yield from _at_their_limits(project, policy, served, now)


def _nobody_qualified(project: Project, policy: PolicyVersion, crowd: Crowd) -> Cause:
    needed = policy.qualification_items
    there = floor.n_training(project=project, most=needed)
    if there < needed:
        return Cause(
            "practice_missing",
            f"Nobody can qualify: the policy asks for {needed} training items before real work, and there "
            f"{'is' if there == 1 else 'are'} {there or 'none'}.",
            "Make training items of items whose answer is known, or ask for fewer in the policy.", "gold",
        )  # fmt: skip
    practising = "nobody has begun to practise"
    if crowd.practising:
        practising = f"{_people(crowd.practising)} {'is' if crowd.practising == 1 else 'are'} practising"
    return Cause(
        "not_qualified", f"Nobody has passed the qualification yet: {practising}.",
        "Wait for them, ask them to begin, or let in those you know.", "people",
    )  # fmt: skip


def _skills_missing(line: Line, *, alone: bool) -> Cause:
    wanted = " and ".join(f"“{tag}” at level {level} or above" for tag, level in sorted(line.needs.items()))
    return Cause(
        "skills_missing", f"{'The' if alone else 'Some'} open items need {wanted}, and no labeller has that.",
        "Give the skill to labellers who have it, or invite some.", "people",
    )  # fmt: skip


def _all_seen(head: Item | None, line: Line) -> Cause:
    assert head is not None
    labels = "1 label" if head.target == 1 else f"{head.target} labels"
    there = "there is 1 labeller" if line.able == 1 else f"there are {line.able:,} labellers"
    who = f"{there} who may give them" if line.needs else there
    return Cause(
        "all_seen", f"Everybody has had the open items: the next one needs {labels}, and {who}.",
        "Invite more labellers, ask for fewer labels in the policy, or finish the items with the labels they have.",
        "people",
    )  # fmt: skip


def _nobody_here(crowd: Crowd) -> Cause:
    who = "the only labeller has" if crowd.active == 1 else f"none of the {crowd.active:,} labellers has"
    yet = "asked for one yet" if crowd.last_seen is None else "asked for one in the last 5 minutes"
    return Cause(
        "nobody_here", f"There are open items, but {who} {'not ' if crowd.active == 1 else ''}{yet}.",
        "Tell them that there is work, or invite others.", "people", since=crowd.last_seen,
    )  # fmt: skip


def _at_their_limits(project: Project, policy: PolicyVersion, served: list[Line], now: datetime) -> Iterator[Cause]:
    limit, share = policy.daily_limit, policy.max_share
    if limit and floor.all_reached_the_days_limit(project=project, limit=limit, now=now):
        tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)
        yield Cause(
            "daily_limit", f"Everybody who is here has reached the day's limit of {_labels(limit)}.",
            "Wait for the next day (UTC), invite more people, or raise the limit.", "policy", until=tomorrow,
        )  # fmt: skip
    if share and all(
        floor.all_reached_their_share(project=project, line=line, share=share, now=now) for line in served
    ):
        yield Cause(
            "share_reached",
            f"Everybody who is here was given their share of the open rounds: {share:.0%} of each slice is the most.",
            "Invite more people, or raise the share that one may have.", "policy",
        )  # fmt: skip


def _without_worker(now: datetime) -> Iterator[Cause]:
    left = oldest_left(now=now)
    if left is None:
        return
    if is_one_running(now=now):
        yield Cause(
            "worker_busy", "The background worker is busy, and new estimates wait their turn.",
            "Nothing, unless it lasts: then start another worker.", since=left.run_after,
        )  # fmt: skip
        return
    yield Cause(
        "no_worker", "No background worker is running: estimates and closed batches wait.",
        "Start the worker on the server, or look at its log.", since=left.run_after,
    )  # fmt: skip


def _about_to_begin(crowd: Crowd) -> Cause:
    asked = f"{_people(crowd.here)} asked for items in the last 5 minutes"
    return Cause("ready", f"Nothing stands in the way: there are open items, and {asked}.")


def _people(n: int) -> str:
    return "1 person" if n == 1 else f"{n:,} people"


def _labels(n: int) -> str:
    return "1 label" if n == 1 else f"{n:,} labels"
