"""What the page about preferences says: who is preferred, who beat whom, and whether people lean to a side."""

from collections.abc import Iterable
from typing import Any

from frontend.pictures import MOST_ROWS, Address, Picture, spec
from labelling.projects.models import Member
from labelling.reliability.models import StrengthReading
from labelling.stats.interval import Interval, wilson

# A share of fewer choices than these says little about one person.
ENOUGH_CHOICES = 10
SURE = 0.95
FIGURES_FIT = 10


def preferred(reading: StrengthReading) -> Picture:
    """The authors by how strong they are."""
    question = "Which one is preferred?"
    rows = reading.authors
    if not rows:
        return Picture(
            question,
            "Not known: no item says who wrote both candidates. Name the fields that do as “authors” in the label "
            "schema; labellers never see them.",
        )
    drawn = [
        {"label": row["name"], "value": row["score"], "low": row["score_low"], "high": row["score_high"]}
        for row in rows[:MOST_ROWS]
    ]
    draws = spec("dots-interval", drawn, x_label="Wins against the middle of all", percent=True, limit=0.5)
    return Picture(question, _about_authors(reading), draws)


def _about_authors(reading: StrengthReading) -> str:
    first, n = reading.authors[0], reading.n_labels - reading.n_unnamed
    said = (
        f"By {n:,} comparisons, “{first['name']}” would win {first['score']:.0%} against the middle of all, ties "
        f"counting as half (95% sure between {first['score_low']:.0%} and {first['score_high']:.0%})."
    )
    if len({row["group"] for row in reading.authors}) > 1:
        said += " Some were never compared, not even through others: how they relate isn't known."
    if reading.lead is not None:
        second = reading.authors[1]["name"]
        surely = "It is surely stronger than" if reading.lead[1] > 0 else "That it is stronger than"
        said += f" {surely} “{second}”" + (
            "." if reading.lead[1] > 0 else " may be chance: more comparisons would tell."
        )
    if len(reading.authors) > MOST_ROWS:
        said += f" The first {MOST_ROWS} of {len(reading.authors)} are drawn."
    if reading.n_left_out:
        said += f" {reading.n_left_out:,} more have fewer comparisons and are left out."
    if reading.n_unnamed:
        said += f" {reading.n_unnamed:,} further answers are on items that don't say who wrote both."
    return said


def beaten(reading: StrengthReading) -> Picture | None:
    """Who beat whom, two by two; None where there are not even three to compare."""
    names = [row["name"] for row in reading.authors]
    if len(names) < 3:
        return None
    rows, shown = [], range(min(len(names), MOST_ROWS))
    both = {(i, j): (won, tied, lost) for i, j, won, tied, lost in reading.pairs}
    both |= {(j, i): (lost, tied, won) for (i, j), (won, tied, lost) in both.items()}
    for i in shown:
        for j in shown:
            if (i, j) in both:
                won, tied, lost = both[i, j]
                n, share = won + tied + lost, (won + tied / 2) / (won + tied + lost)
                rows.append({"row": f"{i + 1} {names[i]}", "column": str(j + 1), "value": share, "text": f"{share:.0%}",
                             "note": f"{won:,} won, {tied:,} tied of {n:,}"})  # fmt: skip
    said = (
        "Each row's share of comparisons won against each column, ties counting as half. Where strengths tell the "
        "whole story, shares grow along every row; a circle, A over B over C over A, shows as a cell out of line."
    )
    draws = spec("heatmap", rows, x_label="Against", dense=len(shown) > FIGURES_FIT, square=True)
    return Picture("Who beats whom?", said, draws)


def sides(reading: StrengthReading, members: dict[str, Member], address: Address) -> Picture:
    """Whether people lean to a side. members: by public id."""
    question = "Do people lean to a side?"
    either = sum(n for _, _, n in reading.sides)
    if not either:
        return Picture(question, "Not known yet: nobody has preferred one of two.")
    whole = wilson(sum(first for _, first, _ in reading.sides) / either, either)
    people = [(members[pk], first, n) for pk, first, n in reading.sides if pk in members and n >= ENOUGH_CHOICES]
    leaning = {member.public_id for member, first, n in people if _leans(first, n, len(people))}
    rows = [_row("Everybody", whole, flagged=not _even(whole))]
    worst = sorted(people, key=lambda one: (-abs(one[1] / one[2] - 0.5), one[0].name))
    for member, first, n in worst[: MOST_ROWS - 1]:
        row = _row(f"{member.name} ({n:,})", wilson(first / n, n), flagged=member.public_id in leaning)
        rows.append({**row, "href": address(member)})
    draws = spec("dots-interval", rows, x_label="Chose the side shown first", percent=True, limit=0.5)
    return Picture(
        question, _about_sides(whole, either, [one[0].name for one in worst if one[0].public_id in leaning]), draws
    )


def _row(label: str, share: Interval, *, flagged: bool) -> dict[str, Any]:
    return {"label": label, "value": share.value, "low": share.low, "high": share.high, "flagged": flagged}


def _even(share: Interval) -> bool:
    return share.low <= 0.5 <= share.high


def _leans(first: int, n: int, people: int) -> bool:
    """Surely, though so many people are looked at (Bonferroni)."""
    return not _even(wilson(first / n, n, 1 - (1 - SURE) / people))


def _about_sides(whole: Interval, n: int, leaning: Iterable[str]) -> str:
    said = (
        f"Of {n:,} choices between the two, {whole.value:.0%} were for the one shown first (95% sure between "
        f"{whole.low:.0%} and {whole.high:.0%})."
    )
    if _even(whole):
        said += " Sides are shuffled, so an even half is what no habit at all would give."
    else:
        said += " People lean to a side. Sides are shuffled, so that it blurs who is preferred, and tilts it to nobody."
    names = [f"“{name}”" for name in leaning]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        said += f" Surely leaning: {', '.join(names[:3])}{more}. Look at whether they read."
    return said
