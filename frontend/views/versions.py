"""Published versions: what is in them, what changed, where each row comes from; and publishing the next one."""

from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend import data_checks, pictures, stories
from frontend.stories import payload_fields
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, typed
from frontend.views.overview import by_state
from labelling import canonical
from labelling.consensus.queries import story as story_of
from labelling.datasets import diff as diffs
from labelling.datasets import layout, queries
from labelling.datasets.aliases import point_alias, remove_alias
from labelling.datasets.checks import history as kept
from labelling.datasets.checks.models import Occasion
from labelling.datasets.compare import KINDS
from labelling.datasets.content import SPLITS
from labelling.datasets.models import Version
from labelling.datasets.tracing import versions_with
from labelling.errors import NotFound
from labelling.exports.actions import SMALL_ROWS
from labelling.loop import checking
from labelling.loop import publish as publishing
from labelling.loop.erasing.told import erased_of, since_download, to_tell
from labelling.projects.models import Project, User
from labelling.sampling.models import Item, State

MOST_VERSIONS = 200
MOST_KEYS = 100


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def versions(request: HttpRequest, project: Project) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("message", "override_reason")}
    status = 200
    if request.method == "POST":
        published = _publish(request, project, given)
        if published is not None:
            return redirect("version", project.slug, published.number)
        status = UNREADABLE
    # A publication that a check refused left its report.
    newest = kept.newest(project) if status == UNREADABLE else None
    report = newest.told if newest and newest.occasion == Occasion.REFUSED else None
    standing = Count("recalls", filter=Q(recalls__withdrawn_at=None))
    found = list(queries.versions_of(project).annotate(n_recalls=standing)[:MOST_VERSIONS])
    recalled = {version.number for version in found if version.n_recalls}
    return show(
        request, "versions", project, status=status, given=given, report=report, may_act=may_act(request),
        versions=found, numbers=[version.number for version in found], recalled=recalled,
        aliases=list(queries.aliases_of(project)),
        to_tell=to_tell(project=project, user=cast(User, request.user)),
        something_approved=Item.objects.filter(project=project, state=State.RESOLVED).exists(),
    )  # fmt: skip


def _publish(request: HttpRequest, project: Project, given: dict[str, str]) -> Version | None:
    by = acting_owner(request)
    made: list[Version] = []

    def freeze() -> None:
        texts = {name: typed(request, name, required=False) for name in given}
        made.append(publishing.publish(project=project, by=by, **texts, now=timezone.now()))

    attempt(request, freeze, "Published. The version is frozen: its rows never change.")
    return made[0] if made else None


@project_page(*READERS)
@require_safe
def version(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    found = queries.find_version(project=project, number=number)
    recalled = queries.recalled(found)
    for recall in recalled.rejections if recalled else ():
        recall.first_keys = recall.keys[:MOST_KEYS]  # type: ignore[attr-defined]  # shown on this page only
    corrected = recalled.corrected if recalled else None
    others = list(queries.versions_of(project).exclude(pk=found.pk).values_list("number", flat=True)[:MOST_VERSIONS])
    key = request.GET.get("key", "")
    if key:
        return redirect("lineage", project.slug, number, key)
    offered = recalled is not None and corrected is None and may_act(request)
    job, searched = checking.followed(found)
    erased, mine = erased_of(found), since_download(version=found, user=cast(User, request.user))
    return show(
        request, "version", project, version=found, recalled=recalled, others=others, may_act=may_act(request),
        states=by_state(project) if offered else None,
        ruled_keys=recalled.ruled[:MOST_KEYS] if recalled else [], newest=max([number, *others]),
        corrections=_changes(diffs.counts(before=found, after=corrected)) if corrected else "",
        aliases=[alias.name for alias in queries.aliases_of(project) if alias.version_id == found.pk],
        erased=list(erased[:MOST_KEYS]), n_erased=erased.count(), to_tell=[(found, len(mine))] if mine else [],
        splits=found.checks.get("splits", {}), is_small=found.n_rows <= SMALL_ROWS,
        picture=_classes(found), formats=layout.FORMATS, split_names=SPLITS,
        cards=data_checks.cards_of(data_checks.with_later(found.checks, searched), project),
        searched=searched, search=job,
        address=request.build_absolute_uri("/").rstrip("/"), rows=queries.rows_of(found, limit=10),
    )  # fmt: skip


def _changes(counts: dict[str, int]) -> str:
    """In words, such as "2 rows relabelled, 1 removed"."""
    there = [(n, name) for name, n in counts.items() if n]
    if not there:
        return "no row differs"
    (first, name), *rest = there
    said = [f"{first:,} row{'' if first == 1 else 's'} {name}", *(f"{n:,} {name}" for n, name in rest)]
    return ", ".join(said)


@project_page(*READERS)
@require_POST
def alias(request: HttpRequest, project: Project) -> HttpResponse:
    """Let a name mean a version, or nothing."""
    by, name, number = acting_owner(request), request.POST.get("name", "").strip(), request.POST.get("number", "")
    if "remove" in request.POST:
        attempt(request, lambda: remove_alias(project=project, name=name, by=by, now=timezone.now()),
                f"{name} means no version any more.")  # fmt: skip
    else:
        attempt(request, lambda: point_alias(project=project, name=name, number=number, by=by, now=timezone.now()),
                f"{name} means version {number} from now on.")  # fmt: skip
    return redirect("versions", project.slug)


@project_page(*READERS)
@require_safe
def compare(request: HttpRequest, project: Project) -> HttpResponse:
    """From two choices to the page of what differs; the older one is taken as the one before."""
    given = [queries.find_version(project=project, number=request.GET.get(name, "")) for name in ("before", "after")]
    before, after = sorted(version.number for version in given)
    return redirect("diff", project.slug, before, after)


def _classes(found: Version) -> pictures.Picture:
    return pictures.contents(found.checks.get("classes", {}), number=found.number, n_rows=found.n_rows)


@project_page(*READERS)
@require_safe
def diff_page(request: HttpRequest, project: Project, before: int, after: int) -> HttpResponse:
    kind = request.GET.get("kind", "")
    if kind and kind not in KINDS:
        raise BadRequest(f"There is no kind of change {kind!r}; the kinds are {', '.join(KINDS)}.")
    split = request.GET.get("split", "")
    found = diffs.diff(
        before=queries.find_version(project=project, number=before),
        after=queries.find_version(project=project, number=after),
        kind=kind, split=split, after_key=request.GET.get("after_key", ""),
    )  # fmt: skip
    numbers = queries.versions_of(project).values_list("number", flat=True)[:MOST_VERSIONS]
    return show(
        request, "diff", project, diff=found, kind=kind, split=split, counts=list(found.counts.items()),
        numbers=list(numbers), picture=pictures.changes(found.counts), split_names=SPLITS,
        narrowed=urlencode({name: value for name, value in (("kind", kind), ("split", split)) if value}),
    )  # fmt: skip


@project_page(*READERS)
@require_safe
def lineage(request: HttpRequest, project: Project, number: int, key: str) -> HttpResponse:
    found = queries.find_version(project=project, number=number)
    try:
        told: dict[str, Any] = queries.lineage(version=found, key=key)
    except NotFound:
        return _unknown_row(request, project, found, key)
    shown = payload_fields(project, (told["row"] or {}).get("payload"))
    frozen = canonical.dumps(told["frozen"])
    item = Item.objects.select_related("example", "round", "project").get(public_id=told["item"])
    story = stories.events(item, story_of(item))
    return show(
        request, "lineage", project, version=found, told=told, payload=shown, frozen=frozen,
        then=[event for event in story if event.at <= found.created_at],
        since=[event for event in story if event.at > found.created_at],
    )  # fmt: skip


def _unknown_row(request: HttpRequest, project: Project, found: Version, key: str) -> HttpResponse:
    """A key that the version has no row of: what is known of it all the same, and where to look."""
    keys = [] if "\x00" in key else [key, key.strip()]
    item = Item.objects.filter(project=project, example__external_id__in=keys).select_related("example").first()
    return show(
        request, "row_unknown", project, status=404, version=found, key=key, item=item,
        held=[other for other, _ in versions_with(item)] if item else [],
    )  # fmt: skip
