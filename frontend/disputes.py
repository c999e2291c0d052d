"""A dispute about a known answer in words and as a picture: what the figures behind it say."""

from typing import Any

from frontend.answers import said
from frontend.pictures import Picture, spec
from labelling.reliability.models import GoldDispute
from labelling.stats.interval import wilson

Kind = GoldDispute.Kind
ORIGINS = {
    "probability": "Drawn at random",
    "chosen": "Chosen by hand",
    "decision": "An expert's decision",
}
DONE = {
    GoldDispute.Outcome.UPHELD: "Upheld: the answer was right.",
    GoldDispute.Outcome.CORRECTED: "Corrected.",
    GoldDispute.Outcome.RETIRED: "Retired: given to nobody any more.",
}


def why(dispute: GoldDispute) -> str:
    """The evidence in a sentence or two; where a person raised it, what they said."""
    says = {Kind.UNIFORM: _uniform, Kind.FAST: _fast, Kind.OUTVOTED: _outvoted}.get(Kind(dispute.kind))
    if says is None or "n" not in dispute.evidence:
        return dispute.reason
    return says(dispute)


def more_voices(dispute: GoldDispute) -> list[str]:
    """What others added to the same dispute."""
    return [str(one["reason"]) for one in dispute.evidence.get("also", [])]


def _uniform(dispute: GoldDispute) -> str:
    found = dispute.evidence
    before = f", after {found['right_before']} of the {found['n_before']} before" if found["n_before"] else ""
    return (
        f"The last {found['n']} answers are right {found['right']} times{before}. On other gold these labellers are "
        f"right {found['expected']:.0%} of the time. The answer may have got about."
    )


def _fast(dispute: GoldDispute) -> str:
    found = dispute.evidence
    before = f"; the {found['n_before']} before took {found['seconds_before']:.1f} s" if found["n_before"] else ""
    return (
        f"The last {found['n']} answers took {found['seconds']:.1f} s (median){before}. {found['quicker']} of "
        "them were quicker than the same person's work just before and after. The answer may have got about."
    )


def _outvoted(dispute: GoldDispute) -> str:
    found = dispute.evidence
    return (
        f"{found['otherwise']} of {found['n']} labellers who do well on other gold ({found['accuracy']:.0%} right) "
        f"answered otherwise, {found['n_instead']} of them “{_in_words(dispute, found['instead'])}”. "
        "The known answer may be wrong."
    )


def picture(dispute: GoldDispute) -> Picture | None:
    """Before and since, or one answer against the other; nothing where a person raised it."""
    found = dispute.evidence
    if "n" not in found:
        return None
    if dispute.kind == Kind.UNIFORM:
        both = [_share("Before", found["right_before"], found["n_before"]), _share("Since", found["right"], found["n"])]
        return Picture("Right before and since", why(dispute), spec(
            "dots-interval", [row for row in both if row], x_label="Answered right", percent=True,
            limit=found["expected"],
        ))  # fmt: skip
    if dispute.kind == Kind.FAST:
        bars = [("Before", found["seconds_before"]), ("Since", found["seconds"])]
        rows = [{"label": name, "value": value} for name, value in bars if value is not None]
        return Picture("Time before and since", why(dispute), spec("bars", rows, x_label="Median seconds"))
    if dispute.kind == Kind.OUTVOTED:
        rows = [
            {
                "label": f"Known: {said(dispute.gold.answer, dispute.gold.item.project)}",
                "value": found["n"] - found["otherwise"],
            },
            {
                "label": f"Instead: {_in_words(dispute, found['instead'])}",
                "value": found["n_instead"],
                "flagged": True,
            },
        ]
        return Picture("What those who do well answered", why(dispute), spec("bars", rows, x_label="Labellers"))
    return None


def _in_words(dispute: GoldDispute, answer: Any) -> str:
    return said(answer, dispute.gold.item.project)


def _share(label: str, right: int, n: int) -> dict[str, Any] | None:
    if not n:
        return None
    share = wilson(right / n, n)
    return {"label": label, "value": share.value, "low": share.low, "high": share.high}
