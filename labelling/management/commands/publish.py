"""manage.py publish PROJECT: check what is approved, then freeze it as the next version."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from labelling.datasets.checks import FAIL, WARN
from labelling.errors import QuorumError
from labelling.loop.publish import ChecksFailed, publish
from labelling.projects.limits import ADVICE
from labelling.projects.queries import find_project


class Command(BaseCommand):
    help = "Check the approved items of a project and freeze them as its next version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="slug or public id")
        parser.add_argument("--message", default="", help="what this version is for")
        parser.add_argument("--override", default="", metavar="REASON", help="publish although a check failed")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = publish(
                project=find_project(options["project"]), by=None, message=options["message"], now=timezone.now(),
                override_reason=options["override"],
            )  # fmt: skip
        except QuorumError as error:
            if options["json"]:
                report = error.report if isinstance(error, ChecksFailed) else None
                self.stdout.write(json.dumps({"error": str(error), "code": error.code, "checks": report}))
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({
                "project": version.project.slug, "version": version.number, "rows": version.n_rows,
                "hash": version.data_id, "version_id": version.version_id, "checks": version.checks,
            }))  # fmt: skip
            return
        self.stdout.write(f"{version}: {version.n_rows} rows, data_id {version.data_id}")
        for check in version.checks["checks"]:
            if check["verdict"] in (WARN, FAIL):
                self.stdout.write(f"{check['verdict']}: {check['summary']} {ADVICE[check['name']]}")
