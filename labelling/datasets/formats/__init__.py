"""Formats that a version is exported as: one module a format, found by its FORMAT. No Django.

A format takes the rows of one split as Arrow batches (`layout.arrow_schema`, in the order of the keys) and writes that
split's file. `base` says what a format is, `card` and `croissant` write what stands beside the files.
"""

from importlib import import_module
from pkgutil import iter_modules

from labelling.datasets.formats.base import About, Format, NotHeld, Options, UnknownFormat, Vote, Writer

__all__ = ["FORMATS", "About", "Format", "NotHeld", "Options", "UnknownFormat", "Vote", "Writer", "format_of"]


def _found() -> dict[str, Format]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    formats = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {found.name: found for found in sorted(formats, key=lambda found: found.place)}


FORMATS: dict[str, Format] = _found()


def format_of(name: str) -> Format:
    """The format of that name; UnknownFormat names the formats there are."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormat(f"there is no format {name!r}; the formats are {', '.join(FORMATS)}") from None


def check_held(found: Format, *, kind: str) -> None:
    """Raises NotHeld where a format can't hold labels of a kind; it names the formats that can."""
    if not found.holds(kind):
        can = ", ".join(name for name, other in FORMATS.items() if other.holds(kind))
        raise NotHeld(f"{found.name} can't hold labels of the kind {kind}; these formats can: {can}")
