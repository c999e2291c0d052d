"""A second account of who holds and gave what, kept from the verbs' replies alone, to hold the database against."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.projects.models import Account, Member, Project
from labelling.sampling.models import Item, Purpose

UNDO_REACH = 10
Said = tuple[str, str]
"""An answer as canonical JSON, and an abstention's reason; one of them is empty."""


@dataclass
class Place:
    """A lease."""

    pk: int
    labeller: int
    item: int
    pass_number: int
    token: str
    state: str
    expires_at: datetime


@dataclass
class Given:
    """A label."""

    public_id: str
    token: str
    place: Place
    pass_number: int
    said: Said
    batch: int
    withdrawn: bool = False


@dataclass
class Rejected:
    labeller: int
    batch: int | None
    at: datetime
    covers: list[Given]
    lifted: bool = False


@dataclass
class Ledger:
    """passes: of work items, by their ids; tokens: all that were ever handed out, with their leases."""

    project: Project
    passes: dict[int, int]
    gold: set[int]
    places: dict[int, Place] = field(default_factory=dict)
    tokens: dict[str, Place] = field(default_factory=dict)
    labels: dict[str, Given] = field(default_factory=dict)
    rejections: dict[int, Rejected] = field(default_factory=dict)
    suspended: dict[int, datetime] = field(default_factory=dict)
    decisions_cost: int = 0

    # --- what happened -----------------------------------------------------------------------------------------------

    def leased(self, lease: Lease) -> None:
        """A lease is live, for the first time or again; nobody gets an item twice in a pass, nor a gold item twice."""
        place = Place(lease.pk, lease.labeller_id, lease.item_id, lease.pass_number, lease.token, LeaseState.LIVE,
                      lease.expires_at)  # fmt: skip
        assert place.token not in self.tokens, "a token was handed out twice"
        before = self.places.get(place.pk)
        if before is not None:
            assert before.state != LeaseState.LIVE
            self.keep(before, lease)
            return
        assert place.item in self.gold or place.pass_number == self.passes[place.item]
        for other in self.places.values():
            same_pass = place.item in self.gold or other.pass_number == place.pass_number
            assert (other.labeller, other.item, same_pass) != (place.labeller, place.item, True)
        self.places[place.pk] = self.tokens[place.token] = place

    def keep(self, place: Place, lease: Lease) -> None:
        """The lease goes on under what may be another token."""
        place.token, place.state, place.expires_at = lease.token, LeaseState.LIVE, lease.expires_at
        self.tokens[place.token] = place

    def given(self, label: Label, place: Place, said: Said) -> None:
        assert label.token == place.token
        place.state = LeaseState.DONE
        if place.item in self.gold:
            # Its run may have ended while the lease was out.
            place.pass_number = label.pass_number
        self.labels[label.token] = Given(label.public_id, label.token, place, place.pass_number, said, label.batch_id)

    def moved_on(self, item: int) -> None:
        """The item's next pass began."""
        self.passes[item] += 1
        end(place for place in self.live() if place.item == item)

    def reach(self, labeller: int, batch: Batch | None) -> list[Given]:
        """The standing labels that rejecting a labeller, or one of their batches, covers."""
        mine = [given for given in self.standing() if given.place.labeller == labeller]
        return mine if batch is None else [given for given in mine if given.batch == batch.pk]

    def is_open(self, like: Rejected) -> bool:
        """Whether the same labeller or batch is rejected already."""
        opened = [one for one in self.rejections.values() if not one.lifted]
        return (like.labeller, like.batch) in {(one.labeller, one.batch) for one in opened}

    def ran_out(self, now: datetime) -> list[Place]:
        return [place for place in self.live() if place.expires_at <= now]

    # --- what follows from it ----------------------------------------------------------------------------------------

    def live(self) -> Iterator[Place]:
        return (place for place in self.places.values() if place.state == LeaseState.LIVE)

    def standing(self) -> Iterator[Given]:
        return (given for given in self.labels.values() if not given.withdrawn)

    def is_rejected(self, given: Given) -> bool:
        return any(given in one.covers for one in self.rejections.values() if not one.lifted)

    def counted(self) -> Iterator[Given]:
        for given in self.standing():
            item = given.place.item
            if item not in self.gold and given.pass_number == self.passes[item] and not self.is_rejected(given):
                yield given

    def taken(self, item: int) -> int:
        """Places of a work item that are used: live leases and counted labels."""
        live = sum(place.item == item for place in self.live())
        return live + sum(given.place.item == item for given in self.counted())

    def of_pass(self, item: int, pass_number: int) -> list[Given]:
        """The labels that count for an item's pass, or a gold item's run."""
        return [
            given for given in self.standing()
            if (given.place.item, given.pass_number) == (item, pass_number) and not self.is_rejected(given)
        ]  # fmt: skip

    def free_places(self, labeller: int) -> int:
        """Paid places in the labeller's batches that no live lease of theirs uses."""
        sizes = Batch.objects.filter(labeller=labeller, full_at=None).values_list("pk", "size")
        used = sum(given.batch == batch for batch, _ in sizes for given in self.standing())
        return sum(size for _, size in sizes) - used - sum(place.labeller == labeller for place in self.live())

    def within_undo(self, given: Given) -> bool:
        mine = [one for one in self.standing() if one.place.labeller == given.place.labeller]
        return given in mine[-UNDO_REACH:]

    def had(self, labeller: int, item: int) -> bool:
        """Whether the labeller holds or has answered the item in this pass."""
        held = (LeaseState.LIVE, LeaseState.DONE)
        mine = (place for place in self.places.values() if (place.labeller, place.item) == (labeller, item))
        return any(place.pass_number == self.passes[item] and place.state in held for place in mine)

    # --- held against the database -----------------------------------------------------------------------------------

    def check(self) -> None:
        self.check_leases()
        self.check_labels()
        self.check_items()
        self.check_money()
        suspended = Member.objects.filter(project=self.project, suspended_at__isnull=False)
        assert dict(suspended.values_list("pk", "suspended_at")) == self.suspended

    def check_leases(self) -> None:
        rows = Lease.objects.values_list("pk", "labeller", "item", "pass_number", "token", "state", "expires_at")
        kept = [(one.pk, one.labeller, one.item, one.pass_number, one.token, one.state, one.expires_at)
                for one in self.places.values()]  # fmt: skip
        assert sorted(rows) == sorted(kept)

    def check_labels(self) -> None:
        rows = Label.objects.values_list("public_id", "token", "lease", "pass_number", "answer", "abstention", "batch")
        kept = [(one.public_id, one.token, one.place.pk, one.pass_number, *one.said, one.batch)
                for one in self.labels.values()]  # fmt: skip
        assert sorted(rows) == sorted(kept)
        assert ids(Label.objects.standing()) == {one.public_id for one in self.standing()}
        assert ids(Label.objects.counted()) == {one.public_id for one in self.counted()}

    def check_items(self) -> None:
        counted = list(self.counted())
        for item in Item.objects.filter(purpose=Purpose.WORK):
            mine = [given for given in counted if given.place.item == item.pk]
            live = sum(place.item == item.pk for place in self.live())
            abstained = sum(bool(given.said[1]) for given in mine)
            assert (item.n_active, item.n_done, item.n_abstained) == (live, len(mine), abstained)
            assert live + len(mine) <= item.target, "over target"
            assert item.pass_number == self.passes[item.pk]
            assert len({given.place.labeller for given in mine}) == len(mine), "somebody counts twice"

    def check_money(self) -> None:
        """Open batches reserve their size, closed ones cost their standing labels, decisions their price."""
        reserved, spent = 0, self.decisions_cost
        for batch in Batch.objects.all():
            n_labels = sum(given.batch == batch.pk for given in self.standing())
            assert batch.n_labels == n_labels <= batch.size
            assert (batch.full_at is not None) or n_labels < batch.size
            if batch.closed_at is None:
                reserved += batch.size * batch.price
            else:
                spent += n_labels * batch.price
        for labeller in {place.labeller for place in self.live()}:
            assert self.free_places(labeller) >= 0, "a live lease has no paid place"
        account = Account.objects.get(project=self.project)
        assert (account.reserved, account.spent) == (reserved, spent)
        assert account.budget is None or reserved + spent <= account.budget


def end(places: Iterable[Place], state: str = LeaseState.EXPIRED) -> None:
    for place in list(places):
        place.state = state


def ids(labels) -> set[str]:
    return set(labels.values_list("public_id", flat=True))
