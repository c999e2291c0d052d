"""manage.py verify DIR: check an exported folder offline. No database is needed."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelling.datasets.content import SPLITS
from labelling.datasets.verify import Verification, verify_directory


class Command(BaseCommand):
    help = "Check the bytes of an exported folder, then recompute data_id. Exits 1 when something is wrong."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--splits", default=",".join(SPLITS), help="the splits that must be there")
        parser.add_argument("--version-id", default=None, help="what it must be, if known from elsewhere")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        splits = [split.strip() for split in options["splits"].split(",") if split.strip()]
        if unknown := sorted(set(splits) - set(SPLITS)):
            raise CommandError(f"--splits: there is no split {unknown[0]!r}; the splits are {', '.join(SPLITS)}")
        found = verify_directory(options["folder"], splits=splits, version_id=options["version_id"])
        self._print_json(found) if options["json"] else self._print(found)
        if not found.good:
            sys.exit(1)

    def _print_json(self, found: Verification) -> None:
        self.stdout.write(json.dumps({
            "good": found.good, "project": found.project, "version": found.number, "hash": found.data_id,
            "version_id": found.version_id, "rows": found.rows, "checked": found.checked, "erased": found.erased,
            "left_out": found.left_out, "n_problems": found.n_problems, "problems": found.problems,
        }))  # fmt: skip

    def _print(self, found: Verification) -> None:
        for problem in found.problems:
            self.stdout.write(problem)
        if found.n_problems > len(found.problems):
            self.stdout.write(f"and {found.n_problems - len(found.problems)} more")
        if found.good:
            rest = "".join(f", {n} {what}" for n, what in [(found.erased, "erased"), (found.left_out, "left out")] if n)
            self.stdout.write(f"{found.project}@{found.number} is whole: {found.checked} rows checked{rest}")
            self.stdout.write(f"data_id {found.data_id}\nversion_id {found.version_id}")
