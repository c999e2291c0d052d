"""A class or a label is renamed while answers under the old name stand: they are read by the recorded mapping."""

import pytest

from experts.doctor.examine import examine
from labelling import canonical
from labelling.loop.publish import publish
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.projects.actions import new_schema
from labelling.projects.models import Project
from labelling.projects.queries import same_answers
from tests.datasets.stored import labels_in, newest
from tests.factories import NOW, definition, make_items, make_labellers, make_project, make_tagging, make_user, tags
from tests.loop.crowd import fresh, give, standing, take

pytestmark = pytest.mark.django_db

POLICY = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 4, "stop_confidence": 0.9, "gold_share": 0.0}


def rename(project, changed, mapping):
    new_schema(project=project, definition=changed, mapping=mapping, by=make_user("olga"), now=NOW)
    return Project.objects.get(pk=project.pk)


def labels_of(project):
    publish(project=project, by=make_user("olga"), now=NOW, message="after the renaming")
    return labels_in(newest())


def test_answers_with_an_old_class_count_for_the_new_one_and_can_be_published():
    project = make_project("adaptive", **POLICY)
    settled, half = make_items(project, 2)
    crowd = make_labellers(project, 4)
    for labeller in crowd[:2]:
        give(labeller, settled, "match")
    give(crowd[0], half, "match")
    project = rename(project, definition(("fits", "no match")), {"match": "fits", "no match": "no match"})
    give(crowd[1], fresh(half), "fits")
    assert canonical.loads(standing(half).answer) == {"choice": "fits"}
    before = standing(settled).pk
    refit_project(project=project, now=NOW)
    assert standing(settled).pk == before
    assert labels_of(project) == {"fits"}
    assert list(examine()) == []


def test_answers_with_an_old_label_among_their_parts_are_read_by_its_new_name():
    project = make_tagging("adaptive", **POLICY)
    settled, half = make_items(project, 2)
    crowd = make_labellers(project, 4)

    def say(labeller, item, *choices):
        lease = take(labeller, fresh(item))
        submit(token=lease.token, labeller=labeller, answer={"choices": [*choices]}, now=NOW)

    for labeller in crowd[:2]:
        say(labeller, settled, "a", "b")
    say(crowd[0], half, "a", "c")
    choices = [{"name": name} for name in ("alpha", "b", "c", "d")]
    names = {"a": "alpha", "b": "b", "c": "c", "d": "d"}
    project = rename(project, tags() | {"choices": choices}, names)
    say(crowd[1], half, "alpha", "c")
    assert canonical.loads(standing(half).answer) == {"choices": ["alpha", "c"]}
    assert same_answers(project.pk)('{"choices":["a","b"]}', '{"choices":["alpha","b"]}')
    before = standing(settled).pk
    refit_project(project=project, now=NOW)
    assert standing(settled).pk == before
    assert all("alpha" in label for label in labels_of(project))
    assert list(examine()) == []


def test_names_that_were_renamed_twice_are_followed_to_the_end():
    project = make_project("adaptive", **POLICY)
    for first, second in (("match", "fits"), ("fits", "suits")):
        project = rename(project, definition((second, "no match")), {first: second, "no match": "no match"})
    same = same_answers(project.pk)
    assert same('{"choice":"match"}', '{"choice":"suits"}')
    assert not same('{"choice":"match"}', '{"choice":"no match"}')
