"""What an owner sees of skills, needs and practice: accessible, and within 360 px, with every part of it shown."""

import pytest

from labelling.projects.models import Role, Skill
from labelling.projects.skills import qualify_member
from labelling.sampling.models import SamplingRound
from labelling.sampling.needs import queue_for
from tests.browser.conftest import SCHEMES, SIZES
from tests.browser.test_pages import SQUEEZED, WIDER_THAN_THE_WINDOW, picture, violations
from tests.factories import NOW, make_labellers, make_member, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(live_server):
    project = make_project(qualification_items=10, max_share=0.2)
    labellers = make_labellers(project, 3)
    make_member(project, "a-labeller-with-a-name-that-goes-on-and-on-without-a-blank", Role.LABELLER)
    for tag, level in (("lang:de", 3), ("a.tag_as-long-as:they-may-be.and-that-is-sixty-characters.ok", 5)):
        Skill.objects.create(member=labellers[0], tag=tag, level=level, granted_at=NOW)
    qualify_member(member=labellers[1], by=None, now=NOW)
    for needs in ({"lang:de": 2}, {"lang:de": 2, "law": 1}):
        queue_for(project=project, needs=needs)
    SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=1, probability_share=1, seed=1, n_candidates=1,
        n_selected=1, created_at=NOW, needs={"lang:de": 2, "law": 1},
    )  # fmt: skip
    return project


@pytest.mark.parametrize("path", ["settings/people/", "settings/policy/", "sampling/"])
def test_an_owners_page_of_skills_is_accessible_and_fits_whatever_the_screen(path, project, person):
    for size in SIZES:
        page = person(make_user("olga"), size).new_page()
        page.goto(f"/p/matching/{path}", wait_until="networkidle")
        for opened in page.locator("details summary").all():
            opened.click()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            name = path.strip("/").replace("/", "-")
            picture(page, f"skills-{name}-{size}-{scheme}", full_page=True)
            assert not violations(page, *(() if scheme == "light" else ("color-contrast",))), f"{size}, {scheme}"
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, size
        assert page.evaluate(SQUEEZED) == [], size
