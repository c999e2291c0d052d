"""Names that move from version to version."""

import io

import pytest
from django.core.management import CommandError, call_command

from labelling import canonical
from labelling.audit.models import Entry
from labelling.datasets.aliases import AliasMoved, point_alias, remove_alias
from labelling.datasets.queries import find_by_reference, find_version
from labelling.errors import Invalid, NotFound
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.models import Message
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """A project with two versions."""
    project, items, _ = labelled_project(4)
    publish_now(project)
    approve(items[0], "no match")
    publish_now(project)
    return project


def point(project, number, name="production", **fields):
    return point_alias(project=project, name=name, number=number, by=make_user(), now=NOW, **fields)


def test_an_alias_means_a_version_until_it_is_moved(project):
    point(project, 1)
    assert find_version(project=project, number="production").number == 1
    point(project, 2)
    assert find_by_reference("matching@production").number == 2
    assert point(project, "production", name="shown").version.number == 2
    assert [entry.detail["before"] for entry in Entry.objects.filter(action="alias.moved").order_by("id")] == [
        None, 1, None
    ]  # fmt: skip


def test_moving_an_alias_where_it_is_leaves_no_entry(project):
    point(project, 1)
    point(project, 1)
    assert Entry.objects.filter(action="alias.moved").count() == 1


def test_an_alias_that_somebody_moved_meanwhile_stays_where_it_is(project):
    point(project, 1, expected=0)
    with pytest.raises(AliasMoved, match="means version 1, not version 0"):
        point(project, 2, expected=0)
    point(project, 2, expected=1)
    with pytest.raises(AliasMoved, match="means version 2, not version 1"):
        point(project, 1, expected=1)


@pytest.mark.parametrize("name", ["latest", "Production", "1", "a b", "", "-x", "a" * 61, "é"])
def test_a_name_that_can_not_be_one_is_refused(project, name):
    with pytest.raises(Invalid):
        point(project, 1, name=name)


def test_an_alias_of_a_version_that_is_not_there_is_refused(project):
    with pytest.raises(NotFound, match="the newest is 2"):
        point(project, 3)


def test_a_removed_alias_means_nothing_and_that_is_on_record(project):
    point(project, 1)
    assert remove_alias(project=project, name="production", by=make_user(), now=NOW).number == 1
    with pytest.raises(NotFound):
        find_version(project=project, number="production")
    with pytest.raises(NotFound, match="no alias"):
        remove_alias(project=project, name="production", by=None, now=NOW)
    assert Entry.objects.filter(action="alias.removed").exists()


def test_the_command_lists_moves_and_removes(project):
    def run(*arguments):
        out = io.StringIO()
        call_command("alias", "matching", *arguments, stdout=out)
        return out.getvalue()

    assert run("production", "1") == "production: matching@1\n"
    assert run("production", "latest", "--expect", "1", "--json") == (
        '{"project": "matching", "aliases": {"production": 2}}\n'
    )
    assert run("production", "--remove") == ""
    for wrong in (["production"], ["--remove"], ["production", "9"], ["latest", "1"]):
        with pytest.raises(CommandError):
            run(*wrong)


def test_whoever_wants_to_is_told_that_an_alias_moved(project):
    create_endpoint(project=project, url="https://hooks.example/", by=make_user(), now=NOW)
    point(project, 1)
    point(project, 2)
    told = [canonical.loads(message.body)["data"] for message in Message.objects.order_by("id")]
    assert [(one["alias"], one["version"]["number"], one["before"]) for one in told] == [
        ("production", 1, None), ("production", 2, 1)
    ]  # fmt: skip
