"""The filter of the item table: read from the address, and what its form offers."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst

from frontend.answers import options
from labelling.api.item_filters import ItemFilterSerializer
from labelling.loop.item_filter import AUTHORITIES, NOBODY, plain
from labelling.loop.item_pages import MADE
from labelling.projects.models import Project
from labelling.sampling.models import Purpose, Split, State

# What an address may hold beside the filter.
BESIDES = {"sort", "after", "do", "n_more", "boost", "scope", "item"}
# Shown before the rest of the filter is opened.
MAIN = {"q", "text", "state", "answer"}
# (sort, heading, whether it holds figures)
COLUMNS = (
    ("key", "Key", False), ("", "State", False), ("", "Answer", False), ("confidence", "Confidence", True),
    ("labels", "Labels", True), ("", "Slice", False), ("", "Split", False), ("changed", "Last change", False),
)  # fmt: skip
# (filter, its name, what true and false say)
FLAGS = (
    ("held", "On hold", "On hold", "Not on hold"),
    ("disagreed", "Answers", "That differ", "That agree"),
    ("outdated", "Guideline", "Labelled under an older one", "None under an older one"),
    ("yardstick", "Yardstick", "Yardstick", "No yardstick"),
    ("audit", "Audit", "Drawn for audit", "Not drawn"),
    ("boosted", "Owner's priority", "Set", "Not set"),
)
SORTS = (
    ("made", "As they were made"), ("-made", "Newest first"), ("key", "By key"), ("-key", "By key, last first"),
    ("confidence", "Least sure first"), ("-confidence", "Surest first"), ("labels", "Fewest labels first"),
    ("-labels", "Most labels first"), ("-priority", "Order of work"), ("priority", "Order of work, last first"),
    ("-changed", "Last change first"), ("changed", "Longest unchanged first"),
)  # fmt: skip


@dataclass
class Asked:
    """What the address asks for. given: its texts; where: the filter, checked; address: the texts without the place;
    errors: what can't be read, in words."""

    given: dict[str, str]
    where: dict[str, Any] = field(default_factory=dict)
    sort: str = MADE
    after: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def address(self) -> dict[str, str]:
        kept = {name: text for name, text in self.given.items() if name not in BESIDES}
        return kept | ({"sort": self.sort} if self.sort != MADE else {})

    @property
    def n_further(self) -> int:
        """How many conditions stand in the part of the form that is closed at first."""
        return len(self.where.keys() - MAIN)


def in_words(name: str) -> str:
    """A condition as the form calls it."""
    for end, words in (("_min", " from"), ("_max", " to")):
        if name.endswith(end):
            return capfirst(name.removesuffix(end)) + words
    return capfirst(name.replace("_", " "))


def read_filter(request: HttpRequest) -> Asked:
    """The filter in the address. A name that is none is an error: a misspelt filter must not show everything."""
    given = {name: str(text).strip() for name, text in request.GET.items() if str(text).strip()}
    asked = Asked(given, sort=given.get("sort", MADE), after=given.get("after", ""))
    filters = {name: text for name, text in given.items() if name not in BESIDES}
    checked = ItemFilterSerializer(data=filters)
    asked.errors = [f"{name}: is not a filter" for name in filters if name not in checked.fields]
    if not checked.is_valid():
        asked.errors += [f"{in_words(name)}: {' '.join(map(str, faults))}" for name, faults in checked.errors.items()]
    if not asked.errors:
        asked.where = plain(checked.validated_data)
    return asked


def choices(project: Project, given: dict[str, str]) -> dict[str, Any]:
    """What the form's selects offer: (value, words)."""
    return {
        "state": [(value, f"{capfirst(value)}: {words}") for value, words in State.choices],
        "purpose": [(value, capfirst(words)) for value, words in Purpose.choices],
        "split": [(value, capfirst(words)) for value, words in Split.choices],
        "answer": [(one["name"], one["title"]) for one in options(project.schema_in_force)],
        "authority": [*((name, capfirst(name)) for name in AUTHORITIES), (NOBODY, "No answer yet")],
        "flags": [(*flag, given.get(flag[0], "").lower()) for flag in FLAGS],
        "sort": SORTS,
    }


def columns(asked: Asked) -> list[dict[str, Any]]:
    """The table's headings, each with the sort that a click on it asks for and the direction it has now."""
    now, down = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    return [
        {
            "name": name, "number": number, "sorted": ("descending" if down else "ascending") if sort == now else "",
            "sort": sort and (f"-{sort}" if sort == now and not down else sort),
        }
        for sort, name, number in COLUMNS
    ]  # fmt: skip
