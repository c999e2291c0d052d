"""The address of every page in a town, and who opens it."""

from datetime import timedelta
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse
from django.utils import timezone

from experts.models import Case
from labelling.assignment.models import Batch, Label
from labelling.consensus.models import Fit, Simulation
from labelling.datasets.models import Version
from labelling.exports.actions import ask, log, make_small
from labelling.exports.queries import file_of
from labelling.incoming.models import ProjectImport
from labelling.loop import bulk, simulating
from labelling.loop.erasing.erase import erase
from labelling.loop.reject import reject
from labelling.loop.resolve import requeue
from labelling.projects.actions import invite
from labelling.projects.models import Member, Project, Role, User
from labelling.reliability.flagging import Suspect, raise_flag
from labelling.reliability.models import PullReading, StrengthReading
from labelling.sampling.models import State
from labelling.stats.simulation import Crowd
from labelling.visits.actions import create_entrance, enter
from labelling.visits.models import Visit, Worker
from labelling.visits.parameters import Came
from labelling.webhooks.actions import create_endpoint, disable_endpoint, rotate_secret
from labelling.webhooks.announcing import announce
from labelling.webhooks.models import Attempt
from tests.datasets.helpers import labelled_project, publish_now
from tests.datasets.stored import keys
from tests.visits.workers import label

NOBODY, LARA, MAX, EVA, OLGA = "", "lara", "max", "eva", "olga"
# What it is called in a screenshot's name, and who looks at it.
PAGES = {
    "sign-in": NOBODY,
    "home": OLGA,
    "move": OLGA,
    "moved": OLGA,
    "workbench": LARA,
    "own-work": LARA,
    "cases": EVA,
    "case": EVA,
    "overview": OLGA,
    "items": OLGA,
    "items-filtered": OLGA,
    "items-act": OLGA,
    "items-job": OLGA,
    "item": OLGA,
    "item-open": OLGA,
    "labellers": OLGA,
    "labeller": OLGA,
    "reject": OLGA,
    "reject-conditions": OLGA,
    "rejections": OLGA,
    "rejection-under-way": OLGA,
    "labels-of": OLGA,
    "flags": OLGA,
    "labeller-flagged": OLGA,
    "agreement": OLGA,
    "simulation": OLGA,
    "pull": OLGA,
    "strengths": OLGA,
    "calibration": OLGA,
    "own-work-excluded": MAX,
    "appeals": OLGA,
    "pay": OLGA,
    "pay-account": OLGA,
    "pay-withhold": OLGA,
    "entrances": OLGA,
    "entrance": OLGA,
    "enter": NOBODY,
    "join": NOBODY,
    "visit": LARA,
    "gold": OLGA,
    "sampling": OLGA,
    "versions": OLGA,
    "version": OLGA,
    "version-files": OLGA,
    "checks": OLGA,
    "checks-history": OLGA,
    "erasures": OLGA,
    "erasure": OLGA,
    "erase": OLGA,
    "version-erased": OLGA,
    "diff": OLGA,
    "lineage": OLGA,
    "settings": OLGA,
    "settings-question": OLGA,
    "settings-policy": OLGA,
    "settings-people": OLGA,
    "settings-tokens": OLGA,
    "settings-webhooks": OLGA,
    "webhook": OLGA,
}
ERASING = {"erase", "erasures", "erasure", "version-erased"}
# Pages that are called otherwise here than among the addresses.
CALLED = {"workbench": "label", "own-work": "work", "own-work-excluded": "work"}


def moved(project: Project) -> str:
    """A project that came from Label Studio, with something that was not taken."""
    left = [{"what": "a rotated box", "count": 12, "items": ["17", "204"]}]
    report = {
        "items": 1200, "labels": 3580, "abstentions": 20, "labellers": 7, "gold": 12, "predictions": 1200,
        "alpha": {"value": 0.71, "low": 0.66, "high": 0.76}, "resolved": 1100, "contested": 88, "open": 0,
        "version": {"number": 1, "rows": 1100, "data_id": "0b0ca8b2" * 8, "version_id": "ea96a7ef" * 8},
        "not_taken": left, "questions_not_taken": {"why": "another question; import it as a project of its own"},
    }  # fmt: skip
    now = timezone.now()
    made, _ = ProjectImport.objects.get_or_create(slug="cars", defaults={
        "name": "Cars", "source": "label_studio", "digest": "", "project": project, "by": project.created_by,
        "created_at": now, "finished_at": now, "report": report,
    })  # fmt: skip
    return made.public_id


def address(name: str, project: Project) -> str:
    """Where the page of that name is; of an item, a labeller, a batch, a row: one with something to show."""
    slug = project.slug
    if name in {"sign-in", "home", "move", "moved"}:
        return reverse(name.replace("-", "_"), args=[moved(project)] if name == "moved" else [])
    if name == "case":
        return reverse("case", args=[slug, Case.objects.filter(closed_at=None).first().public_id])
    if name.startswith(("items-", "item-")):
        return of_items(name, project)
    if name == "item":
        item = Label.objects.filter(project=project, item__state=State.RESOLVED).first().item
        return reverse("item", args=[slug, item.public_id])
    if name in {"entrances", "entrance", "enter", "join", "visit"}:
        return of_entering(name, project)
    if name in {"settings-webhooks", "webhook", *ERASING}:
        return of_erasing(name) if name in ERASING else of_webhooks(name, project)
    if name.startswith("pay-"):
        return of_pay(name, project)
    if name in {"flags", "labeller-flagged"}:
        return of_flags(name, project)
    if name in MADE_UP:
        MADE_UP[name](project)
        return reverse(name, args=[slug])
    if name == "labeller":
        return reverse("labeller", args=[slug, Member.objects.get(project=project, name="max").public_id])
    if name.startswith("reject-") or name in {"reject", "rejection-under-way", "labels-of"}:
        return of_rejecting(name, project)
    if name in {"version", "version-files", "diff", "lineage"}:
        return of_versions(name, slug)
    return reverse(CALLED.get(name, name.replace("-", "_")), args=[slug])


def of_versions(name: str, slug: str) -> str:
    """The first version, its row, and what the second one changed."""
    if name == "diff":
        return reverse("diff", args=[slug, 1, 2])
    if name == "lineage":
        return reverse("lineage", args=[slug, 1, keys(Version.objects.get(project__slug=slug, number=1))[0]])
    if name == "version-files":
        fetched_once(slug)
    return reverse(name.replace("-", "_"), args=[slug, 1])


def fetched_once(slug: str) -> None:
    """The files of the first version as Parquet, one of which was fetched in parts."""
    version = Version.objects.get(project__slug=slug, number=1)
    export = ask(version=version, file_format="parquet", splits=["train", "validation"], by=None, now=timezone.now())
    export = make_small(export, now=timezone.now())
    ask(version=version, file_format="csv", splits=["train"], by=None, now=timezone.now())
    file, by = file_of(export, export.files[0]["name"]), User.objects.get(username=OLGA)
    for first_byte, status in ((0, 200), (100, 206)):
        log(file=file, by=by, token=None, signed=status == 206, address="192.0.2.7", first_byte=first_byte,
            n_bytes=file.n_bytes - first_byte, status=status, now=timezone.now())  # fmt: skip


def of_rejecting(name: str, project: Project) -> str:
    """The preview of a batch, and of what conditions name, where answers flip; a large rejection that waits for its
    worker; the labels of somebody of whom some are rejected."""
    labeller = Member.objects.get(project=project, name="max")
    if name == "labels-of":
        label = labeller.labels.latest("pk")
        return reverse("labels_of", args=[project.slug, labeller.public_id]) + f"?to_label={label.public_id}"
    if name == "rejection-under-way":
        made = reject(labeller=labeller, reason="Asleep", by=project.created_by, now=timezone.now(), at_once=0)
        return reverse("rejection", args=[project.slug, made.public_id])
    if name == "reject-conditions":
        ids = project.members.filter(name__in=["max", "ben", "lara"]).values_list("public_id", flat=True)
        query = urlencode([("see", 1), ("since", "2026-01-01T10:00"), *(("labellers", one) for one in ids)])
        return reverse("reject", args=[project.slug]) + f"?{query}"
    batch = Batch.objects.filter(labeller__name="sam", n_labels__gt=0).first()
    return reverse("reject", args=[project.slug]) + f"?batch={batch.public_id}"


def of_flags(name: str, project: Project) -> str:
    """Somebody who is flagged, with the path of the evidence."""
    labeller = Member.objects.get(project=project, name="max")
    path = [[at, 0.08 * at - 1.0] for at in range(1, 101)]
    evidence = {"says": "100% of 100 answers are “match”, whatever the item.", "path": path, "limit": 4.8}
    suspect = Suspect(labeller=labeller.pk, kind="constant", log_evidence=7.0, evidence=evidence)
    raise_flag(fit=project.fits.latest("number"), suspect=suspect, now=timezone.now())
    return (
        reverse("flags", args=[project.slug])
        if name == "flags"
        else reverse("labeller", args=[project.slug, labeller.public_id])
    )


def a_reading_of_the_pull(project: Project) -> None:
    """Figures that are made up."""
    PullReading.objects.create(
        project=project, fit=Fit.objects.filter(project=project).latest("number"), n_shown=180, n_withheld=20,
        shown=0.91, shown_low=0.88, shown_high=0.94, withheld=0.79, withheld_low=0.7, withheld_high=0.87,
        difference=0.12, low=0.03, high=0.21, same_shown=0.6, same_withheld=0.35, seconds_shown=4.2,
        seconds_withheld=9.8,
    )  # fmt: skip


def a_reading_of_strengths(project: Project) -> None:
    """Three models, of which two are near each other; one who always takes the left side. Made up."""
    rows = (("large-2", 0.9, 0.3), ("large-1", 0.4, 0.3), ("small", -1.3, 0.4))
    StrengthReading.objects.create(
        project=project, fit=Fit.objects.filter(project=project).latest("number"), n_labels=420, n_items=140,
        n_unnamed=12, lead=[0.5, -0.1, 1.1], tie=0.4,
        pairs=[[0, 1, 70, 20, 46], [0, 2, 95, 14, 25], [1, 2, 88, 16, 34]],
        authors=[
            {"name": name, "log_strength": value, "low": value - half, "high": value + half, "compared": 272,
             "group": 0, "score": 0.5 + value / 4, "score_low": 0.5 + (value - half) / 4,
             "score_high": 0.5 + (value + half) / 4}
            for name, value, half in rows
        ],
        sides=[[member.public_id, 49 - 20 * (number > 0), 50] for number, member in
               enumerate(Member.objects.filter(project=project, name__in=["max", "anna", "ben"]).order_by("-name"))],
    )  # fmt: skip


def play(project: Project) -> None:
    """A simulation that has been played, on labels that are made up."""
    chance, wanted = np.random.default_rng(1), simulating.Wanted(seeds=1)
    items, workers = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    truth = chance.integers(0, 2, 60)
    labels = np.where(chance.random(300) < 0.8, truth[items], 1 - truth[items])
    result = simulating.play(simulating.Past(Crowd(items, workers, labels, truth, 5, 2), n_known=20), wanted)
    Simulation.objects.create(
        project=project, options={"price": 5.0, "accuracy": 1.0}, seed=1, result=result, asked_at=timezone.now(),
        finished_at=timezone.now(),
    )  # fmt: skip


def of_pay(name: str, project: Project) -> str:
    """The account of somebody some of whose pay is withheld; the form that withholds another batch."""
    if name == "pay-account":
        return reverse("pay_account", args=[project.slug, Member.objects.get(project=project, name="max").public_id])
    batch = Batch.objects.filter(labeller__name="ben", closed_at__isnull=False).first()
    return reverse("pay_withhold", args=[project.slug]) + f"?batch={batch.public_id}"


def of_entering(name: str, project: Project) -> str:
    """A marketplace's way in with a worker who is done and one who has begun; an invitation; a visit with its code."""
    now, owner = timezone.now(), project.created_by
    if name == "join":
        until = now + timedelta(days=7)
        _, secret = invite(project=project, role=Role.LABELLER, uses=1, expires_at=until, by=owner, now=now)
        return reverse("join", args=[secret])
    entrance = create_entrance(project=project, by=owner, now=now, provider="Prolific", n_labels=2, reward=100_000)
    if name == "enter":
        return reverse("enter", args=[entrance.secret]) + "?PROLIFIC_PID=5f1a9c&STUDY_ID=a-1&SESSION_ID=s-1"
    if name == "visit":
        lara = Member.objects.get(project=project, name="lara")
        Worker.objects.create(entrance=entrance, worker_id="5f1a9c", member=lara, number=1, came_at=now)
        visit = enter(entrance=entrance, came=Came("5f1a9c", "a-1", "s-1"), now=now)
        Visit.objects.filter(pk=visit.pk).update(completed_at=now)
        return reverse("visit", args=[project.slug])
    for number, labels in enumerate((2, 1)):
        visit = enter(entrance=entrance, came=Came(f"5f1a9c40d2b3e7{number}", "63b1f0aa", "63b2c9d1"), now=now)
        label(visit, labels, now=now)
    return reverse(name, args=[project.slug, *([entrance.public_id] if name == "entrance" else [])])


def of_webhooks(name: str, project: Project) -> str:
    """Two webhooks: one for everything that failed until it was disabled; one in use, whose secret rotates."""
    now, by = timezone.now(), project.created_by
    url = "https://hooks.example/a/rather/long/address/that/starts/the/training?of=the-matcher&key=0123456789"
    gone = create_endpoint(project=project, url="http://old.example:8080/", by=by, now=now)
    used = create_endpoint(project=project, url=url, description="Retrain the matcher", by=by, now=now,
                           kinds=["version.published", "version.recalled"])  # fmt: skip
    for number, status in enumerate((204, 500, None)):
        message = announce(project=project, kind="version.published", data={"version": {"number": 2}}, now=now)
        delivery = message.deliveries.get(endpoint=used)
        error = "" if status == 204 else f"It answered {status}." if status else "No whole reply within 15 seconds."
        Attempt.objects.create(delivery=delivery, number=1, at=now, milliseconds=10**number * 31, status=status,
                               error=error, reply="busy, come back later" if status == 500 else "")  # fmt: skip
        state = {"state": "delivered", "next_at": None} if status == 204 else {"next_at": now + timedelta(minutes=5)}
        type(delivery).objects.filter(pk=delivery.pk).update(n_attempts=1, n_tries=1, **state)
    rotate_secret(endpoint=used, by=by, now=now)
    type(used).objects.filter(pk=used.pk).update(failing_since=now)
    disable_endpoint(endpoint=gone, by=None, why="failing", now=now)
    return reverse(name.replace("-", "_"), args=[project.slug, *([used.public_id] if name == "webhook" else [])])


def of_items(name: str, project: Project) -> str:
    """An item that an owner wants more labels of; the table with a filter, the preview of an act on many, the progress
    of another."""
    if name == "item-open":
        item = project.items.filter(is_open=True, n_done__gt=0).first()
        requeue(items=[item], n_more=2, reason="a complaint", by=project.created_by, now=timezone.now())
        return reverse("item", args=[project.slug, item.public_id])
    if name == "items-filtered":
        return reverse("items", args=[project.slug]) + "?held=false&labels_max=3&sort=-confidence"
    if name == "items-act":
        return reverse("items_act", args=[project.slug]) + "?do=more&n_more=2&scope=all"
    chosen, act = bulk.Chosen(project, {"state": "resolved"}), bulk.Act("hold", reason="a complaint")
    job = bulk.start(chosen=chosen, act=act, by=project.created_by, now=timezone.now(), at_once=0).job
    return reverse("items_job", args=[project.slug, job.public_id])


# What a page shows that nothing else in a town has made.
MADE_UP = {"pull": a_reading_of_the_pull, "simulation": play, "strengths": a_reading_of_strengths}


def of_erasing(name: str) -> str:
    """A project of its own, since what is erased is gone for the tests after this one too: a row that olga had
    downloaded was erased, or is about to be."""
    project, _, _ = labelled_project(12, slug=f"cats-{name}")
    version = publish_now(project, override_reason="few rows")
    olga, at, gone = User.objects.get(username="olga"), version.created_at, keys(version)[0]
    asked = ask(version=version, file_format="parquet", splits=["train", "validation", "test"], by=olga, now=at)
    export = make_small(asked, now=at)
    for file in export.files:
        if file["name"].startswith("data/"):
            log(file=file_of(export, file["name"]), by=olga, token=None, signed=False, address=None, first_byte=0,
                n_bytes=1, status=200, now=at)  # fmt: skip
    if name == "erase":
        return f"{reverse('erase', args=[project.slug])}?{urlencode({'keys': gone})}"
    done = erase(project=project, keys=[gone], reason="the person it is about asked for it", by=olga,
                 now=timezone.now())  # fmt: skip
    if name == "version-erased":
        return reverse("version", args=[project.slug, 1])
    return reverse(name, args=[project.slug, *([done.erasures[0].public_id] if name == "erasure" else [])])
