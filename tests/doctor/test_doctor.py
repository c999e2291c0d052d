"""`doctor` is silent on a sound database, and names the row for every fault planted below Python."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.db.models import F

from experts.doctor.examine import examine
from experts.doctor.findings import Finding
from experts.models import Case, Decision
from labelling import blobs, changes, freeze
from labelling.assignment import actions
from labelling.assignment.models import Batch, Label, Lease, RejectedLabel, Rejection
from labelling.consensus.models import Fit, Resolution, StoppingDecision
from labelling.datasets.models import Recall, Segment, Version, VersionSegment
from labelling.datasets.rows import packed, unpacked
from labelling.ingest.models import Example
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.models import Account, PolicyVersion
from labelling.sampling.models import Gold, Item, Purpose, State
from tests.datasets.stored import digest_of, set_cells
from tests.factories import NOW, make_items, make_labellers, make_project

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def set_column(table: str, column: str, value: object, pk: int) -> None:
    run(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', value, pk)  # noqa: S608 - names come from these tests


def thaw() -> None:
    freeze.remove(connection)


def found() -> list[Finding]:
    """What is at fault, without the triggers that a test removed to plant its fault."""
    return [finding for finding in examine() if finding.check != "triggers"]


def without_constraint(table: str, name: str) -> None:
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")  # A table with deferred checks waiting can't be altered.
        run(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    else:
        run("PRAGMA ignore_check_constraints = ON")


@pytest.fixture(autouse=True)
def _check_constraints_again() -> Iterator[None]:
    yield
    if connection.vendor == "sqlite":
        run("PRAGMA ignore_check_constraints = OFF")


def test_a_sound_world_has_nothing_at_fault(world):
    assert list(examine()) == []


def test_the_world_has_every_kind_of_row_that_is_checked(world):
    checked = (Batch, Case, Decision, Fit, Gold, Label, Lease, Recall, RejectedLabel, Rejection, StoppingDecision)
    assert [model.__name__ for model in (*checked, VersionSegment) if not model.objects.exists()] == []
    assert {item.state for item in Item.objects.all()} == set(State.values)
    assert {one.authority for one in Resolution.objects.all()} == {1, 2, 3}


def a_work_item(**wanted: object) -> Item:
    return Item.objects.filter(purpose=Purpose.WORK, **wanted).order_by("id")[0]


def too_many_live(item: Item) -> None:
    run("UPDATE labelling_item SET n_active = n_active + 1, target = target + 1 WHERE id = %s", item.pk)


def too_many_done(item: Item) -> None:
    run("UPDATE labelling_item SET n_done = n_done + 1, target = target + 1 WHERE id = %s", item.pk)


def too_many_abstained(item: Item) -> None:
    run("UPDATE labelling_item SET n_abstained = n_abstained + 1 WHERE id = %s", item.pk)


@pytest.mark.parametrize(
    ("fault", "counter"),
    [(too_many_live, "n_active"), (too_many_done, "n_done"), (too_many_abstained, "n_abstained")],
)
def test_a_wrong_counter_is_named_with_its_item(world, fault: Callable[[Item], None], counter):
    item = a_work_item(n_done__gt=0)
    fault(item)
    (finding,) = found()
    assert (finding.check, finding.row) == ("counters", f"item {item.public_id}")
    assert finding.message.startswith(f"{counter} is ")


def test_a_lease_that_ended_behind_the_counters_is_named(world):
    lease = Lease.objects.filter(state="live", item__purpose=Purpose.WORK).first()
    run("UPDATE labelling_lease SET state = 'expired' WHERE id = %s", lease.pk)
    assert [finding.row for finding in found()] == [f"item {lease.item.public_id}"]


def test_an_item_above_its_target_is_named(world):
    item = a_work_item(n_done=2)
    without_constraint("labelling_item", "item_never_over_target")
    run("UPDATE labelling_item SET target = 1 WHERE id = %s", item.pk)
    assert [(one.check, one.row) for one in found()] == [("target", f"item {item.public_id}")]


def test_two_standing_labels_of_a_lease_are_named(world):
    thaw()
    run("DROP INDEX label_one_standing")
    label = Label.objects.exclude(withdrawn_at=None).get()
    run("UPDATE labelling_label SET withdrawn_at = NULL WHERE id = %s", label.pk)
    copy = Label.objects.get(pk=label.pk)
    copy.pk, copy.public_id, copy.token = None, "x" * 16, "y" * 32
    copy.save(force_insert=True)
    assert ("standing", f"lease {label.lease_id}") in {(one.check, one.row) for one in found()}


@pytest.mark.parametrize("column", ["labeller_id", "item_id", "batch_id", "pass_number", "project_id"])
def test_a_label_that_is_not_its_leases_is_named(world, column):
    other = make_project(slug="other")
    label = Label.objects.standing().filter(labeller__name="labeller-002").last()
    wrong = {
        "labeller_id": label.project.members.get(name="labeller-003").pk,
        "item_id": Item.objects.exclude(pk=label.item_id).filter(purpose=Purpose.GOLD).first().pk,
        "batch_id": Batch.objects.exclude(labeller=label.labeller).first().pk,
        "pass_number": 9,
        "project_id": other.pk,
    }[column]
    thaw()
    set_column("labelling_label", column, wrong, label.pk)
    assert ("labels", f"label {label.public_id}") in {(one.check, one.row) for one in found()}


def test_gold_that_was_answered_taken_back_and_answered_in_a_later_run_is_sound():
    project = make_project("fixed", slug="runs", initial_labels=2, minimum_labels=2, maximum_labels=2)
    item = make_items(project, 1, purpose=Purpose.GOLD, target=2)[0]
    Gold.objects.create(item=item, answer='{"choice":"match"}', created_at=NOW)
    first, *others = make_labellers(project, 3)
    for labeller in (first, *others):
        actions.lease_items(labeller=labeller, count=1, now=NOW)
    tokens = [
        Lease.objects.create(labeller=one, item=item, pass_number=1, leased_at=NOW, expires_at=NOW).token
        for one in (first, *others)
    ]
    submit(token=tokens[0], labeller=first, answer={"choice": "match"}, now=NOW)
    again = undo(token=tokens[0], labeller=first, now=NOW).lease.token
    item.refresh_from_db()
    assert (item.n_done, item.n_exposed) == (0, 0)
    assert found() == []
    for token, labeller in zip([*tokens[1:], again], [*others, first], strict=True):
        submit(token=token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    assert set(item.labels.values_list("pass_number", flat=True)) == {1, 2}
    assert found() == []


def test_a_lease_that_is_done_without_a_label_is_named(world):
    lease = Lease.objects.filter(state="live", item__purpose=Purpose.WORK).first()
    run("UPDATE labelling_lease SET state = 'done' WHERE id = %s", lease.pk)
    assert ("leases", f"lease {lease.pk}") in {(one.check, one.row) for one in found()}


def test_a_label_whose_lease_is_not_done_is_named(world):
    label = Label.objects.standing().first()
    run("UPDATE labelling_lease SET state = 'skipped' WHERE id = %s", label.lease_id)
    assert [(one.check, one.row) for one in found()] == [("labels", f"label {label.public_id}")]


def test_a_rejection_that_lost_a_label_is_named(world):
    thaw()
    rejection = Rejection.objects.get(lifted_at=None, batch__isnull=False)
    run("DELETE FROM labelling_rejectedlabel WHERE id = %s", rejection.covered.first().pk)
    assert ("rejections", f"rejection {rejection.public_id}") in {(one.check, one.row) for one in found()}


def test_a_batch_that_miscounts_is_named_and_so_is_the_money(world):
    thaw()
    batch = Batch.objects.exclude(closed_at=None).first()
    run("UPDATE labelling_batch SET n_labels = n_labels - 1, amount = amount - price WHERE id = %s", batch.pk)
    rows = [(one.check, one.row) for one in found()]
    assert rows == [("batches", f"batch {batch.public_id}"), ("money", "account of project matching")]


def test_gold_that_counts_an_answer_too_many_is_named(world):
    gold = Gold.objects.first()
    run("UPDATE labelling_item SET n_done = n_done + 1 WHERE id = %s", gold.item_id)
    assert [(one.check, one.row) for one in found()] == [("counters", f"gold item {gold.item.public_id}")]


def test_gold_without_an_answer_is_named(world):
    gold = Gold.objects.first()
    run("UPDATE labelling_gold SET closed_at = created_at WHERE id = %s", gold.pk)
    assert [(one.check, one.row) for one in found()] == [("gold", f"item {gold.item.public_id}")]


@pytest.mark.parametrize("state", State.values)
def test_a_state_without_its_resolution_is_named(world, state):
    for other in set(State.values) - {state}:
        item = a_work_item(state=state)
        run("UPDATE labelling_item SET state = %s WHERE id = %s", other, item.pk)
        named = {(one.check, one.row) for one in found()}
        run("UPDATE labelling_item SET state = %s WHERE id = %s", state, item.pk)
        neither = {state, other} == {State.OPEN, State.CONTESTED}
        assert (("states", f"item {item.public_id}") in named) != neither


def test_a_resolution_closed_without_a_reason_is_named(world):
    thaw()
    closed = Resolution.objects.exclude(closed_at=None).first()
    run("UPDATE labelling_resolution SET closed_because = '' WHERE id = %s", closed.pk)
    assert [(one.check, one.row) for one in found()] == [("resolutions", f"resolution {closed.public_id}")]


def test_an_old_resolution_that_stands_again_is_named(world):
    thaw()
    old = Resolution.objects.exclude(closed_at=None).filter(item__resolutions__authority=2, authority=1).first()
    new = Resolution.objects.get(item=old.item, closed_at=None)
    run("UPDATE labelling_resolution SET closed_at = at, closed_because = 'x' WHERE id = %s", new.pk)
    run("UPDATE labelling_resolution SET closed_at = NULL, closed_because = '' WHERE id = %s", old.pk)
    assert [(one.check, one.row) for one in found()] == [("resolutions", f"resolution {old.public_id}")]


def test_a_crowd_that_closed_a_ruling_is_named(world):
    ruling = Resolution.objects.get(authority=2)
    because = "the crowd's labels settle it"
    run("UPDATE labelling_resolution SET closed_at = at, closed_because = %s WHERE id = %s", because, ruling.pk)
    assert ("precedence", f"resolution {ruling.public_id}") in {(one.check, one.row) for one in found()}


def test_a_ruling_over_a_higher_one_is_named(world):
    thaw()
    ruling = Resolution.objects.get(authority=2)
    before = Resolution.objects.filter(item=ruling.item, authority=1).first()
    run("UPDATE labelling_resolution SET authority = 3 WHERE id = %s", before.pk)
    assert [(one.check, one.row) for one in found()] == [("precedence", f"resolution {ruling.public_id}")]


def test_a_decision_on_too_old_a_fit_is_named(world):
    thaw()
    decision = StoppingDecision.objects.exclude(fit=None).exclude(after_label=None).first()
    run("UPDATE labelling_policyversion SET fit_max_age = 0")
    assert found() == []
    many_labels_later(decision, 70)
    assert [(one.check, one.row) for one in found()] == [("stopping", f"stopping decision {decision.pk}")]


def many_labels_later(decision: StoppingDecision, n: int) -> None:
    """Withdrawn copies of a label, older than the one that led to the decision."""
    last = Label.objects.order_by("id").last()
    model = Label.objects.get(pk=decision.after_label_id)
    for number in range(n):
        model.pk, model.public_id, model.token = last.pk + 1 + number, f"copy{number:012d}", f"copy{number:028d}"
        model.withdrawn_at = NOW
        model.save(force_insert=True)
    run("UPDATE labelling_stoppingdecision SET after_label_id = %s WHERE id = %s", last.pk + n, decision.pk)


def test_a_decision_without_a_fit_after_others_had_one_is_named(world):
    thaw()
    _, second = StoppingDecision.objects.exclude(fit=None).exclude(after_label=None).order_by("id")[:2]
    many_labels_later(second, 70)
    run("UPDATE labelling_stoppingdecision SET fit_id = NULL WHERE id = %s", second.pk)
    assert [(one.check, one.row) for one in found()] == [("stopping", f"stopping decision {second.pk}")]


@pytest.mark.parametrize("named", ["policy", "fit"])
def test_a_decision_by_another_projects_policy_or_fit_is_named(world, named):
    other = make_project(slug="other")
    thaw()
    decision = StoppingDecision.objects.exclude(fit=None).first()
    fit = Fit.objects.filter(project=world).first()
    fit.pk, fit.project, fit.schema = None, other, other.schema
    fit.save(force_insert=True)
    wrong = {"policy": PolicyVersion.objects.get(project=other).pk, "fit": fit.pk}[named]
    set_column("labelling_stoppingdecision", f"{named}_id", wrong, decision.pk)
    assert [(one.check, one.row) for one in found()] == [("stopping", f"stopping decision {decision.pk}")]


@pytest.mark.parametrize("column", ["reserved", "spent"])
def test_an_account_that_does_not_add_up_is_named(world, column):
    Account.objects.update(**{column: F(column) + 1})
    (finding,) = found()
    assert (finding.check, finding.row) == ("money", "account of project matching")
    assert finding.message.startswith(f"{column} is ")


def test_an_account_beyond_its_budget_is_named(world):
    without_constraint("labelling_account", "account_within_budget")
    run("UPDATE labelling_account SET budget = 1")
    assert [one.message.partition(" exceed ")[2] for one in found()] == ["the budget of 1"]


def test_a_case_that_ended_without_a_decision_is_named(world):
    case = Case.objects.get(closed_at=None)
    run("UPDATE experts_case SET closed_at = opened_at, outcome = 'answered' WHERE id = %s", case.pk)
    assert ("cases", f"case {case.public_id}") in {(one.check, one.row) for one in found()}


def test_a_decision_of_another_kind_than_its_cases_outcome_is_named(world):
    case = Case.objects.get(outcome="discarded")
    run("UPDATE experts_case SET outcome = 'sent_back' WHERE id = %s", case.pk)
    assert [(one.check, one.row) for one in found()] == [("cases", f"case {case.public_id}")]


@pytest.fixture
def own_files(settings, tmp_path):
    """Files of versions that a test may spoil."""
    shutil.copytree(settings.DATA_DIR / "blobs", tmp_path / "blobs")
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize("half", ["index", "lineage", "content"])
def test_a_changed_file_of_a_frozen_version_is_named(world, own_files, half):
    segment = Segment.objects.get()
    path = blobs.path_of(digest_of(segment, half))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert ("versions", "segment 1 of matching") in {(one.check, one.row) for one in found()}
    assert f"the bytes of its {half} are not those that were stored" in {one.message for one in found()}


def test_other_content_in_the_place_of_a_frozen_rows_is_named(world):
    thaw()
    set_cells(Version.objects.get(), Item.objects.first().example.external_id, "content", payload="{}")
    assert "its content is not what was frozen" in " ".join(one.message for one in found())


def test_a_frozen_row_that_was_left_out_is_named(world):
    thaw()
    part = VersionSegment.objects.get()
    live = unpacked(part.deleted, part.segment.n_rows)
    live[0] = False
    VersionSegment.objects.update(deleted=packed(live))
    assert ("versions", "version matching@1") in {(one.check, one.row) for one in found()}


@pytest.mark.parametrize(("column", "value"), [("payload", "{}"), ("payload", None), ("erased_at", NOW)])
def test_a_payload_that_is_not_what_came_in_is_named(world, column, value):
    example = Example.objects.get(external_id="item-0010")
    set_column("labelling_example", column, value, example.pk)
    assert [(one.check, one.row) for one in found()] == [("payloads", "example item-0010 of matching")]


def test_a_missing_trigger_is_named(world):
    on = " ON labelling_label" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER freeze_labelling_label_update{on}")
    assert [(one.check, one.row) for one in examine()] == [("triggers", "trigger freeze_labelling_label_update")]


def test_a_missing_trigger_that_notes_changes_is_named(world):
    on = " ON labelling_item" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER changed_labelling_item_update{on}")
    assert [(one.check, one.row) for one in examine()] == [("triggers", "trigger changed_labelling_item_update")]
    changes.install(connection)
    assert list(examine()) == []


def test_a_migration_that_is_not_applied_is_the_only_finding(world):
    run("DELETE FROM django_migrations WHERE app = 'experts'")
    Account.objects.update(spent=1)
    assert [(one.check, one.row) for one in examine()] == [
        ("migrations", "migration experts.0001_squashed_0003_freeze")
    ]


def test_only_the_project_that_is_asked_for_is_examined(world):
    other = make_project(slug="other")
    make_items(other, 1, n_done=1)
    assert list(examine(project_id=world.pk)) == []
    assert [one.check for one in examine(project_id=other.pk)] == ["counters"]
