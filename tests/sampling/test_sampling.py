import json

import numpy as np
import pytest

from labelling.audit.models import Entry
from labelling.errors import Conflict, Invalid
from labelling.ingest.actions import ingest
from labelling.ingest.models import ModelVersion
from labelling.projects.actions import new_policy, new_schema
from labelling.sampling.actions import NothingToSample, sample
from labelling.sampling.models import Item, SamplingRound
from labelling.stats import uncertainty
from tests.factories import NOW, definition, make_project, payload

pytestmark = pytest.mark.django_db


def take(project, rows):
    lines = [json.dumps({"payload": payload(1), **row}).encode() for row in rows]
    report = ingest(project=project, lines=lines, by=None, now=NOW)
    assert report.errors == []


def predict(project, n, *, model="m@1", first=0, **fields):
    """n examples whose probability of a match grows from 0 towards 1."""
    shares = [(number - first) / n for number in range(first, first + n)]
    take(
        project,
        [
            {"id": f"p-{first + at:03d}", "model": model, "probabilities": [share, 1 - share], **fields}
            for at, share in enumerate(shares)
        ],
    )


def draw(project, budget, strategy="margin", *, seed=3, **changes):
    return sample(project=project, budget=budget, strategy=strategy, by=None, seed=seed, now=NOW, **changes)


def ids(sampling_round):
    return list(sampling_round.items.order_by("pk").values_list("example__external_id", flat=True))


def test_a_round_takes_the_least_certain_and_a_share_by_chance():
    project = make_project()
    predict(project, 100)
    made = draw(project, 10)
    assert (made.number, made.n_candidates, made.n_selected, made.strategy) == (1, 100, 10, "margin")
    by_rank = made.items.filter(by_probability=False)
    taken = {item.example.external_id for item in by_rank}
    assert taken >= {f"p-{number:03d}" for number in range(47, 54)}
    assert len(taken) == 8
    assert set(by_rank.values_list("inclusion_probability", flat=True)) == {1.0}
    assert made.items.filter(by_probability=True, inclusion_probability__lt=1).count() == 2
    assert Entry.objects.filter(action="round.sampled").count() == 1


def test_around_a_threshold_are_the_cases_at_the_products_cut():
    project = make_project(threshold=0.8)
    predict(project, 100)
    made = draw(project, 5, probability_share=0)
    assert made.threshold == 0.8
    assert ids(made) == ["p-078", "p-079", "p-080", "p-081", "p-082"]
    assert set(ids(draw(project, 3, probability_share=0, threshold=0.1))) == {"p-009", "p-010", "p-011"}


@pytest.mark.parametrize("strategy", ["margin", "least_confidence", "entropy"])
def test_priorities_lie_between_a_certain_case_and_a_tie(strategy):
    project = make_project()
    take(
        project, [{"id": name, "probabilities": [p, 1 - p]} for name, p in (("sure", 0), ("tie", 0.5), ("unsure", 0.7))]
    )
    draw(project, 3, strategy)
    sure, tie, unsure = Item.objects.order_by("example__external_id")
    assert (sure.priority, tie.priority) == (pytest.approx(0), pytest.approx(1))
    assert 0 < unsure.priority < 1


def test_bald_asks_where_the_passes_disagree():
    project = make_project()
    passes = {"agree": [0.5, 0.5], "differ": [0.01, 0.99], "differ-more": [0.0, 1.0, 0.0, 1.0], "sure": [1.0, 1.0]}
    take(project, [{"id": name, "passes": values} for name, values in passes.items()])
    take(project, [{"id": "none", "probabilities": [0.5, 0.5]}])
    made = draw(project, 2, "bald", probability_share=0)
    assert (made.n_candidates, set(ids(made))) == (4, {"differ", "differ-more"})
    expected = uncertainty.bald(np.array([[[0.01, 0.99], [0.99, 0.01]]]))[0] / np.log(2)
    assert Item.objects.get(example__external_id="differ").priority == pytest.approx(expected, abs=1e-6)
    assert Item.objects.get(example__external_id="differ-more").priority == pytest.approx(1)


def test_bald_without_passes_is_refused():
    project = make_project()
    predict(project, 5)
    with pytest.raises(Invalid, match="passes"):
        draw(project, 2, "bald")


def test_without_any_model_chance_alone_decides():
    project = make_project()
    take(project, [{"id": f"p-{number}"} for number in range(20)])
    made = draw(project, 5)
    assert (made.strategy, made.model_version, made.n_candidates) == ("uniform", None, 20)
    assert all(item.by_probability and item.inclusion_probability < 1 for item in made.items.all())


def test_uniform_also_reaches_examples_without_a_prediction():
    project = make_project()
    predict(project, 5)
    take(project, [{"id": "silent"}])
    assert draw(project, 5).n_candidates == 5
    with pytest.raises(NothingToSample, match="uniform"):
        draw(project, 5)
    assert "silent" in ids(draw(project, 10, "uniform"))


def test_the_newest_model_is_asked_unless_another_is_named():
    project = make_project()
    predict(project, 10)
    old = ModelVersion.objects.get()
    predict(project, 4, model="m@2")
    assert draw(project, 1).n_candidates == 4
    assert draw(project, 1, model_version=old).model_version == old


def test_no_example_is_chosen_twice():
    project = make_project()
    predict(project, 10)
    first, second = draw(project, 6), draw(project, 6)
    assert (second.number, second.n_candidates, second.n_selected) == (2, 4, 4)
    assert not set(ids(first)) & set(ids(second))
    with pytest.raises(NothingToSample):
        draw(project, 6)
    assert SamplingRound.objects.count() == 2


def test_the_same_seed_makes_the_same_round_in_whatever_order_lines_came():
    rounds = []
    for slug, turned in (("one", False), ("two", True)):
        project = make_project(slug=slug)
        rows = [{"id": f"p-{at:03d}", "probabilities": [at / 60, 1 - at / 60]} for at in range(60)]
        take(project, rows[::-1] if turned else rows)
        made = draw(project, 20)
        fields = ("example__external_id", "inclusion_probability", "priority", "is_yardstick", "is_audit", "split")
        rounds.append(list(made.items.order_by("pk").values_list(*fields)))
    assert rounds[0] == rounds[1]
    assert [row[0] for row in rounds[0]] == sorted((row[0] for row in rounds[0]), key=str.encode)


def test_another_seed_makes_another_draw():
    def drawn(slug, seed):
        project = make_project(slug=slug)
        take(project, [{"id": f"p-{at}"} for at in range(50)])
        return draw(project, 10, seed=seed)

    assert ids(drawn("one", 1)) != ids(drawn("two", 2))
    assert drawn("three", None).seed == drawn("four", None).seed


def test_yardstick_audit_and_split_follow_the_shares_of_the_policy():
    project = make_project(
        yardstick_share=0.25, audit_share=0.1, test_share=0.2, validation_share=0.3, maximum_labels=7,
        near_threshold=None,
    )  # fmt: skip
    take(project, [{"id": f"p-{at}"} for at in range(2_000)])
    items = draw(project, 2_000).items
    n = {
        "yardstick": items.filter(is_yardstick=True).count(),
        "audit": items.filter(is_audit=True).count(),
        "test": items.filter(split="test").count(),
        "validation": items.filter(split="validation").count(),
        "yardstick and test": items.filter(is_yardstick=True, split="test").count(),
    }
    wanted = {"yardstick": 500, "audit": 200, "test": 400, "validation": 600, "yardstick and test": 100}
    assert n == {name: pytest.approx(value, abs=5 * value**0.5) for name, value in wanted.items()}
    assert set(items.values_list("is_yardstick", "target")) == {(True, 7), (False, 2)}


def test_a_fixed_policy_asks_for_the_maximum_everywhere():
    project = make_project("fixed", maximum_labels=10)
    take(project, [{"id": f"p-{at}"} for at in range(50)])
    assert set(draw(project, 50).items.values_list("target", flat=True)) == {10}


def test_the_policy_in_force_counts():
    project = make_project()
    take(project, [{"id": "one"}])
    stale = type(project).objects.get(pk=project.pk)
    new_policy(project=project, changes={"mode": "fixed", "maximum_labels": 9}, by=None, now=NOW)
    assert draw(stale, 1).items.get().target == 9


def test_examples_of_a_group_share_a_split():
    project = make_project(test_share=0.5, validation_share=0, near_threshold=None)
    take(project, [{"id": f"p-{at}", "group": f"g-{at % 40}"} for at in range(400)])
    pairs = set(draw(project, 400).items.values_list("example__group", "split"))
    assert len(pairs) == 40
    assert {split for _, split in pairs} == {"train", "test"}


def test_predictions_of_an_older_schema_are_carried_over():
    project = make_project(classes=("yes", "no", "maybe"))
    take(project, [{"id": "tie", "probabilities": {"yes": 0.5, "no": 0.25, "maybe": 0.25}}])
    take(project, [{"id": "sure", "probabilities": {"no": 0.5, "maybe": 0.5}}])
    new_schema(
        project=project, definition=definition(("no", "yes")), by=None, now=NOW,
        mapping={"yes": "yes", "no": "no", "maybe": "no"},
    )  # fmt: skip
    draw(project, 2)
    assert {item.example.external_id: item.priority for item in Item.objects.all()} == {"tie": 1.0, "sure": 0.0}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"budget": 0}, "budget"),
        ({"budget": 3_000_000_000}, "budget"),
        ({"strategy": "guess"}, "strategy"),
        ({"probability_share": 1.5}, "probability_share"),
        ({"probability_share": float("nan")}, "probability_share"),
        ({"threshold": 1.0}, "threshold"),
        ({"seed": 2**80}, "seed"),
    ],
)
def test_a_bad_argument_is_refused_by_its_field_and_leaves_nothing(changes, where):
    project = make_project()
    predict(project, 5)
    with pytest.raises(Invalid) as refused:
        draw(project, **{"budget": 2, **changes})
    assert [error["where"] for error in refused.value.errors] == [where]
    assert not SamplingRound.objects.exists()


def test_an_unknown_strategy_is_answered_with_the_known_ones():
    with pytest.raises(Invalid, match="margin, least_confidence, entropy, bald, uniform"):
        draw(make_project(), 2, "guess")


def test_an_empty_project_has_nothing_to_sample():
    with pytest.raises(Conflict, match="ingest more"):
        draw(make_project(), 2)


def test_another_projects_model_is_refused():
    one, two = make_project(slug="one"), make_project(slug="two")
    predict(one, 3)
    with pytest.raises(Invalid, match="model_version"):
        draw(two, 1, model_version=ModelVersion.objects.get())
