"""A sampling round: `manage.py sample PROJECT --budget N`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelling.canonical import payload_text
from labelling.errors import QuorumError
from labelling.projects.queries import find_project
from labelling.sampling.actions import STRATEGIES, sample
from labelling.sampling.models import SamplingRound
from labelling.sampling.needs import parse_needs


class Command(BaseCommand):
    help = "Choose examples that are worth a label: most by uncertainty, a known share by chance."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="slug or id of the project")
        parser.add_argument("--budget", type=int, required=True, help="how many items")
        parser.add_argument("--strategy", default="margin", help=f"one of {', '.join(STRATEGIES)} (margin)")
        parser.add_argument("--share", type=float, default=0.2, help="the share that chance draws (0.2)")
        parser.add_argument("--threshold", type=float, help="where the product cuts; the policy's if left out")
        parser.add_argument(
            "--needs", action="append", default=[], metavar="TAG=LEVEL",
            help="a skill that every item asks of its labellers, like lang:de=2; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--ignore-own-needs", action="store_true", help="leave out what the examples' metadata say they need"
        )
        parser.add_argument("--seed", type=int, help="derived from the project's if left out")
        parser.add_argument("--json", action="store_true", help="print the round as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = sample(
                project=find_project(options["project"]),
                budget=options["budget"],
                strategy=options["strategy"],
                probability_share=options["share"],
                threshold=options["threshold"],
                seed=options["seed"],
                needs=parse_needs(options["needs"]),
                ignore_own_needs=options["ignore_own_needs"],
                by=None,
                now=timezone.now(),
            )
        except QuorumError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(payload_text(_as_dict(made)))
        else:
            self.stdout.write(
                f"round {made.number}: {made.n_selected} of {made.n_candidates} examples by {made.strategy} "
                f"(seed {made.seed})"
            )


def _as_dict(made: SamplingRound) -> dict[str, Any]:
    fields = (
        "number",
        "strategy",
        "budget",
        "probability_share",
        "threshold",
        "seed",
        "needs",
        "n_candidates",
        "n_selected",
    )
    values = {field: getattr(made, field) for field in fields}
    model = str(made.model_version) if made.model_version else None
    return {"project": made.project.slug, "round": made.public_id, "model": model, **values}
