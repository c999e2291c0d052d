"""What the path of a label refuses. Each says what happened and what to do next."""

from labelling.errors import Conflict, Invalid, NotFound, QuorumError


class LeaseUnknown(NotFound):
    """No lease of this labeller has that token."""

    code = "lease_unknown"


class LeaseExpired(QuorumError):
    """The lease ran out, or its item moved on, and its place was taken."""

    status, code = 410, "lease_expired"


class ItemErased(QuorumError):
    """What was shown was erased meanwhile: nobody is asked about it any more, and no answer is kept."""

    status, code = 410, "item_erased"


class AnsweredDifferently(Conflict):
    """The same lease already has another answer; undo that one first."""

    code = "answered_differently"


class CannotUndo(Conflict):
    """The label is out of undo's reach."""

    code = "cannot_undo"


class BudgetSpent(Conflict):
    """The project's budget is a hard stop."""

    code = "budget_spent"


class AnswerInvalid(Invalid):
    """The answer is not one the label schema allows."""

    code = "answer_invalid"
