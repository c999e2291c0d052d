"""What a change of the label schema reaches: which answers name what is gone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus.models import Resolution
from labelling.projects.models import Project
from labelling.sampling.models import Gold

# Of each sort of answer so many are read, the newest.
NEWEST = 10_000


@dataclass(frozen=True)
class Reach:
    """How many of the newest answers name something: standing labels, known answers, standing resolutions."""

    labels: int
    gold: int
    resolutions: int


def reach(*, project: Project, names: Sequence[str]) -> dict[str, Reach]:
    """What each of these names, classes or labels, is found in. Reads at most NEWEST answers of each sort."""
    if not names:
        return {}
    labels = Label.objects.filter(project=project).standing().answers()
    golds = Gold.objects.filter(item__project=project, closed_at=None)
    resolutions = Resolution.objects.filter(item__project=project, closed_at=None).exclude(answer="")
    counted = [_named(rows.order_by("-pk").values_list("answer", flat=True)[:NEWEST]) for rows in
               (labels, golds, resolutions)]  # fmt: skip
    return {name: Reach(*(found[name] for found in counted)) for name in names}


def _named(texts: Any) -> Counter[str]:
    """{name: answers that it stands in}."""
    found: Counter[str] = Counter()
    for text, n in Counter(texts).items():
        for name in set(_leaves(canonical.loads(text))):
            found[name] += n
    return found


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield str(value)
        return
    for inner in value:
        yield from _leaves(inner)
