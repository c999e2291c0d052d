"""How far labellers agree, over HTTP."""

from labelling.loop.refit import refit_project
from labelling.projects.models import Role
from tests.api.calls import Caller
from tests.factories import NOW, make_items, make_labellers, make_member

NOTHING = {"yardstick": None, "all": None, "over_time": [], "facets": [], "pairs": None}


def label(project, choices):
    """Two labellers; choices: what both say of each item."""
    make_items(project, len(choices))
    for member in make_labellers(project, 2):
        caller = Caller(member.user)
        leases = caller.post("projects/matching/leases", {"count": len(choices)}).json()["leases"]
        for lease, choice in zip(leases, choices, strict=True):
            assert caller.post(f"leases/{lease['token']}/label", {"answer": {"choice": choice}}).status_code == 201


def test_agreement_comes_with_its_course_and_its_pairs_and_experts_see_no_names(owner, project):
    assert owner.get("projects/matching/agreement").json() == NOTHING
    label(project, ["match", "no match", "match"])
    refit_project(project=project, now=NOW)
    read = owner.get("projects/matching/agreement").json()
    assert (read["all"]["n_labels"], read["all"]["fit"], len(read["over_time"])) == (6, 1, 1)
    assert set(read["all"]) >= {"alpha", "low", "high", "percent", "ac1", "fleiss"}
    labellers = read["pairs"]["labellers"]
    assert sorted(one["name"] for one in labellers) == ["labeller-001", "labeller-002"]
    (cell,) = read["pairs"]["cells"]
    assert {cell["one"], cell["other"]} == {one["id"] for one in labellers}
    assert (cell["shared"], read["pairs"]["left_out"]) == (3, 0)
    eva = Caller(make_member(project, "eva", Role.EXPERT).user)
    assert eva.get("projects/matching/agreement").json() == {**read, "pairs": None}
