"""What an entrance refuses, and what to do then."""

from labelling.errors import Conflict, Invalid, NotFound


class EntranceUnknown(NotFound):
    """There is no such entrance; the link was not copied whole."""


class EntranceClosed(Conflict):
    """Nobody new is let in; who has a visit may still come back to it."""

    code = "entrance_closed"


class BadParameters(Invalid):
    """The address lacks what the marketplace should have put into it, or what it put there can't be an id."""


class WorkLeft(Conflict):
    """There is still something to label, so the visit is not over."""

    code = "work_left"


class NothingGiven(Conflict):
    """Nothing was labelled in this visit: there is nothing to approve."""

    code = "nothing_given"
