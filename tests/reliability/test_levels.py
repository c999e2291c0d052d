"""Agreement on a scale, where two neighbours are nearly the same answer."""

import pytest

from labelling.consensus.queries import counted_arrays
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.projects.actions import create_project
from labelling.reliability.models import AgreementReading
from labelling.schemas import kind_of
from labelling.stats import agreement
from tests.factories import NOW, SALT_KEY, SEED, make_items, make_labellers, make_user
from tests.loop.crowd import take

pytestmark = pytest.mark.django_db


def test_alpha_of_ratings_counts_how_far_apart_they_are():
    kind = kind_of("rating")
    project = create_project(
        slug="rating", name="Rating", kind="rating", definition=kind.example, guideline="As it is.",
        policy={"mode": "fixed", "maximum_labels": 3, "gold_share": 0.0, "initial_labels": 3}, by=make_user("olga"),
        seed=SEED, now=NOW, salt_key=SALT_KEY,
    )  # fmt: skip
    labellers = make_labellers(project, 3)
    for number, item in enumerate(make_items(project, 12, target=3)):
        for at, labeller in enumerate(labellers):
            rating = min(5, 1 + number % 5 + (at == 2))
            submit(token=take(labeller, item).token, labeller=labeller, answer={"rating": rating}, now=NOW)
    refit_project(project=project, now=NOW)
    counted = counted_arrays(project)
    given = (counted.items, counted.workers, counted.labels)
    reading = AgreementReading.objects.get(scope="all", facet="overall")
    assert reading.alpha == pytest.approx(agreement.krippendorff_alpha(*given, "ordinal"))
    assert reading.alpha > agreement.krippendorff_alpha(*given, "nominal") + 0.2
