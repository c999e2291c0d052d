"""Predictions in: `manage.py ingest PROJECT FILE`."""

import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelling.canonical import payload_text
from labelling.errors import QuorumError
from labelling.ingest.actions import IngestReport, ingest
from labelling.ingest.parsing import lines_of
from labelling.projects.queries import find_project

SHOWN_ERRORS = 20


class Command(BaseCommand):
    help = "Take in NDJSON: one object a line with id and payload, and what a model said of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="slug or id of the project")
        parser.add_argument("file", help="an NDJSON file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            try:
                project = find_project(options["project"])
                stream = _open(options["file"], stack)
                report = ingest(
                    project=project, lines=lines_of(stream), by=None, now=timezone.now(), progress=self._progress
                )
            except (QuorumError, OSError) as error:
                raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(payload_text(report.as_dict()))
        else:
            self._print(report)
        if report.n_errors:
            raise CommandError(f"{report.n_errors} of {report.lines} lines were refused; the others are stored")

    def _progress(self, lines: int) -> None:
        self.stderr.write(f"{lines} lines read")

    def _print(self, report: IngestReport) -> None:
        self.stdout.write(
            f"{report.lines} lines: {report.created} new examples, {report.predictions} new predictions, "
            f"{report.repeated} repeated, {report.n_errors} refused"
        )
        for error in report.errors[:SHOWN_ERRORS]:
            self.stderr.write(f"line {error['line']}: {error['field']}: {error['message']}")


def _open(name: str, stack: ExitStack) -> BinaryIO:
    return sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
