"""Labels fit the lease and the item they came from; rejections cover what they say; batches count what they hold."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.assignment.models import Batch, Label, Lease, Rejection
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
    rejections = within(Rejection.objects.filter(lifted_at=None), "project_id", project_id)
    for rejection in rejections.annotate(n=Count("covered")).exclude(n=F("n_labels")).order_by("id").iterator(CHUNK):
        message = f"says it covers {rejection.n_labels} labels, but covers {rejection.n}"
        yield Finding("rejections", f"rejection {rejection.public_id}", message)


def batches_count_their_labels(project_id: int | None) -> Iterator[Finding]:
    batches = within(Batch.objects.all(), "labeller__project_id", project_id)
    counted = batches.annotate(n=Count("labels", filter=Q(labels__withdrawn_at=None)))
    for batch in counted.exclude(n=F("n_labels")).order_by("id").iterator(CHUNK):
        message = f"n_labels is {batch.n_labels}, but it holds {batch.n} standing labels"
        yield Finding("batches", f"batch {batch.public_id}", message)


def gold_has_one_answer(project_id: int | None) -> Iterator[Finding]:
    items = within(Item.objects.exclude(purpose=Purpose.WORK), "project_id", project_id)
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
    batches_count_their_labels,
    gold_has_one_answer,
)
