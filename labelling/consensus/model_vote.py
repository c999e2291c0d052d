"""What a model's probabilities would change, if they were one more labeller's answers."""

import numpy as np
import numpy.typing as npt

from labelling.consensus.queries import CHUNK, Counted
from labelling.ingest.models import Prediction
from labelling.projects.models import Project
from labelling.stats.truth import Truth
from labelling.stats.truth.model_vote import add_vote

Floats = npt.NDArray[np.float64]


def flips(*, project: Project, estimate: Truth, counted: Counted) -> tuple[int, int]:
    """Of how many items with labels a model said anything, and how many of their likeliest answers its vote changes.

    How good the model is, is judged by people's labels alone. Only shown: people label what the model was unsure of, to
    find out where it is wrong, and answers that lean on it could not tell. For background work.
    """
    votes = _votes(project, counted)
    has_vote = ~np.isnan(votes).all(axis=1)
    if not has_vote.any():
        return 0, 0
    voted = add_vote(estimate, counted.items, counted.workers, counted.labels, votes)
    changed = voted.posterior.argmax(axis=1) != estimate.posterior.argmax(axis=1)
    return int(has_vote.sum()), int((changed & has_vote).sum())


def _votes(project: Project, counted: Counted) -> Floats:
    """The newest probabilities of each of counted.item_ids, (n_items, k); nan where there are none."""
    k = len(counted.classes)
    votes = np.full((len(counted.item_ids), k), np.nan)
    place = {item: at for at, item in enumerate(counted.item_ids)}
    said = Prediction.objects.filter(
        example__project=project, schema=project.schema_in_force, probabilities__isnull=False
    )
    rows = said.order_by("id").values_list("example__item__id", "probabilities")
    for item, probabilities in rows.iterator(chunk_size=CHUNK):
        if item in place:
            given = np.frombuffer(probabilities or b"", dtype=np.float32).astype(np.float64)
            votes[place[item]] = given / given.sum()
    return votes
