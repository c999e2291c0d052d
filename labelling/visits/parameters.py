"""What a marketplace puts into the address of an entrance. Plain values in, clean values out, or a clear refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from labelling.visits.errors import BadParameters
from labelling.visits.models import Entrance

# Letters, digits and what providers put between them; no space, bracket or percent sign: a placeholder that the
# provider did not fill in, such as {{%PROLIFIC_PID%}}, is no id.
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+=/|~-]{0,99}")
# What Mechanical Turk sends while somebody looks at a task without having taken it.
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"


@dataclass(frozen=True)
class Came:
    """Who came for which assignment; texts that are empty where the entrance asks for none."""

    worker_id: str
    assignment: str
    session: str


def is_preview(entrance: Entrance, given: Mapping[str, Sequence[str]]) -> bool:
    """Whether somebody only looks: given is what stands in the address, every value of each name."""
    values = given.get(entrance.assignment_parameter, ()) if entrance.assignment_parameter else ()
    return PREVIEW in values


def read(entrance: Entrance, given: Mapping[str, Sequence[str]]) -> Came:
    """Raises BadParameters, with what is wrong with each parameter."""
    names = (entrance.worker_parameter, entrance.assignment_parameter, entrance.session_parameter)
    faults = {name: fault for name in names if name and (fault := _fault(given.get(name, ())))}
    if faults:
        said = "; ".join(f"{name} {fault}" for name, fault in faults.items())
        raise BadParameters(
            _("This address is not complete: {said}. Open the link at {provider} again, as it is there.").format(
                said=said, provider=entrance.provider
            ),
            errors=[{"where": name, "message": fault} for name, fault in faults.items()],
        )
    return Came(*(given[name][0] if name else "" for name in names))


def _fault(values: Sequence[str]) -> str:
    if len(values) > 1:
        return _("is there more than once")
    if not values or not values[0]:
        return _("is missing")
    return "" if ID.fullmatch(values[0]) else _("is not an id (letters and digits, at most 100)")
