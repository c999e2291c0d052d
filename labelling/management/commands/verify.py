"""manage.py verify DIR: check an exported folder offline. No database is needed."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelling.datasets.content import SPLITS
from labelling.datasets.verify import Verification, verify_directory


class Command(BaseCommand):
    help = (
        "Check the bytes and ids of an exported folder; of jsonl, csv and parquet also every row's hash. "
        "Exits 1 when something is wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--splits", help="the splits that must be there; left out: those that were exported")
        parser.add_argument("--version-id", default=None, help="what it must be, if known from elsewhere")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        splits = None if options["splits"] is None else _read_splits(options["splits"])
        found = verify_directory(options["folder"], splits=splits, version_id=options["version_id"])
        self._print_json(found) if options["json"] else self._print(found)
        if not found.good:
            sys.exit(1)

    def _print_json(self, found: Verification) -> None:
        self.stdout.write(json.dumps({
            "good": found.good, "project": found.project, "version": found.number, "hash": found.data_id,
            "version_id": found.version_id, "rows": found.rows, "checked": found.checked, "erased": found.erased,
            "left_out": found.left_out, "by_bytes": found.by_bytes, "format": found.file_format,
            "n_problems": found.n_problems, "problems": found.problems,
        }))  # fmt: skip

    def _print(self, found: Verification) -> None:
        for problem in found.problems:
            self.stdout.write(problem)
        if found.n_problems > len(found.problems):
            self.stdout.write(f"and {found.n_problems - len(found.problems)} more")
        if found.good:
            self.stdout.write(f"{found.project}@{found.number} {_what_was_checked(found)}")
            self.stdout.write(f"data_id {found.data_id}\nversion_id {found.version_id}")


def _read_splits(text: str) -> list[str]:
    splits = [split.strip() for split in text.split(",") if split.strip()]
    if unknown := sorted(set(splits) - set(SPLITS)):
        raise CommandError(f"--splits: there is no split {unknown[0]!r}; the splits are {', '.join(SPLITS)}")
    if not splits:
        raise CommandError(f"--splits: name at least one of {', '.join(SPLITS)}, or leave it out")
    return splits


def _what_was_checked(found: Verification) -> str:
    if found.by_bytes:
        whole = "is whole: the bytes of every file and the ids were checked"
        return f"{whole}; rows of {found.file_format} can't be hashed again"
    rest = "".join(f", {n} {what}" for n, what in [(found.erased, "erased"), (found.left_out, "left out")] if n)
    return f"is whole: {found.checked} rows checked{rest}"
