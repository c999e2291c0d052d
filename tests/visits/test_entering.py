"""A worker of a marketplace becomes a labeller by the address they open, and is the same one the next time."""

import pytest
from django.db import IntegrityError, transaction

from experts.doctor.examine import examine
from labelling.audit.models import Entry
from labelling.errors import Invalid
from labelling.projects.models import Member, Role, User
from labelling.visits import queries
from labelling.visits.actions import close_entrance, complete_if_done, end_early
from labelling.visits.errors import BadParameters, EntranceClosed, EntranceUnknown, NothingGiven, WorkLeft
from labelling.visits.models import Entrance, Stretch, Visit, Worker
from labelling.visits.parameters import is_preview, read
from tests.factories import NOW, make_labeller
from tests.loop.test_concurrency import at_once
from tests.visits.workers import come, entrance_of, label, study

pytestmark = pytest.mark.django_db

ASKED = {"PROLIFIC_PID": ["5f1a"], "STUDY_ID": ["a-1"], "SESSION_ID": ["s-1"]}


def test_a_worker_becomes_a_labeller_without_a_password_whose_name_tells_no_id():
    visit = come(study(), "5f1a")
    member = Member.objects.get(role=Role.LABELLER)
    assert visit.worker.member == member
    assert member.name == "Prolific 1"
    assert not member.user.has_usable_password()
    told = [member.name, member.user.username, member.user.get_full_name(), str(Entry.objects.values_list("detail"))]
    assert not any("5f1a" in one for one in told)
    assert list(examine()) == []


def test_the_same_worker_id_is_the_same_labeller_and_another_entrance_another_one():
    entrance = study()
    first, again = come(entrance, "5f1a"), come(entrance, "5f1a", "a-2")
    assert first.worker == again.worker
    assert first != again
    elsewhere = come(entrance_of(entrance.project), "5f1a")
    assert elsewhere.worker.member != first.worker.member
    assert Entrance.objects.order_by("pk").values_list("n_workers", flat=True).get(pk=entrance.pk) == 1


def test_a_worker_id_like_a_user_name_takes_no_account_over():
    entrance = study()
    olga, lara = entrance.created_by, make_labeller(entrance.project, "lara")
    for name in ("olga", "lara"):
        assert come(entrance, name).worker.member.user not in {olga, lara.user}
    assert User.objects.filter(username__in=["olga", "lara"]).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_open_the_entrance_at_once_make_one_labeller_and_one_visit():
    entrance = study()
    assert at_once(*[lambda: come(entrance, "5f1a")] * 4, *[lambda: come(entrance, "77b2")] * 2) == []
    assert sorted(Worker.objects.values_list("worker_id", "number")) == [
        ("5f1a", Worker.objects.get(worker_id="5f1a").number), ("77b2", Worker.objects.get(worker_id="77b2").number)
    ]  # fmt: skip
    assert sorted(Worker.objects.values_list("number", flat=True)) == [1, 2]
    assert Member.objects.filter(role=Role.LABELLER).count() == 2
    assert Visit.objects.count() == Stretch.objects.filter(up_to_label=None).count() == 2
    assert Entrance.objects.get().n_workers == 2


@pytest.mark.django_db(transaction=True)
def test_no_more_workers_come_in_than_the_owner_wants_however_many_come_at_once():
    entrance = study(most_workers=2)
    errors = at_once(*[lambda name=name: come(entrance, name) for name in ("a", "b", "c", "d")])
    assert [type(error) for error in errors] == [EntranceClosed] * 2
    assert Worker.objects.count() == Member.objects.filter(role=Role.LABELLER).count() == 2


@pytest.mark.django_db(transaction=True)
def test_workers_who_come_by_two_entrances_of_one_marketplace_at_once_get_names_of_their_own():
    entrance = study()
    both = (entrance, entrance_of(entrance.project))
    assert at_once(*[lambda door=door, n=n: come(door, f"w-{n}") for n in range(4) for door in both]) == []
    assert Member.objects.filter(role=Role.LABELLER).values("name").distinct().count() == 8


def test_the_database_refuses_a_second_labeller_for_a_worker_and_a_second_visit_for_an_assignment():
    visit = come(study())
    worker = visit.worker
    with pytest.raises(IntegrityError), transaction.atomic():
        Worker.objects.create(
            entrance=worker.entrance, worker_id=worker.worker_id, number=9, came_at=NOW,
            member=make_labeller(worker.entrance.project),
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.create(
            worker=worker, assignment=visit.assignment, session=visit.session, n_labels=1, begun_at=NOW
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Stretch.objects.create(worker=worker, visit=visit, after_label=0)


def test_a_visit_is_complete_with_enough_standing_labels_and_has_its_code_only_then():
    visit = come(study(n_labels=3))
    label(visit, 2)
    assert (visit.completed_at, queries.code_of(visit), queries.way_back(visit)) == (None, "", "")
    label(visit, 1)
    assert visit.completed_at is not None
    assert queries.code_of(visit) == visit.code
    assert queries.way_back(visit) == f"https://app.prolific.com/submissions/complete?cc={visit.code}"


def test_labels_belong_to_the_assignment_that_was_opened_last_and_one_can_come_back_to_another():
    entrance = study(n_labels=3)
    first = come(entrance, assignment="a-1")
    label(first, 1)
    second = come(entrance, assignment="a-2")
    label(second, 2)
    assert come(entrance, assignment="a-1") == first
    label(first, 2)
    assert [queries.n_given(visit, most=9) for visit in (first, second)] == [3, 2]
    assert queries.current_visit(first.worker.member) == first
    assert first.completed_at is not None
    assert complete_if_done(visit=second, now=NOW).completed_at is None


def test_a_fixed_code_is_every_visits_and_a_code_of_its_own_is_nobody_elses():
    fixed = study(n_labels=1, fixed_code="C1A2B3")
    own = entrance_of(fixed.project, n_labels=1)
    visits = [come(fixed, "a"), come(fixed, "b"), come(own, "a"), come(own, "b")]
    for visit in visits:
        label(visit, 1)
    codes = [queries.code_of(visit) for visit in visits]
    assert codes[:2] == ["C1A2B3", "C1A2B3"]
    assert len(set(codes[2:])) == 2
    assert all(len(code) == 10 for code in codes[2:])


def test_who_has_no_more_work_is_done_with_what_they_gave_and_nobody_before():
    visit = come(study(items=2, n_labels=5))
    with pytest.raises(NothingGiven):
        end_early(visit=visit, now=NOW)
    label(visit, 1)
    with pytest.raises(WorkLeft):
        end_early(visit=visit, now=NOW)
    assert not visit.worker.member.leases.filter(state="live").exists()
    label(visit, 1)
    end_early(visit=visit, now=NOW)
    assert (visit.ended_early, bool(visit.completed_at)) == ("all_seen", True)


def test_a_closed_entrance_lets_nobody_new_in_but_lets_who_began_finish():
    entrance = study()
    visit = come(entrance)
    close_entrance(entrance=entrance, by=entrance.created_by, now=NOW)
    assert come(entrance) == visit
    for worker, assignment in (("77b2", "a-1"), ("5f1a", "a-2")):
        with pytest.raises(EntranceClosed):
            come(entrance, worker, assignment)
    assert Worker.objects.count() == Visit.objects.count() == 1


def test_the_parameters_are_read_as_the_provider_names_them():
    came = read(study(), ASKED)
    assert (came.worker_id, came.assignment, came.session) == ("5f1a", "a-1", "s-1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"PROLIFIC_PID": []}, "PROLIFIC_PID is missing"),
        ({"PROLIFIC_PID": ["", ""]}, "PROLIFIC_PID is there more than once"),
        ({"PROLIFIC_PID": ["a", "b"]}, "PROLIFIC_PID is there more than once"),
        ({"PROLIFIC_PID": ["{{%PROLIFIC_PID%}}"]}, "PROLIFIC_PID is not an id"),
        ({"STUDY_ID": ["a b"]}, "STUDY_ID is not an id"),
        ({"SESSION_ID": ["x" * 101]}, "SESSION_ID is not an id"),
        ({"SESSION_ID": ["a\x00"]}, "SESSION_ID is not an id"),
        ({"PROLIFIC_PID": ["=1+1"]}, "PROLIFIC_PID is not an id"),
    ],
)
def test_parameters_that_can_be_no_ids_are_named(changed, said):
    with pytest.raises(BadParameters, match=said) as refused:
        read(study(), ASKED | changed)
    assert [one["where"] for one in refused.value.errors] == list(changed)


def test_a_look_from_mechanical_turk_is_a_preview():
    entrance = study(provider="Mechanical Turk")
    assert entrance.assignment_parameter == "assignmentId"
    assert is_preview(entrance, {"assignmentId": ["ASSIGNMENT_ID_NOT_AVAILABLE"]})
    assert not is_preview(entrance, {"assignmentId": ["3XYZ"], "workerId": ["A1"]})


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"provider": ""}, "provider"),
        ({"provider": "Elsewhere"}, "worker_parameter"),
        ({"worker_parameter": "a b"}, "worker_parameter"),
        ({"worker_parameter": "w", "assignment_parameter": "w"}, "session_parameter"),
        ({"n_labels": 0}, "n_labels"),
        ({"n_labels": None}, "n_labels"),
        ({"reward": -1}, "reward"),
        ({"most_workers": 0}, "most_workers"),
        ({"fixed_code": "a b"}, "fixed_code"),
        ({"return_url": "http://provider.example/"}, "return_url"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "https://provider.example/?c={password}"}, "return_url"),
        ({"return_url": "https://{code}/"}, "return_url"),
        ({"return_url": "https://[/"}, "return_url"),
    ],
)
def test_an_entrance_that_can_not_work_is_refused_naming_the_field(values, where):
    project = study().project
    with pytest.raises(Invalid) as refused:
        entrance_of(project, **values)
    assert [one["where"] for one in refused.value.errors] == [where]
    assert Entrance.objects.count() == 1


def test_an_unknown_secret_is_not_found():
    for secret in ("nonsense", "a\x00b"):
        with pytest.raises(EntranceUnknown):
            queries.entrance_of(secret)
