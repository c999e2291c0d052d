"""Kinds of label: one module a kind, all with the same functions (see `base.Kind`). This is the table of them."""

from labelling.schemas import single_choice
from labelling.schemas.base import Kind, SchemaError

KINDS: dict[str, Kind] = {"single_choice": single_choice.KIND}


def kind_of(name: str) -> Kind:
    """The kind of that name; SchemaError names the kinds there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise SchemaError(f"kind: there is no kind {name!r}; the kinds are {', '.join(sorted(KINDS))}") from None
