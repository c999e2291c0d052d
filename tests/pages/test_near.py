"""What an item's page and its story say of the items it is like."""

import re

import pytest
from django.urls import reverse

from labelling.sampling.models import NearLink
from tests.api.calls import Caller
from tests.factories import make_items, make_project
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db


def read(item):
    page = text_of(client_of("olga").get(reverse("item", args=["matching", item.public_id])))
    return " ".join(re.sub("<[^>]+>", "", page).split())


def test_an_item_says_whose_split_it_took_and_what_else_it_is_like():
    project = make_project()
    oldest, new = make_items(project, 2)
    (other,) = make_items(project, 1, first=3, split="test")
    NearLink.objects.create(item=new, of=oldest, similarity=9_230, inherits=True)
    NearLink.objects.create(item=new, of=other, similarity=None, inherits=False)
    said = read(new)
    assert "as item-0001 (92.3% alike)" in said
    assert "though it is like item-0003 in test (same group)" in said
    assert "1 later item took it" in read(oldest)
    story = Caller(project.created_by).client.get(f"/api/v1/items/{new.public_id}/").json()
    assert [(one["external_id"], one["similarity"], one["inherits"]) for one in story["near"]] == [
        ("item-0001", 0.923, True), ("item-0003", None, False),
    ]  # fmt: skip
