"""Kinds of label: one module a kind, found by its KIND; all offer the same (see `base.Kind`)."""

from importlib import import_module
from pkgutil import iter_modules

from labelling.schemas.base import Kind, SchemaError

__all__ = ["KINDS", "Kind", "SchemaError", "kind_of"]


def _found() -> dict[str, Kind]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    kinds = [module.KIND for module in modules if hasattr(module, "KIND")]
    return {kind.name: kind for kind in kinds}


KINDS: dict[str, Kind] = _found()


def kind_of(name: str) -> Kind:
    """The kind of that name; SchemaError names the kinds there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise SchemaError(f"kind: there is no kind {name!r}; the kinds are {', '.join(sorted(KINDS))}") from None
