"""Why an item stands where it stands in the order of work, in words, for owners."""

from dataclasses import dataclass

from labelling.errors import Invalid
from labelling.loop.resolve import MOST_BOOST
from labelling.projects.models import Project
from labelling.sampling.models import Item

# Counting goes no further.
MOST_BEFORE = 1_000


@dataclass(frozen=True)
class Place:
    """before: how many open items come first, of those that ask for the same skills; `more` if there are still more.
    lines: what its priority is made of; None of both for an item that isn't open."""

    before: int
    more: bool
    value: float
    boost: int
    born: float
    priority: float
    aging_days: float


def place(project: Project, item: Item) -> Place | None:
    """Where an open item stands; None for one that waits for nobody. Looks at no more than MOST_BEFORE others."""
    if not item.is_open:
        return None
    first = Item.objects.filter(project=project, queue=item.queue_id, is_open=True, priority__gt=item.priority)
    before = first.values("pk")[: MOST_BEFORE + 1].count()
    return Place(
        min(before, MOST_BEFORE), before > MOST_BEFORE, item.value, round(item.boost), item.born, item.priority,
        project.policy_in_force.aging_days,
    )  # fmt: skip


def read_boost(text: str) -> int:
    """A typed priority. Raises Invalid for anything but a whole number from -9 to 9."""
    digits = text.strip().removeprefix("+").removeprefix("\N{MINUS SIGN}").removeprefix("-")
    if len(digits) != 1 or not digits.isascii() or not digits.isdigit():
        raise Invalid(f"The priority must be a whole number from -{MOST_BOOST} to {MOST_BOOST}.")
    return int(digits) if text.strip()[:1].isdigit() or text.strip()[:1] == "+" else -int(digits)
