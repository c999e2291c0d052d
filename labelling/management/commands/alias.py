"""manage.py alias PROJECT [NAME [NUMBER]]: names that move from version to version."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from labelling.datasets.aliases import point_alias, remove_alias
from labelling.datasets.queries import aliases_of
from labelling.errors import QuorumError
from labelling.projects.models import Project
from labelling.projects.queries import find_project


class Command(BaseCommand):
    help = "List a project's aliases, let one mean a version, or remove it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="slug or public id")
        parser.add_argument("name", metavar="NAME", nargs="?", help="such as production; without it, all are listed")
        parser.add_argument("number", metavar="NUMBER", nargs="?", help="the version, latest, or another alias")
        parser.add_argument("--expect", type=int, metavar="N", help="refuse unless it means version N now; 0: none")
        parser.add_argument("--remove", action="store_true", help="let the name mean nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = find_project(options["project"])
            self._change(project, options)
        except QuorumError as error:
            raise CommandError(str(error)) from None
        aliases = {alias.name: alias.version.number for alias in aliases_of(project)}
        if options["json"]:
            self.stdout.write(json.dumps({"project": project.slug, "aliases": aliases}))
            return
        for name, number in aliases.items():
            self.stdout.write(f"{name}: {project.slug}@{number}")

    @staticmethod
    def _change(project: Project, options: dict[str, Any]) -> None:
        name, number = options["name"], options["number"]
        if options["remove"]:
            if not name or number:
                raise CommandError("--remove takes the name of an alias, and no version")
            remove_alias(project=project, name=name, by=None, now=timezone.now())
        elif number:
            point_alias(project=project, name=name, number=number, expected=options["expect"], by=None,
                        now=timezone.now())  # fmt: skip
        elif name:
            raise CommandError(f"Say which version {name} is to mean: alias {project.slug} {name} NUMBER")
