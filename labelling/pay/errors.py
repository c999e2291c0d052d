"""What the verbs of pay refuse. Each says what happened and what to do next."""

from labelling.errors import Conflict


class NothingDue(Conflict):
    """All that was earned up to then is paid or withheld."""

    code = "nothing_due"


class DueChanged(Conflict):
    """What is due is not what the owner saw."""

    code = "due_changed"


class AlreadyCorrected(Conflict):
    """A payment is taken back once."""

    code = "already_corrected"


class NothingToWithhold(Conflict):
    """Every label is paid, was withheld before, or is in an open batch."""

    code = "nothing_to_withhold"


class WithholdingOver(Conflict):
    """It was lifted, or its days are over."""

    code = "withholding_over"


class NotHeardYet(Conflict):
    """The labeller still has time to answer, or waits for an answer."""

    code = "not_heard_yet"
