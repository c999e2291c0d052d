"""manage.py erase PROJECT KEY...: erase the content of examples, for ever."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from labelling.errors import QuorumError
from labelling.loop.erasing.erase import as_json, erase
from labelling.loop.erasing.told import holders_of
from labelling.projects.queries import find_project


class Command(BaseCommand):
    help = "Erase the content of examples from the database, all versions and exports, for ever. Ids still verify."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="slug or public id")
        parser.add_argument("keys", metavar="KEY", nargs="*", help="external ids of the examples")
        parser.add_argument("--group", default="", help="all examples of a group instead")
        parser.add_argument("--reason", required=True, help="why; stands in the record, so name nobody in it")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = erase(
                project=find_project(options["project"]), keys=options["keys"], group=options["group"],
                reason=options["reason"], by=None, now=timezone.now(),
            )  # fmt: skip
        except QuorumError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": str(error), "code": error.code}))
            raise CommandError(str(error)) from None
        holders = holders_of(done.erasures)
        told = [{"user": one.user.username, "version": one.version.number, "files": one.files,
                 "at": one.last_at.isoformat()} for one in holders]  # fmt: skip
        if options["json"]:
            erased = [as_json(erasure) for erasure in done.erasures]
            self.stdout.write(json.dumps({"erased": erased, "already": done.already, "downloaded_by": told}))
            return
        for erasure in done.erasures:
            rows = "in the background" if erasure.done_at is None else f"{erasure.n_rows} rows of versions"
            self.stdout.write(f"{erasure.example.external_id}: erased, {rows}")
        for key in done.already:
            self.stdout.write(f"{key}: was erased before")
        for one in told:
            self.stdout.write(f"{one['user']} downloaded version {one['version']} on {one['at']}: {one['files']}")
