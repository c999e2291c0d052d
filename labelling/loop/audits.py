"""What an expert says of an item that was drawn for the audit."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labelling import canonical
from labelling.consensus.models import AuditedAnswer, Authority, Resolution
from labelling.consensus.queries import standing_resolution
from labelling.loop.resolve import locked
from labelling.projects.models import User
from labelling.projects.queries import same_answers
from labelling.sampling.models import Item


def keep_audited(*, item: Item, answer: dict[str, Any], by: User | None, now: datetime) -> Resolution | None:
    """Keep what an expert answered blind of an item that the crowd resolved, whether or not they agree: an audit that
    agrees leaves no ruling behind, and only with both kinds is the crowd's error known.

    answer: as the label schema spells it. Returns the standing resolution that the answer confirms, or None.
    """
    text = canonical.dumps(answer)
    with transaction.atomic():
        standing = standing_resolution(locked(item))
        if standing is None:
            return None
        if standing.authority == Authority.CROWD:
            AuditedAnswer.objects.get_or_create(
                resolution=standing,
                defaults={"item": item, "pass_number": standing.pass_number, "answer": text, "by": by, "at": now},
            )
        return standing if same_answers(item.project_id)(standing.answer, text) else None
