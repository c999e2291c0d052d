"""What an owner settles of each labeller: skills, and whether they are let in to real work."""

import json

import pytest

from labelling.assignment.models import Batch, Label, Lease
from labelling.audit.models import Entry
from labelling.ingest.actions import ingest
from labelling.projects.models import Member, Skill
from labelling.sampling.models import Gold, Item, Purpose
from labelling.sampling.needs import queue_for
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project, make_user, payload
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db

PEOPLE = "/p/matching/settings/people/"
SAMPLING = "/p/matching/sampling/"


def post(**fields):
    return client_of("olga").post(PEOPLE, fields, follow=True)


def shown() -> str:
    return text_of(client_of("olga").get(PEOPLE))


def test_an_owner_gives_a_skill_and_takes_it_back():
    lara = make_labeller(make_project())
    said = text_of(post(do="grant", of=lara.public_id, tag=" lang:de ", level="3"))
    assert "lara has lang:de 3." in said and "lang:de <strong>3</strong>" in said
    assert Skill.objects.get().granted_by == make_user("olga")
    said = text_of(post(do="take", of=lara.public_id, tag="lang:de"))
    assert "lara has lang:de no more." in said and "No skills yet" in said
    assert Entry.objects.filter(action="skill.revoked", by=make_user("olga")).exists()


@pytest.mark.parametrize("fields", [{"tag": "Lang DE"}, {"tag": ""}, {"level": "9"}, {"level": "²"}, {"level": ""}])
def test_a_skill_that_makes_no_sense_is_refused_in_words(fields):
    lara = make_labeller(make_project())
    said = text_of(post(**{"do": "grant", "of": lara.public_id, "tag": "lang:de", "level": "1"} | fields))
    assert "must be" in said and not Skill.objects.exists()


def test_known_tags_are_offered_with_those_that_items_need():
    project = make_project()
    lara, _ = make_labellers(project, 2)
    post(do="grant", of=lara.public_id, tag="lang:de", level="2")
    queue_for(project=project, needs={"lang:de": 2, "law": 1})
    queue_for(project=project, needs={"lang:de": 1})
    page = shown()
    for tag in ("lang:de", "law"):
        assert f'<option value="{tag}"></option>' in page
    assert 'lang:de 1</th><td class="number">1</td>' in page
    assert 'lang:de 2, law 1</th><td class="number"><span class="badge badge--warn">nobody</span>' in page


def test_without_a_practice_nothing_is_said_of_it():
    make_labeller(make_project())
    assert "practise" not in shown() and "Let in" not in shown()


def test_an_owner_lets_a_labeller_in_and_asks_again():
    project = make_project(qualification_items=3, qualification_pass=0.6)
    lara = make_labeller(project)
    page = shown()
    assert "No practice yet" in page and "There are no items to practise on so far" in page
    post(do="qualify", of=lara.public_id)
    assert Member.objects.get(pk=lara.pk).qualified_at is not None
    assert "Let in on" in shown()
    post(do="ask", of=lara.public_id)
    assert Member.objects.get(pk=lara.pk).qualified_at is None


def test_how_far_a_labeller_is_counts_standing_answers_since_the_practice_began(practise):
    project = make_project(qualification_items=3, qualification_pass=0.6)
    lara = make_labeller(project)
    items = make_items(project, 3, purpose=Purpose.TRAINING)
    for item in items:
        Gold.objects.create(item=item, answer='{"choice":"match"}', origin="chosen", created_at=NOW)
    practise(lara, items[0], "match")
    practise(lara, items[1], "no match")
    page = shown()
    assert "Practice: 1 of 2 right" in page and "2 of their last 3 answers must be right" in page
    post(do="ask", of=lara.public_id)
    assert "No practice yet" in shown()


@pytest.fixture
def practise():

    def answer(labeller: Member, item: Item, choice: str) -> None:
        project = labeller.project
        batch, _ = Batch.objects.get_or_create(labeller=labeller, number=1, size=20, price=1, opened_at=NOW)
        lease = Lease.objects.create(
            labeller=labeller, item=item, pass_number=1, state="done", leased_at=NOW, expires_at=NOW
        )
        Label.objects.create(
            project=project, lease=lease, item=item, labeller=labeller, pass_number=1, token=lease.token, batch=batch,
            answer=f'{{"choice":"{choice}"}}', schema=project.schema, guideline=project.guideline,
            policy=project.policy, at=NOW,
        )  # fmt: skip

    return answer


@pytest.mark.parametrize("act", ["grant", "take", "qualify", "ask"])
def test_labellers_of_another_project_and_other_members_are_out_of_reach(act):
    project = make_project()
    other = make_labeller(make_project(slug="other"))
    fields = {"do": act, "tag": "lang:de", "level": "1"}
    assert client_of("olga").post(PEOPLE, fields | {"of": other.public_id}).status_code == 404
    post(**fields, of=project.members.get().public_id)
    assert not Skill.objects.exists() and not Member.objects.filter(qualified_at__isnull=False).exists()


def test_skills_cost_the_same_statements_for_many_labellers(django_assert_max_num_queries):
    project = make_project(qualification_items=3)
    for labeller in make_labellers(project, 40):
        Skill.objects.create(member=labeller, tag="lang:de", level=1, granted_at=NOW)
    queue_for(project=project, needs={"lang:de": 1})
    olga = client_of("olga")
    with django_assert_max_num_queries(18):
        olga.get(PEOPLE)


def test_a_round_drawn_on_the_page_says_what_its_items_need():
    ingested()
    olga = client_of("olga")
    fields = {"do": "sample", "budget": "1", "strategy": "uniform", "chance": "100"}
    for bad in ("German", "lang:de=9", "a=1, a=2"):
        refused = olga.post(SAMPLING, fields | {"needs": bad})
        assert refused.status_code == 422 and refused.context["form"].errors.keys() == {"needs"}
        assert f'value="{bad}"' in text_of(refused), "what was typed stays"
    olga.post(SAMPLING, fields | {"needs": " lang:de=2, law "})
    assert Item.objects.get().queue.needs == {"lang:de": 2, "law": 1}
    assert "<td>lang:de 2, law 1</td>" in text_of(olga.get(SAMPLING))


def test_an_example_whose_needs_make_no_sense_is_named_on_the_page_and_can_be_overruled():
    ingested(needs="German")
    fields = {"do": "sample", "budget": "1", "strategy": "uniform", "chance": "100"}
    said = text_of(client_of("olga").post(SAMPLING, fields))
    assert "examples.a.metadata.needs" in said and not Item.objects.exists()
    client_of("olga").post(SAMPLING, fields | {"ignore_own_needs": "on"})
    assert Item.objects.get().queue is None


def ingested(**fields):
    line = json.dumps({"id": "a", "payload": payload(1), **fields}).encode()
    assert not ingest(project=make_project(), lines=[line], by=None, now=NOW).errors
