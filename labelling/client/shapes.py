"""What a server says, held against the shape that it must have: a reply that is not a Quorum's is named as such."""

from collections.abc import Mapping
from types import UnionType
from typing import Any

from labelling.client.errors import ClientError

Shape = Mapping[str, type | UnionType]

VERSION = {"number": int, "data_id": str, "version_id": str, "n_rows": int}
RECALL = {"n_rows": int, "reason": str, "ruling": str | None}
ERASED = {"key": str}
EXPORT = {"id": str, "state": str}
DIFFERENCE = {"before": int, "after": int, "counts": dict}
CHANGES = {"changes": list, "more": bool}
REPORT = {"lines": int, "created": int, "predictions": int, "repeated": int, "n_errors": int, "errors": list}


def shaped(found: Any, shape: Shape, *, what: str, **optional: type | UnionType) -> dict[str, Any]:
    """The reply itself. what: it says. optional: fields that may be missing, but not be anything else.

    Raises ClientError naming the first field that is missing or is something else.
    """
    if not isinstance(found, dict):
        raise ClientError(f"the server told of {what} without an object; is this the address of a Quorum?")
    for name, kind in {**shape, **optional}.items():
        if name not in optional and name not in found:
            raise ClientError(f"the server told of {what} without {name!r}; is this a Quorum of another version?")
        if name in found and (not isinstance(found[name], kind) or (kind is int and isinstance(found[name], bool))):
            raise ClientError(f"the server told of {what} with an odd {name!r}: {found[name]!r:.60}")
    return found


def all_shaped(found: Any, shape: Shape, *, what: str) -> list[dict[str, Any]]:
    """The same for a list of them."""
    if not isinstance(found, list):
        raise ClientError(f"the server told of {what} without a list; is this the address of a Quorum?")
    return [shaped(one, shape, what=what) for one in found]
