"""A project of another tool moves here: `manage.py move FILE... --from label-studio|doccano`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labelling.canonical import payload_text
from labelling.errors import QuorumError
from labelling.incoming.actions import begin, carry_out, read_plan, slug_of
from labelling.incoming.models import Source
from labelling.incoming.opening import open_exports
from labelling.incoming.options import Options
from labelling.incoming.pictures import sizes_in_folder
from labelling.incoming.report import words_of
from labelling.projects.models import User

TOOLS = {"label-studio": Source.LABEL_STUDIO, "doccano": Source.DOCCANO}


class Command(BaseCommand):
    help = "Move a project here: its items, labels by labeller, predictions and label config; then a first version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="as exported, also as zip")
        parser.add_argument("--from", dest="tool", required=True, choices=sorted(TOOLS), help="where it comes from")
        parser.add_argument("--config", type=Path, help="Label Studio's label config (XML)")
        parser.add_argument("--question", default="", metavar="NAME", help="of several in the config (the first)")
        parser.add_argument("--project", default="", metavar="SLUG", help="short name of the new project")
        parser.add_argument("--name", default="", help="name of the new project")
        parser.add_argument("--owner", metavar="USER", help="user name of who will own it")
        parser.add_argument("--images", default="", metavar="PREFIX", help="address before the names of pictures")
        parser.add_argument("--image-files", type=Path, metavar="DIR", help="doccano's pictures, for their sizes")
        parser.add_argument(
            "--offsets", default="", choices=["", "code-points", "utf-16"],
            help="how the places of spans are counted where no text says it",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print the report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report, repeated = self._move(options)
        except (QuorumError, OSError) as error:
            if options["json"] and isinstance(error, QuorumError):
                self.stdout.write(payload_text({"error": str(error), "code": error.code, "errors": error.errors}))
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(payload_text(report))
            return
        if repeated:
            self.stdout.write("These files were imported before; nothing was changed. What was said then:")
        for line in words_of(report):
            self.stdout.write(line)

    def _move(self, options: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The report, and whether it is an earlier one."""
        exports = open_exports(options["files"])
        config = options["config"].read_bytes() if options["config"] else None
        name = options["name"] or options["files"][0].stem
        asked = Options(
            options["question"],
            options["images"] or "/",
            options["offsets"],
            sizes_in_folder(options["image_files"]) if options["image_files"] else {},
        )
        source, now, by = TOOLS[options["tool"]], timezone.now(), _owner(options["owner"])
        slug = options["project"] or slug_of(name)
        # Everything is read and checked before anything is written.
        planned = read_plan(source=source, exports=exports, config=config, options=asked)
        moved = begin(
            source=source, exports=exports, config=config, options=asked, slug=slug, name=name, by=by, now=now
        )
        return carry_out(moved=moved, planned=planned, now=now, say=self._say), moved.report is not None

    def _say(self, step: str, done: int, total: int) -> None:
        self.stderr.write(f"{step}: {done} of {total}")


def _owner(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(
            f"--owner: there is no user {name!r}; make one with manage.py createsuperuser, or leave it out"
        )
    return user
