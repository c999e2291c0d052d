"""`manage.py doctor [PROJECT] [--json]`: the invariants, checked against the live database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from experts.doctor.examine import examine
from labelling.errors import NotFound
from labelling.projects.queries import find_project


class Command(BaseCommand):
    help = "Check that everything that must hold does hold; exit with 1 and name the rows at fault where it doesn't."
    # An unapplied migration is a finding, not a reason to stop.
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", help="slug or public id; all projects if not given")
        parser.add_argument("--json", action="store_true", help="one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = find_project(options["project"]) if options["project"] else None
        except NotFound as error:
            raise CommandError(str(error)) from error
        findings = [finding.as_dict() for finding in examine(project_id=project.pk if project else None)]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not findings, "findings": findings}))
        else:
            for finding in findings:
                self.stdout.write(f"{finding['check']}: {finding['row']} {finding['message']}")
            self.stdout.write(f"{len(findings)} rows at fault." if findings else "Everything that must hold, holds.")
        if findings:
            raise SystemExit(1)
