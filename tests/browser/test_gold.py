"""The pages about gold with everything on them: accessible and in one piece, wide and at 360 px, light and dark."""

import pytest
from django.urls import reverse

from labelling.loop import gold as making
from labelling.loop.reject import reject
from labelling.projects.models import Project, Role
from labelling.reliability import disputes
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Purpose, SamplingRound
from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.test_pages import RULES, SQUEEZED, WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import NOW, make_items, make_labellers, make_member, make_project, make_user
from tests.reliability.golds import after, give_all, make_gold_items, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOUND = {
    GoldDispute.Kind.OUTVOTED: {
        "n": 14, "otherwise": 13, "instead": said("no match"), "n_instead": 13, "accuracy": 0.91, "log_evidence": 6.4,
    },
    GoldDispute.Kind.UNIFORM: {
        "n": 40, "right": 39, "n_before": 30, "right_before": 14, "expected": 0.82, "log_evidence": 8.1,
    },
    GoldDispute.Kind.FAST: {
        "n": 20, "seconds": 1.4, "n_before": 30, "seconds_before": 9.8, "quicker": 19, "log_evidence": 7.2,
    },
}  # fmt: skip


def a_project_with_disputes() -> Project:
    """Gold in use and disputed in every way, drawn items that wait, a corrected answer and a rejection to look at."""
    project = make_project(gold_exposure=40)
    make_member(project, "eva", Role.EXPERT)
    owner, labellers = make_user("olga"), make_labellers(project, 6)
    items = make_gold_items(project, 6)
    make_gold_items(project, 2, first=20, purpose=Purpose.TRAINING)
    give_all([(who, item, "match", after(1), 6.0) for who in labellers for item in items[:4]])
    give_all([(who, items[5], "no match", after(2), 6.0) for who in labellers])
    reject(labeller=labellers[0], reason="too often wrong on gold", by=owner, now=after(5))
    for item, (kind, evidence) in zip(items, FOUND.items(), strict=False):
        disputes.raise_dispute(item=item, reason="", by=None, kind=kind, evidence=evidence, now=after(6))
    disputes.raise_dispute(item=items[3], reason="the offer is for dogs, not cats", by=owner, now=after(7))
    disputes.raise_dispute(item=items[3], reason="I see no cat either", by=make_user("eva"), now=after(7))
    wrong = disputes.raise_dispute(item=items[5], reason="August is missing", by=owner, now=after(8)).dispute
    disputes.close_dispute(
        dispute=wrong, outcome="corrected", answer={"choice": "no match"}, answered="a month must be named", by=owner,
        now=after(9),
    )  # fmt: skip
    drawn_from = SamplingRound.objects.create(
        project=project, number=1, strategy="margin", budget=9, probability_share=0.2, seed=1, n_candidates=9,
        n_selected=9, created_at=NOW,
    )  # fmt: skip
    make_items(project, 9, first=40, round=drawn_from)
    making.draw_gold(sampling_round=drawn_from, n=3, by=owner, now=after(10))
    return project


def addresses(project: Project) -> dict[str, str]:
    disputed = project.items.get(example__external_id="item-0001")
    work = project.items.filter(purpose=Purpose.WORK).first()
    return {
        "gold-disputes": reverse("gold", args=[project.slug]),
        "gold-answer": reverse("gold_answer", args=[project.slug]),
        "gold-item": reverse("gold_item", args=[project.slug, disputed.public_id]),
        "gold-make": reverse("gold_item", args=[project.slug, work.public_id]),
    }


@pytest.mark.long
def test_the_pages_about_gold_are_accessible_and_fit_whatever_the_screen(live_server, person):
    project = a_project_with_disputes()
    for size in SIZES:
        page = person(make_user("olga"), size).new_page()
        page.emulate_media(reduced_motion="reduce")
        for name, where in addresses(project).items():
            assert page.goto(where, wait_until="networkidle").status == 200
            for details in page.locator("main details").all():
                details.evaluate("one => one.open = true")
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                picture(page, f"{name}-{size}-{scheme}", full_page=True)
                assert not violations(page, *RULES[scheme]), (name, size, scheme)
            assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, (name, size)
            assert page.evaluate(SQUEEZED) == [], (name, size)


def test_an_owner_corrects_a_wrong_answer_in_the_browser(live_server, person):
    project = a_project_with_disputes()
    page = person(make_user("olga")).new_page()
    page.goto(addresses(project)["gold-disputes"])
    dispute = page.get_by_role("region", name="item-0004")
    dispute.get_by_text("Settle it").click()
    dispute.get_by_role("radio", name="is wrong").check()
    dispute.get_by_label("The right answer").select_option("no match")
    dispute.get_by_label("Why", exact=True).fill("dogs are not cats")
    dispute.get_by_role("button", name="Settle").click()
    page.get_by_role("status").filter(has_text="record is put right").wait_for()
    assert project.items.get(example__external_id="item-0004").golds.get(closed_at=None).answer == said("no match")
