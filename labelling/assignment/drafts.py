"""Answers that came too late to be labels: their giver can see them again, and put them away."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from labelling.assignment.errors import BudgetSpent, LeaseExpired
from labelling.assignment.models import Draft
from labelling.errors import NotFound
from labelling.projects.models import Member

# A draft keeps the code of the refusal; these are its words.
REFUSED = {
    LeaseExpired.code: gettext_lazy("Its time was over and the item had moved on."),
    BudgetSpent.code: gettext_lazy("The project's budget was spent."),
}


class DraftUnknown(NotFound):
    """No draft of this labeller has that token."""

    code = "draft_unknown"


def drafts_of(*, labeller: Member) -> QuerySet[Draft]:
    """The labeller's drafts that were not put away, the newest first, each with what its item shows."""
    own = Draft.objects.filter(labeller=labeller, put_away_at=None)
    return own.select_related("item__example", "labeller__project__schema").order_by("-id")


def put_away(*, token: str, labeller: Member, now: datetime) -> Draft:
    """Its giver has seen it: it is kept, but shown no more. Repeating changes nothing. Raises DraftUnknown."""
    own = Draft.objects.filter(token=token, labeller=labeller)
    own.filter(put_away_at=None).update(put_away_at=now)
    draft = own.first()
    if draft is None:
        raise DraftUnknown(gettext("There is no draft of yours under this token."))
    return draft


def why_refused(draft: Draft) -> str:
    """In words."""
    return str(REFUSED.get(draft.refused_because, draft.refused_because))
