"""manage.py leftovers: remove the files of versions and exports that nothing names any more."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from labelling.loop.leftovers import sweep_leftovers


class Command(BaseCommand):
    help = "Remove stored files that no version or export names and that are a day old; the worker does it daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say which, remove none")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep_leftovers(now=timezone.now(), dry=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps({"removed": not options["dry_run"], "blobs": swept}))
            return
        done = "would be removed" if options["dry_run"] else "removed"
        self.stdout.write("\n".join([*swept, f"{len(swept)} file{'' if len(swept) == 1 else 's'} {done}"]))
