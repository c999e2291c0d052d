"""Pictures of a project: each has a question, a sentence that says what it means, and what to draw.

`draws` is the JSON text of one specification in frontend/src/plots/spec.ts; empty, if there is nothing to draw yet.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labelling.projects.models import Member
from labelling.reliability.models import AgreementReading, Scorecard

# Krippendorff 2018: above 0.8 conclusions are safe, below 0.667 not even tentative ones are.
TENTATIVE, SAFE = 0.667, 0.8
# The agreement with the others below which, at best, a labeller is pointed out.
RELIABLE = 0.7
FEW_READINGS = 2
FEW_ROWS = 5
MOST_ROWS = 20

Address = Callable[[Member], str]


@dataclass(frozen=True)
class Picture:
    question: str
    meaning: str
    draws: str = ""


def progress(states: dict[str, int]) -> Picture:
    """How many items are in each state. states: {state: items}."""
    question, total = "How far is it?", sum(states.values())
    if not total:
        return Picture(question, "Nothing is sampled yet.")
    done = states["resolved"] + states["discarded"]
    said = f"{done:,} of {total:,} items are done ({done / total:.0%})."
    if states["contested"]:
        said += f" {_things(states['contested'], 'waits', 'wait')} for an expert."
    names = (("Resolved", "resolved"), ("Open", "open"), ("Contested", "contested"), ("Discarded", "discarded"))
    rows = [
        {"label": name, "value": states[state], "flagged": state == "contested" and states[state] > 0}
        for name, state in names
    ]
    return Picture(question, said, spec("bars", rows, x_label="Items"))


def agreement(readings: Iterable[AgreementReading]) -> Picture:
    """Alpha on the yardstick after each fit, the oldest first."""
    question = "Do they agree?"
    known = [one for one in readings if one.alpha is not None]
    if not known:
        return Picture(question, "Not known yet: items of the yardstick need labels by two people, and a fit.")
    rows = [{"x": one.fit.number, "y": one.alpha, "low": one.low, "high": one.high} for one in known]
    if len(known) < FEW_READINGS:
        return Picture(question, _about_alpha(known[-1]))
    draws = spec("line-band", rows, x_label="Fit", y_label="Alpha", limit=TENTATIVE)
    return Picture(question, _about_alpha(known[-1]), draws)


def _about_alpha(newest: AgreementReading) -> str:
    alpha, low, high = newest.alpha or 0.0, newest.low, newest.high
    said = f"Alpha is {alpha:.2f}"
    if low is not None and high is not None:
        said += f", with 95% confidence between {low:.2f} and {high:.2f}"
        if low < TENTATIVE <= high:
            return f"{said}: not sure to be above {TENTATIVE}. More items of the yardstick would tell."
    if alpha < TENTATIVE:
        return f"{said}: under {TENTATIVE} the answers depend on who is asked. Look at the guideline first."
    if alpha < SAFE:
        return f"{said}: good enough for tentative conclusions; {SAFE} would be safe."
    return f"{said}: people who were asked the same gave the same answer."


def reliability(cards: Sequence[Scorecard], address: Address) -> Picture:
    """Each labeller's agreement with the others, adjusted for how hard their items were, the worst first as they come;
    address: where a labeller's page is."""
    question = "Who can be relied on?"
    rows = [
        {
            "label": card.labeller.name,
            "value": card.adjusted,
            "low": card.adjusted_low,
            "high": card.adjusted_high,
            "flagged": is_doubtful(card),
            "href": address(card.labeller),
        }
        for card in cards
        if card.adjusted is not None
    ]
    if not rows:
        return Picture(question, "Not known yet: it takes items that two people labelled, and a fit.")
    doubtful = [card.labeller.name for card in cards if is_doubtful(card)]
    if doubtful:
        names = doubtful[0] if len(doubtful) == 1 else f"{doubtful[0]} and {len(doubtful) - 1} more"
        said = f"Surely under {RELIABLE:.0%}: {names}. Look at their batches, talk to them, or stop giving them items."
    else:
        said = f"Nobody is surely under {RELIABLE:.0%}: the line is the whole range that the labels allow."
    if len(rows) > MOST_ROWS:
        said += f" The {MOST_ROWS} worst of {len(rows)} are shown."
    return Picture(
        question, said,
        spec("dots-interval", rows[:MOST_ROWS], x_label="Agrees, adjusted", limit=RELIABLE, percent=True),
    )  # fmt: skip


def is_doubtful(card: Scorecard) -> bool:
    """Whether the best that can be said for a labeller is not enough."""
    return card.adjusted_high is not None and card.adjusted_high < RELIABLE


def drift(card: Scorecard) -> Picture:
    """How a labeller did over time, in windows of their labels."""
    question, windows = "Do they do as well as before?", card.drift
    if len(windows) < FEW_READINGS:
        return Picture(question, "Not known yet: it takes forty labels, and a fit.")
    rows = [
        {"x": one["first"] + one["n"], "y": one["share"], "low": one["low"], "high": one["high"]} for one in windows
    ]
    first, last = windows[0], windows[-1]
    said = f"The first {first['n']} answers agree {first['share']:.0%} with what others make likely, the last "
    said += f"{last['n']} {last['share']:.0%}"
    apart = last["high"] < first["low"] or last["low"] > first["high"]
    said += ": more of a change than chance explains." if apart else ": no more of a change than chance explains."
    draws = spec("line-band", rows, x_label="Their label", y_label="Agrees", percent=True)
    return Picture(question, said, draws)


def mix_ups(confusions: Iterable[list[list[float]]], classes: Sequence[str]) -> Picture:
    """Likely truth against what was answered, added up. confusions: each (k, k) counts, or empty."""
    question, size = "Which labels are mixed up?", len(classes)
    total = [[0.0] * size for _ in classes]
    for confusion in confusions:
        if len(confusion) != size:
            continue
        for row, counts in enumerate(confusion):
            for column, n in enumerate(counts):
                total[row][column] += n
    if not any(map(sum, total)):
        return Picture(question, "Not known yet: it takes labels and a fit.")
    shares = [[n / (sum(row) or 1) for n in row] for row in total]
    rows = [
        {"row": classes[i], "column": classes[j], "value": shares[i][j], "text": f"{shares[i][j]:.0%}"}
        for i in range(size)
        for j in range(size)
    ]
    worst, i, j = max((shares[i][j], i, j) for i in range(size) for j in range(size) if i != j)
    said = f"Where “{classes[i]}” is likely right, “{classes[j]}” was answered {worst:.0%} of the time"
    said += ": the largest mix-up." if worst else ". Nothing is mixed up."
    return Picture(question, said, spec("heatmap", rows, x_label="Answered", y_label="Likely right", percent=True))


def balance(answers: dict[str, int], *, all_of_them: bool) -> Picture:
    """How often each answer came out. answers: {answer in words: items}."""
    question, total = "What came out?", sum(answers.values())
    if not total:
        return Picture(question, "Nothing is resolved yet.")
    ranked = sorted(answers.items(), key=lambda pair: (-pair[1], pair[0]))
    name, most = ranked[0]
    scope = "all items that have an answer" if all_of_them else f"the last {total:,} items that got an answer"
    said = f"“{name}” is the answer of {most / total:.0%} of {scope}."
    rows = [{"label": label, "value": n} for label, n in ranked[:MOST_ROWS]]
    return Picture(question, said, spec("bars", rows, x_label="Items"))


def contents(classes: dict[str, int], *, number: int, n_rows: int) -> Picture:
    """What a version of n_rows holds. classes: {label: rows}, empty where answers have parts."""
    question, total = "What is in it?", sum(classes.values())
    if not total:
        said = f"{n_rows:,} answers that have parts: there are no classes to count." if n_rows else "No rows."
        return Picture(question, said)
    ranked = sorted(classes.items(), key=lambda pair: (-pair[1], pair[0]))
    said = f"“{ranked[0][0]}” is the label of {ranked[0][1] / total:.0%} of the {total:,} rows of version {number}."
    rows = [{"label": label, "value": n} for label, n in ranked[:MOST_ROWS]]
    return Picture(question, said, spec("bars", rows, x_label="Rows"))


def changes(counts: dict[str, int]) -> Picture:
    """What differs between two versions. counts: {kind: rows}."""
    question, total = "How do rows differ?", sum(counts.values())
    if not total:
        return Picture(question, "No row differs.")
    kind, most = max(counts.items(), key=lambda pair: pair[1])
    said = f"{total:,} row{' differs' if total == 1 else 's differ'}; {most:,} {'was' if most == 1 else 'were'} {kind}."
    if total < FEW_ROWS:
        return Picture(question, said)
    rows = [{"label": name, "value": n} for name, n in counts.items() if n]
    return Picture(question, said, spec("bars", rows, x_label="Rows"))


def gold(blocks: Sequence[tuple[int, int]]) -> Picture:
    """Right answers to hidden gold in blocks of ten, in the order given. blocks: (right, given)."""
    question = "Right on gold?"
    given = sum(n for _, n in blocks)
    if not given:
        return Picture(question, "No block of ten hidden gold items is answered yet.")
    right = sum(n for n, _ in blocks)
    rows = [{"x": number, "y": hits / n} for number, (hits, n) in enumerate(blocks, start=1) if n]
    said = f"{right} of {given} hidden gold items right ({right / given:.0%})."
    if len(rows) < FEW_READINGS:
        return Picture(question, said)
    return Picture(question, said, spec("line-band", rows, x_label="Block of ten", y_label="Right", percent=True))


def spec(kind: str, rows: Sequence[dict[str, Any]], **options: Any) -> str:
    """One specification as JSON text. kind, rows, options: as in frontend/src/plots/spec.ts."""
    return json.dumps({"kind": kind, "rows": rows, **options}, ensure_ascii=False, allow_nan=False)


def _things(n: int, one: str, many: str) -> str:
    return f"{n:,} item {one}" if n == 1 else f"{n:,} items {many}"
