import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from experts.replay.files import read_past
from experts.replay.run import replay
from labelling.crowd_files import FileProblem
from labelling.errors import QuorumError
from labelling.projects.models import Project


class Command(BaseCommand):
    help = "Run past crowd labels through the real stages, from ingest to the second version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("labels", type=Path, help="CSV: item,worker,label[,seconds], in the order they were given")
        parser.add_argument("--items", type=Path, help="NDJSON: {id, payload fields…, slice?}")
        parser.add_argument("--predictions", type=Path, help="NDJSON: {id, model, probabilities, passes}")
        parser.add_argument("--truth", type=Path, help="CSV: item,truth; answers as the expert")
        parser.add_argument("--policy", default="fixed-10", help="fixed-N, adaptive or adaptive@C (default fixed-10)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--project", help="slug of the project to make (default: a free one)")
        parser.add_argument("--json", action="store_true", help="print one JSON document, progress to stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        if Project._meta.db_table not in connection.introspection.table_names():
            raise CommandError(
                "The database has no tables yet: run `python manage.py migrate` once, as `make run` does."
            )
        try:
            past = read_past(
                options["labels"], items=options["items"], predictions=options["predictions"], truth=options["truth"]
            )
            slug = options["project"] or free_slug()
            report = replay(past, slug=slug, policy=options["policy"], seed=options["seed"], say=self.stderr.write)
        except (FileProblem, QuorumError, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report) if options["json"] else as_text(report))


def free_slug() -> str:
    taken = set(Project.objects.filter(slug__startswith="replay-").values_list("slug", flat=True))
    return next(slug for slug in (f"replay-{number}" for number in range(1, len(taken) + 2)) if slug not in taken)


def as_text(report: dict[str, Any]) -> str:
    return "\n".join(f"{name.replace('_', ' ')}: {json.dumps(value)}" for name, value in report.items())
