"""A key for a program: `manage.py token [PROJECT] --user NAME --scope SCOPE`."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from labelling.api.scopes import SCOPES
from labelling.errors import QuorumError
from labelling.projects.actions import issue_token
from labelling.projects.models import User
from labelling.projects.queries import find_project

MOST_DAYS = 36_500


class Command(BaseCommand):
    help = "Issue a token that acts as a user, in one project or in all of theirs. It is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "project", nargs="?", metavar="PROJECT", help="slug or public id; all of the user's if left out"
        )
        parser.add_argument("--user", required=True, metavar="NAME", help="username of who it acts as")
        parser.add_argument(
            "--scope", action="append", required=True, choices=sorted(SCOPES), dest="scopes", metavar="SCOPE",
            help=f"may be given several times: {', '.join(SCOPES)}",
        )  # fmt: skip
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--days", type=int, metavar="N", help="how long it is good; for ever if left out")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        now, days = timezone.now(), options["days"]
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days: must be 1 to {MOST_DAYS}")
        try:
            project = find_project(options["project"]) if options["project"] else None
            user = User.objects.filter(username=options["user"]).first()
            if user is None:
                raise CommandError(f"--user: there is no user {options['user']!r}")
            token, secret = issue_token(
                user=user, project=project, name=options["name"], scopes=options["scopes"], by=None, now=now,
                expires_at=None if days is None else now + timedelta(days=days),
            )  # fmt: skip
        except QuorumError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"id": token.public_id, "secret": secret, "scopes": token.scopes}))
        else:
            self.stdout.write(secret)
