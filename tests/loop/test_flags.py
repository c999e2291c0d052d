"""A flag is evidence: it is written once, does what the policy says and no more, and an owner's word undoes that."""

import pytest

from labelling.assignment.actions import lease_item
from labelling.assignment.models import Label, Lease, LeaseState, Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Fit
from labelling.errors import Conflict, Invalid
from labelling.loop.flags import follow_suspects, settle_flag
from labelling.loop.people import suspend_labeller
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.rejecting.target import a_label
from labelling.loop.submit import submit
from labelling.projects.models import Member, Project
from labelling.reliability.flagging import Suspect, raise_flag
from labelling.reliability.models import Flag
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.test_concurrency import at_once
from tests.reliability.golds import after

pytestmark = pytest.mark.django_db


def world(**policy) -> tuple[Project, list[Member], Fit]:
    project = make_project(gold_share=0.0, **policy)
    crowd = make_labellers(project, 2)
    for item in make_items(project, 2):
        for labeller in crowd:
            lease = lease_item(labeller=labeller, item=item, now=after(1))
            assert lease is not None
            submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=after(2))
    return project, crowd, refit_project(project=project, now=after(5))


def suspected(labeller: Member, *, kind: str = "random", evidence: float = 7.0) -> Suspect:
    return Suspect(labeller=labeller.pk, kind=kind, log_evidence=evidence, since=3, evidence={"n": 40})


def follow(project: Project, fit: Fit, *suspects: Suspect, at: int = 10) -> list[Flag]:
    return follow_suspects(fit=fit, suspects=suspects, policy=project.policy_in_force, now=after(at))


def settle(flag: Flag, outcome: str = "dismissed", *, at: int = 20) -> Flag:
    return settle_flag(flag=flag, outcome=outcome, answered="looked at it", by=make_user("olga"), now=after(at))


def suspended(labeller: Member) -> bool:
    return Member.objects.get(pk=labeller.pk).suspended_at is not None


def test_a_flag_is_raised_once_with_its_evidence_and_on_record():
    project, (lara, _), fit = world()
    (flag,) = follow(project, fit, suspected(lara))
    assert (flag.kind, flag.log_evidence, flag.since, flag.evidence) == ("random", 7.0, 3, {"n": 40})
    assert follow(project, fit, suspected(lara, evidence=50.0), at=11) == []
    assert follow(project, fit, suspected(lara, kind="prior", evidence=50.0), at=11) == []
    assert Entry.objects.filter(action="labeller.flagged", subject_id=lara.public_id).count() == 1


def test_a_flag_changes_nothing_where_the_policy_only_tells():
    project, (lara, _), fit = world(on_flag="tell")
    follow(project, fit, suspected(lara))
    assert not suspended(lara)
    assert Label.objects.counted().filter(labeller=lara).count() == 2


def test_a_flagged_labeller_gets_no_more_work_where_the_policy_says_so_and_their_labels_still_count():
    project, (lara, _), fit = world(on_flag="suspend")
    follow(project, fit, suspected(lara))
    assert suspended(lara)
    assert not Lease.objects.filter(labeller=lara, state=LeaseState.LIVE).exists()
    assert Label.objects.counted().filter(labeller=lara).count() == 2


def test_a_flagged_labeller_is_rejected_where_the_policy_says_so():
    project, (lara, _), fit = world(on_flag="reject")
    follow(project, fit, suspected(lara))
    assert suspended(lara)
    assert Label.objects.counted().filter(labeller=lara).count() == 0
    assert Rejection.objects.get().by is None


def test_one_label_that_was_rejected_before_does_not_spare_a_flagged_labeller_the_rejection():
    project, (lara, _), fit = world(on_flag="reject")
    reject(target=a_label(lara.labels.first()), reason="a slip", by=make_user("olga"), now=after(8))
    follow(project, fit, suspected(lara))
    assert Label.objects.counted().filter(labeller=lara).count() == 0


@pytest.mark.parametrize("on_flag", ["suspend", "reject"])
def test_dismissing_takes_back_what_the_flag_did(on_flag):
    project, (lara, _), fit = world(on_flag=on_flag)
    (flag,) = follow(project, fit, suspected(lara))
    settle(flag)
    assert not suspended(lara)
    assert Label.objects.counted().filter(labeller=lara).count() == 2


def test_what_the_flags_did_stays_until_the_last_one_is_dismissed():
    project, (lara, _), fit = world(on_flag="reject")
    (first,) = follow(project, fit, suspected(lara))
    second = raise_flag(fit=fit, suspect=suspected(lara, kind="constant"), now=after(12))
    settle(first)
    assert suspended(lara)
    settle(second, at=21)
    assert not suspended(lara)
    assert not Rejection.objects.filter(lifted_at=None).exists()


def test_upholding_one_keeps_what_the_flags_did():
    project, (lara, _), fit = world(on_flag="suspend")
    (first,) = follow(project, fit, suspected(lara))
    second = raise_flag(fit=fit, suspect=suspected(lara, kind="copying"), now=after(12))
    settle(first, "upheld")
    settle(second)
    assert suspended(lara)


def test_who_was_suspended_by_a_person_stays_so():
    project, (lara, _), fit = world(on_flag="suspend")
    suspend_labeller(member=lara, reason="on leave", by=make_user("olga"), now=after(8))
    (flag,) = follow(project, fit, suspected(lara))
    settle(flag)
    assert suspended(lara)


def test_what_was_dismissed_comes_back_only_with_a_hundred_times_the_evidence():
    project, (lara, _), fit = world()
    (flag,) = follow(project, fit, suspected(lara, evidence=7.0))
    settle(flag)
    assert follow(project, fit, suspected(lara, evidence=11.0), at=30) == []
    assert len(follow(project, fit, suspected(lara, evidence=12.0), at=31)) == 1


def test_what_was_upheld_does_not_come_back():
    project, (lara, _), fit = world()
    (flag,) = follow(project, fit, suspected(lara))
    settle(flag, "upheld")
    assert follow(project, fit, suspected(lara, evidence=99.0), at=30) == []


def test_a_flag_is_closed_once_and_with_words():
    project, (lara, _), fit = world()
    (flag,) = follow(project, fit, suspected(lara))
    with pytest.raises(Invalid, match="outcome"):
        settle(flag, "maybe")
    settle(flag, "upheld")
    with pytest.raises(Conflict):
        settle(flag)
    assert Flag.objects.get().outcome == "upheld"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_close_a_flag_at_once_close_it_once():
    project, (lara, _), fit = world(on_flag="suspend")
    (flag,) = follow(project, fit, suspected(lara))
    olga = make_user("olga")

    def close(outcome: str) -> None:
        settle_flag(flag=Flag.objects.get(pk=flag.pk), outcome=outcome, answered="mine", by=olga, now=after(20))

    (late,) = at_once(lambda: close("upheld"), lambda: close("dismissed"))
    assert isinstance(late, Conflict)
    assert suspended(lara) == (Flag.objects.get().outcome == "upheld")
