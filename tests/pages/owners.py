"""A project that the tests of the owner's pages look at: three labellers, items in several states."""

from dataclasses import dataclass

from labelling.loop.refit import refit_project
from labelling.projects.models import Member, Project, Role
from labelling.sampling.models import Item
from tests.factories import make_items, make_labellers, make_member, make_project
from tests.loop.crowd import give_all, later

HOME = "/p/matching/"


@dataclass
class Scene:
    """Items 1 to n: settled as "match" by two; the one after: contested; the last: open."""

    project: Project
    items: list[Item]
    labellers: list[Member]

    @property
    def contested(self) -> Item:
        return self.items[-2]


def a_scene(n_settled: int = 4) -> Scene:
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=2, batch_size=2)
    make_member(project, "aude", Role.AUDITOR)
    items = make_items(project, n_settled + 2)
    labellers = make_labellers(project, 3)
    for item in items[:n_settled]:
        give_all(labellers[:2], item, "match", "match")
    give_all(labellers[:2], items[n_settled], "match", "no match")
    refit_project(project=project, now=later(30))
    return Scene(project, items, labellers)
