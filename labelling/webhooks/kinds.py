"""The kinds of events. What goes out are ids, numbers and paths of this API: whoever is told comes and reads, with a
token of their own. Never rows, answers, names or what people wrote."""

from django.db.models import TextChoices


class Kind(TextChoices):
    PUBLISHED = "version.published", "a version was published"
    RECALLED = "version.recalled", "a published version holds labels that no longer count"
    ALIAS_MOVED = "alias.moved", "a name, such as production, means another version"
    ERASED = "content.erased", "content of published versions was erased"
    CHECKS_FAILED = "checks.failed", "checks stopped a version from being published"
    CASE_WAITING = "case.waiting", "contested items wait for an expert"
    FLAGGED = "labeller.flagged", "there is evidence that a labeller's answers are worth nothing"
    DRIFT = "drift.detected", "a version differs from the one before: classes, nulls, language or length"


# Sent on an owner's request, to one endpoint, whatever it wants.
TEST = "webhook.test"
KINDS: tuple[str, ...] = tuple(Kind.values)
