"""Plain functions that make what tests need, with settled values: two runs make the same rows."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from labelling import canonical
from labelling.ingest.models import Example
from labelling.ingest.queries import payload_hash, salt_of
from labelling.projects.actions import create_project
from labelling.projects.models import Member, Project, Role, User
from labelling.sampling.chance import first_target
from labelling.sampling.models import Item, Split

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEED = 7
SALT_KEY = bytes(range(32))
PASSWORD = "correct horse battery"


def definition(classes: Sequence[str] = ("match", "no match")) -> dict[str, Any]:
    """A single-choice question about a pair of texts, `request` and `offer`."""
    return {
        "question": "Does the offer answer the request?",
        "input": {"kind": "text_pair", "fields": ["request", "offer"]},
        "choices": [{"name": name, "key": str(number + 1)} for number, name in enumerate(classes)],
    }


def payload(number: int) -> dict[str, str]:
    return {"request": f"Someone to look after cat {number}", "offer": f"I can look after pet {number}"}


def make_user(username: str = "olga", **fields: Any) -> User:
    """The user of that name, made with `PASSWORD` if there is none."""
    user = User.objects.filter(username=username).first()
    return user or User.objects.create(username=username, password=_hashed_password(), **fields)


@cache
def _hashed_password() -> str:
    """Once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def make_project(
    mode: str = "adaptive", *, slug: str = "matching", classes: Sequence[str] = ("match", "no match"), **policy: Any
) -> Project:
    """A project owned by the user "olga". `policy`: values of the policy that differ from the default."""
    return create_project(
        slug=slug,
        name=slug.title(),
        kind="single_choice",
        definition=definition(classes),
        guideline="A match means the offer answers the request.",
        policy={"mode": mode, **policy},
        by=make_user("olga"),
        seed=SEED,
        now=NOW,
        salt_key=SALT_KEY,
    )


def tags(minimum: int = 1) -> dict[str, Any]:
    """A question with any of several answers, about the same pair of texts: its answers have parts."""
    return {**definition(("a", "b", "c", "d")), "minimum": minimum}


def make_tagging(mode: str = "adaptive", *, slug: str = "tagging", **policy: Any) -> Project:
    """A project whose answers have parts, owned by the user "olga"."""
    return create_project(
        slug=slug, name=slug.title(), kind="multiple_choice", definition=tags(), guideline="Say all that fits.",
        policy={"mode": mode, **policy}, by=make_user("olga"), seed=SEED, now=NOW, salt_key=SALT_KEY,
    )  # fmt: skip


def make_member(project: Project, username: str, role: str = Role.LABELLER) -> Member:
    """With a settled public id: where hidden gold comes follows from the project's seed and that id."""
    return Member.objects.create(
        public_id=_settled_id(project.slug, username, role), project=project, user=make_user(username), role=role,
        name=username, joined_at=NOW,
    )  # fmt: skip


def _settled_id(*names: str) -> str:
    """16 characters of lower-case base32, as public ids are."""
    return base64.b32encode(hashlib.sha256("/".join(names).encode()).digest()[:10]).decode().lower()


def make_labeller(project: Project, username: str = "lara") -> Member:
    return make_member(project, username, Role.LABELLER)


def make_labellers(project: Project, n: int) -> list[Member]:
    return [make_labeller(project, f"labeller-{number:03d}") for number in range(1, n + 1)]


def make_items(project: Project, n: int, *, first: int = 1, **fields: Any) -> list[Item]:
    """n open items, of new examples "item-0001", "item-0002", ..., in that order.

    `fields`: values of the items that differ. The target is the policy's maximum for a fixed policy, else its initial
    number. None is a yardstick or an audit item unless `fields` say so.
    """
    policy = project.policy
    assert policy is not None
    target = first_target(policy, yardstick=bool(fields.get("is_yardstick")))
    examples = Example.objects.bulk_create(
        [_example(project, number) for number in range(first, first + n)], batch_size=500
    )
    values = {"target": target, "split": Split.TRAIN, "created_at": NOW, "state_at": NOW, **fields}
    return Item.objects.bulk_create(
        [Item(project=project, example=example, **values) for example in examples], batch_size=500
    )


def _example(project: Project, number: int) -> Example:
    external_id, text = f"item-{number:04d}", canonical.payload_text(payload(number))
    salt = salt_of(SALT_KEY, external_id)
    return Example(
        project=project,
        external_id=external_id,
        payload=text,
        payload_hash=payload_hash(salt, text),
        salt=salt,
        received_at=NOW,
    )
