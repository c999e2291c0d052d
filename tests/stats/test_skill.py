"""The distribution of skills: against crowd-kit's model of the same kind, and on made-up workers."""

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import MACE
from scipy.stats import spearmanr

from labelling.stats.trust import others, skill
from tests.stats.spammers import honest_stream, with_spammers


def test_skills_rank_workers_as_crowd_kits_mace_does():
    stream = with_spammers(honest_stream(1, n_items=300), share=0.2, n_labels=60, seed=1)
    frame = pd.DataFrame({"task": stream.items, "worker": stream.workers, "label": stream.labels})
    model = MACE(n_restarts=2, n_iter=10).fit(frame)
    mine = skill.SKILLS @ skill.of(others.look(*stream.arrays))
    assert spearmanr(model.spamming_[:, 1], mine[pd.factorize(stream.workers)[1]]).statistic > 0.8


def test_the_distribution_finds_the_two_sorts_of_workers_there_are():
    random = np.random.default_rng(0)
    truth, who = random.integers(0, 3, 400), np.repeat(np.arange(40), 100)
    items = np.concatenate([random.choice(400, 100, replace=False) for _ in range(40)])
    knows = random.random(4000) < np.where(who < 10, 0.0, 0.8)
    labels = np.where(knows, truth[items], random.integers(0, 3, 4000))
    seen = others.look(items, who, labels, 3, truth)
    frequency, each = skill.distribution(skill.likelihoods(seen, seen.backed()))
    assert frequency[np.abs(skill.SKILLS) <= 0.2].sum() == pytest.approx(0.25, abs=0.08)
    assert frequency[skill.SKILLS >= 0.7].sum() == pytest.approx(0.75, abs=0.08)
    expected = skill.SKILLS @ each
    assert np.abs(expected[:10]).max() < 0.3
    assert np.median(expected[10:]) == pytest.approx(0.8, abs=0.05)


def test_the_honest_are_those_above_the_least_skill_and_the_unseen_are_kept_possible():
    frequency = np.zeros(len(skill.SKILLS))
    frequency[[5, -2]] = 0.5
    few, many = skill.honest(frequency, 10), skill.honest(frequency, 10_000)
    assert few.sum() == pytest.approx(1)
    assert (few > 0).all()
    assert few[-2] == pytest.approx(0.5, abs=0.1)
    assert many[-2] > 0.99
