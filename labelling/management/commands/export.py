"""manage.py export PROJECT@N: the files of a version, with a SHA-256 of each."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelling.datasets.content import SPLITS
from labelling.datasets.export import Options, export_version
from labelling.datasets.formats import FORMATS
from labelling.datasets.queries import find_by_reference
from labelling.errors import QuorumError


class Command(BaseCommand):
    help = "Write the files of a version to an empty or new folder: every split, test too, unless --split says which."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", metavar="PROJECT@N", help="N may be `latest` or an alias")
        parser.add_argument("--format", default="jsonl", metavar="F", help=", ".join(FORMATS))
        parser.add_argument("--to", required=True, type=Path, metavar="DIR")
        parser.add_argument(
            "--split", action="append", choices=SPLITS,
            help="may be repeated; every split, test too, if left out (API, page and client: train and validation)",
        )  # fmt: skip
        parser.add_argument("--votes", action="store_true", help="each labeller's answer as well, under pseudonyms")
        parser.add_argument("--soft-labels", action="store_true", help="the probability of each answer as well")
        parser.add_argument("--names", action="store_true", help="with --votes: labellers' names as well")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        written = [0]  # rows so far, after each batch
        try:
            version = find_by_reference(options["version"])
            asked = Options(splits=tuple(options["split"] or SPLITS), votes=options["votes"],
                            soft_labels=options["soft_labels"], names=options["names"])  # fmt: skip
            folder = export_version(
                version=version, file_format=options["format"], to=options["to"], options=asked, progress=written.append
            )  # fmt: skip
        except QuorumError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": str(error), "code": error.code}))
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({
                "project": version.project.slug, "version": version.number, "rows": version.n_rows,
                "hash": version.data_id, "version_id": version.version_id, "format": options["format"],
                "splits": list(asked.splits), "written": written[-1], "folder": str(folder),
            }))  # fmt: skip
            return
        self.stdout.write(f"{version}: {written[-1]} of {version.n_rows} rows as {options['format']} in {folder}")
        self.stdout.write(f"splits: {', '.join(asked.splits)}")
