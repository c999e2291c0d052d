"""Labels fit the lease and the item they came from; rejections cover what they say; batches count what they hold."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.assignment.models import Batch, Label, Lease, Rejection
from labelling.jobs.models import Job
from labelling.sampling.models import Item, Purpose


def one_standing_label_a_lease(project_id: int | None) -> Iterator[Finding]:
    standing = within(Label.objects.standing(), "project_id", project_id)
    for lease_id, n in standing.values_list("lease").annotate(n=Count("pk")).filter(n__gt=1).order_by("lease"):
        yield Finding("standing", f"lease {lease_id}", f"has {n} standing labels; one is allowed")


def labels_fit_their_lease(project_id: int | None) -> Iterator[Finding]:
    labels = within(Label.objects.all(), "project_id", project_id)
    # Gold is answered in the run that goes on, which may be a later one than that of an answer taken back.
    of_earlier_run = ~Q(item__purpose=Purpose.WORK) & Q(
        withdrawn_at__isnull=False, pass_number__lt=F("lease__pass_number")
    )
    fits = Q(
        Q(pass_number=F("lease__pass_number")) | of_earlier_run,
        labeller=F("lease__labeller"),
        item=F("lease__item"),
        project=F("item__project"),
        batch__labeller=F("labeller"),
        labeller__project=F("project"),
    )
    for label in labels.exclude(fits).order_by("id").iterator(CHUNK):
        message = "its pass, labeller, item, batch or project is not its lease's"
        yield Finding("labels", f"label {label.public_id}", message)


def standing_label_ends_its_lease(project_id: int | None) -> Iterator[Finding]:
    labels = within(Label.objects.standing(), "project_id", project_id)
    for label in labels.exclude(lease__state="done").select_related("lease").order_by("id").iterator(CHUNK):
        message = f"stands, but its lease is {label.lease.state}, not done"
        yield Finding("labels", f"label {label.public_id}", message)
    done = within(Lease.objects.filter(state="done"), "item__project_id", project_id)
    bare = done.annotate(n=Count("labels", filter=Q(labels__withdrawn_at=None))).filter(n=0).order_by("id")
    for lease in bare.iterator(CHUNK):
        yield Finding("leases", f"lease {lease.pk}", "is done, but has no standing label")


def rejections_cover_what_they_say(project_id: int | None) -> Iterator[Finding]:
    all_of_them = within(Rejection.objects.all(), "project_id", project_id).annotate(
        n=Count("covered"), open=Count("covered", filter=Q(covered__lifted_at=None))
    )
    covered = all_of_them.exclude(covered_at=None)
    for rejection in covered.exclude(n=F("n_labels")).order_by("id").iterator(CHUNK):
        message = f"says it covers {rejection.n_labels} labels, but covers {rejection.n}"
        yield Finding("rejections", f"rejection {rejection.public_id}", message)
    half = Q(lifted_at=None) & ~Q(open=F("n")) | Q(restored_at__isnull=False, open__gt=0)
    for rejection in all_of_them.filter(half).order_by("id").iterator(CHUNK):
        state = "stands" if rejection.lifted_at is None else "is lifted"
        message = f"{state}, but {rejection.open} of the {rejection.n} labels it covers are still closed by it"
        yield Finding("rejections", f"rejection {rejection.public_id}", message)


def rejections_under_way_have_a_job(project_id: int | None) -> Iterator[Finding]:
    jobs = Job.objects.filter(key=OuterRef("public_id"), finished_at=None, failed_at=None)
    to_cover = Q(~Exists(jobs.filter(kind="reject")), covered_at=None)
    to_lift = Q(~Exists(jobs.filter(kind="lift")), covered_at__isnull=False, lifted_at__isnull=False, restored_at=None)
    for rejection in within(Rejection.objects.filter(to_cover | to_lift), "project_id", project_id).order_by("id"):
        yield Finding("rejections", f"rejection {rejection.public_id}", "is under way, but no job carries it on")


def batches_count_their_labels(project_id: int | None) -> Iterator[Finding]:
    batches = within(Batch.objects.all(), "labeller__project_id", project_id)
    counted = batches.annotate(n=Count("labels", filter=Q(labels__withdrawn_at=None)))
    for batch in counted.exclude(n=F("n_labels")).order_by("id").iterator(CHUNK):
        message = f"n_labels is {batch.n_labels}, but it holds {batch.n} standing labels"
        yield Finding("batches", f"batch {batch.public_id}", message)


def gold_has_one_answer(project_id: int | None) -> Iterator[Finding]:
    items = within(Item.objects.filter(purpose__in=[Purpose.GOLD, Purpose.TRAINING]), "project_id", project_id)
    counted = items.annotate(n=Count("golds", filter=Q(golds__closed_at=None)))
    # Drawn and not yet answered, or retired: held, and given to nobody.
    wrong = counted.exclude(n=1).exclude(n=0, held_at__isnull=False)
    for item in wrong.order_by("id").iterator(CHUNK):
        yield Finding("gold", f"item {item.public_id}", f"is {item.purpose} with {item.n} known answers; it needs one")


CHECKS: tuple[Check, ...] = (
    one_standing_label_a_lease,
    labels_fit_their_lease,
    standing_label_ends_its_lease,
    rejections_cover_what_they_say,
    rejections_under_way_have_a_job,
    batches_count_their_labels,
    gold_has_one_answer,
)
