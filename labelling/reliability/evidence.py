"""What is known of labellers, as arrays in the order given: the answers that count, and those to hidden gold."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.consensus.coding import class_coder
from labelling.consensus.queries import Counted
from labelling.projects.models import Project
from labelling.reliability.queries import known_answers
from labelling.sampling.models import Purpose
from labelling.stats.trust.others import Others, look

Ints = npt.NDArray[np.int64]
CHUNK = 10_000


@dataclass(frozen=True)
class Evidence:
    """others: the answers and what is likely of their items without each; None without any. labeller_ids: who the
    workers are. classes: the names of the answers."""

    others: Others | None
    labeller_ids: list[int]
    classes: list[str]


def gather(project: Project, counted: Counted) -> Evidence:
    """A project's evidence about its labellers. Answers to gold stay evidence when the labels are rejected. Where
    answers have parts there is none: what tells spammers apart compares classes."""
    if counted.texts:
        return Evidence(None, counted.labeller_ids, counted.classes)
    given = np.concatenate([_counted(counted), _on_gold(project)])
    given = given[np.argsort(given[:, 0], kind="stable")]
    labeller_ids, workers = _places(given[:, 2], counted.labeller_ids)
    if not len(given):
        return Evidence(None, labeller_ids, counted.classes)
    items, at = np.unique(given[:, 1], return_inverse=True)
    gold = np.full(len(items), -1, dtype=np.int64)
    gold[at] = given[:, 4]
    return Evidence(look(at, workers, given[:, 3], len(counted.classes), gold), labeller_ids, counted.classes)


def _counted(counted: Counted) -> Ints:
    """(n, 5): label, item, labeller, class, known class (-1)."""
    items = np.array(counted.item_ids, dtype=np.int64)[counted.items]
    labellers = np.array(counted.labeller_ids, dtype=np.int64)[counted.workers]
    unknown = np.full(len(items), -1, dtype=np.int64)
    return np.stack([counted.label_ids, items, labellers, counted.labels, unknown], axis=1)


def _on_gold(project: Project) -> Ints:
    """The same of standing answers to hidden gold; those whose class or known class the schema lacks are left out."""
    coder = class_coder(project.schema_in_force)
    rows = known_answers(project).filter(item__purpose=Purpose.GOLD)
    columns = rows.values_list("id", "item_id", "labeller_id", "answer", "item__golds__answer")
    kept = [
        (label, item, labeller, coder[answer], coder[known])
        for label, item, labeller, answer, known in columns.iterator(chunk_size=CHUNK)
        if answer in coder and known in coder
    ]
    return np.array(kept, dtype=np.int64).reshape(-1, 5)


def _places(ids: Ints, first: list[int]) -> tuple[list[int], Ints]:
    """Everybody's id, those of `first` before the others, and where among them each of `ids` is."""
    known = set(first)
    everybody = [*first, *sorted(set(ids.tolist()) - known)]
    place = {pk: at for at, pk in enumerate(everybody)}
    return everybody, np.array([place[pk] for pk in ids.tolist()], dtype=np.int64)
