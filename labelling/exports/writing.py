"""What the writers of formats are told for an export."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labelling.datasets.export import export_version, write_one_file
from labelling.datasets.formats import FORMATS, Options, check_held, format_of
from labelling.errors import Invalid
from labelling.exports.models import Export

TRAINING = ("train", "validation")
# To be raised whenever the bytes of some format change: exports that were made before are then made anew.
CODE = 1
ONE_FILE = "one_file"


def formats() -> tuple[str, ...]:
    return tuple(FORMATS)


def canonical_options(*, file_format: str, kind: str, splits: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """All that an export can be told, with its defaults, in one order. Raises UnknownFormat, NotHeld, Invalid.

    options: votes, soft_labels, names; or one_file, which has nothing besides rows.
    """
    check_held(format_of(file_format), kind=kind)
    if len(set(splits)) < len(splits):
        raise Invalid("splits: must name each split once")
    if options.get(ONE_FILE):
        return {"splits": list(Options(splits=tuple(splits)).splits), ONE_FILE: True}
    return Options.read({"splits": splits, **options}).as_json()


def write(export: Export, to: Path, progress: Callable[[int], None]) -> None:
    """Write the files of an export to a new folder. progress: called with the number of rows written so far."""
    version, told = export.version, export.options
    if told.get(ONE_FILE):
        to.mkdir()
        path = to / f"rows.{format_of(export.format).suffix}"
        write_one_file(version=version, file_format=export.format, splits=told["splits"], to=path, progress=progress)
        return
    options = Options.read(told)
    export_version(version=version, file_format=export.format, to=to, options=options, progress=progress)
