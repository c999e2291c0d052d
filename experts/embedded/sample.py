"""The sample project on an empty database, and the logins that open it."""

import json
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from experts.sample.project import make_sample_project
from labelling.projects.models import Project, User

PEOPLE = ("owner", "expert", "labeller")


def ensure_sample(*, data_dir: Path, now: datetime, say: Callable[[str], None]) -> dict[str, str]:
    """Make the sample project where no project is; returns its logins {name: password}, empty when it was not made
    here. The passwords are random and kept in `sample-logins.json` beside the data."""
    kept = data_dir / "sample-logins.json"
    if not Project.objects.exists():
        say("Making the sample project, once:")
        users = {name: _user(name) for name in PEOPLE}
        make_sample_project(
            owner=users["owner"],
            expert=users["expert"],
            labeller=users["labeller"],
            now=now,
            say=lambda text: say(f"  {text}"),
        )
        _keep(kept, users)
    return json.loads(kept.read_text()) if kept.exists() else {}


def _user(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


def _keep(path: Path, users: dict[str, User]) -> None:
    logins = {name: secrets.token_hex(4) for name in users}
    for name, user in users.items():
        user.set_password(logins[name])
        user.is_staff = user.is_superuser = name == "owner"
        user.save()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(logins, file)
