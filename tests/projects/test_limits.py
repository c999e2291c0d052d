"""Limits of the checks in a policy: what is refused, and how a default is kept."""

import pytest

from labelling.datasets.checks.examine import CHECKS
from labelling.errors import Invalid
from labelling.projects.checks import check_policy
from labelling.projects.limits import LIMITS, resolved


def test_every_check_has_its_limits():
    assert CHECKS.keys() == LIMITS.keys()


@pytest.mark.parametrize(("given", "where"), [
    ([], "policy.checks"),
    ({"spelling": {}}, "policy.checks.spelling"),
    ({"duplicates": 5}, "policy.checks.duplicates"),
    ({"duplicates": {"warn": -1}}, "policy.checks.duplicates.warn"),
    ({"duplicates": {"warn": 0.5}}, "policy.checks.duplicates.warn"),
    ({"duplicates": {"warn": True}}, "policy.checks.duplicates.warn"),
    ({"duplicates": {"warn": "1"}}, "policy.checks.duplicates.warn"),
    ({"nulls": {"fail": 10_001}}, "policy.checks.nulls.fail"),
    ({"duplicates": {"stop": 1}}, "policy.checks.duplicates.stop"),
    ({"duplicates": {"off": 1}}, "policy.checks.duplicates.off"),
    ({"length_outliers": {"times": None}}, "policy.checks.length_outliers.times"),
    ({"duplicates": {"warn": 5, "fail": 3}}, "policy.checks.duplicates.fail"),
    ({"conflicting_labels": {"warn": 600}}, "policy.checks.conflicting_labels.fail"),
])  # fmt: skip
def test_a_limit_that_can_not_be_is_refused_with_its_place(given, where):
    with pytest.raises(Invalid) as refused:
        check_policy({"checks": given})
    assert [fault["where"] for fault in refused.value.errors] == [where]


def test_what_a_policy_does_not_say_is_as_by_default():
    given = check_policy({"checks": {"duplicates": {"fail": 10}, "length_outliers": {"times": 3}}})["checks"]
    assert resolved("duplicates", given).warn == LIMITS["duplicates"].warn
    assert resolved("length_outliers", given).own == {"times": 3}
    assert resolved("nulls", {"nulls": {"warn": None}}).warn is None
    assert resolved("nulls", {"nulls": {"off": True}}).off
