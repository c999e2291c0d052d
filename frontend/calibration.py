"""Whether posteriors keep what they promise, in words and as a picture."""

from typing import Any

from frontend.pictures import Picture, spec
from labelling.consensus import parts
from labelling.consensus.models import Calibration
from labelling.projects.models import TruthModel
from labelling.stats.interval import wilson

AFTER, BEFORE = "Corrected", "Uncorrected"
SOURCES = (
    ("gold", "gold drawn at random"), ("audit", "audited, answered blind"), ("yardstick", "audited yardstick items"),
)  # fmt: skip


def picture(calibration: Calibration) -> Picture:
    """Promised against kept, by confidence at the moment of stopping."""
    question = "Do the odds hold?"
    if not calibration.bins:
        return Picture(question, promise(calibration))
    rows = [row for name, bins in ((AFTER, calibration.bins), (BEFORE, calibration.bins_before))
            for row in _drawn(name, bins)]  # fmt: skip
    said = f"{promise(calibration)} {correction(calibration)}"
    return Picture(question, said.strip(), spec("promises", rows, x_label="Promised", y_label="Kept", percent=True))


def _drawn(series: str, bins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"x": one["promised"], "y": one["kept"], "low": one["kept_low"], "high": one["kept_high"],
         "n": round(one["n"], 1), "series": series}
        for one in bins
    ]  # fmt: skip


def promise(calibration: Calibration) -> str:
    """How many stops at the policy's confidence were right."""
    n, kept, level = calibration.n_promised, calibration.n_kept, calibration.promised
    if level is None:
        return ""
    if not n:
        return f"No item whose truth is known has stopped at {level:.0%} or more yet."
    share = wilson(kept / n, n)
    said = (
        f"Of {n:,} stops at {level:.0%} or more on items whose truth is known, {kept:,} were right: {share.value:.0%}"
    )
    said += f", with 95% confidence between {share.low:.0%} and {share.high:.0%}."
    if share.high < level:
        return f"{said} That is less than was promised."
    return said if share.low >= level else f"{said} So far that agrees with what was promised."


def correction(calibration: Calibration) -> str:
    """What is done to posteriors, and what it brings."""
    fit = calibration.fit
    if fit.isotonic is not None:
        how = f"Posteriors are corrected by a temperature of {fit.temperature:.2f} and a curve"
    elif fit.temperature != 1.0:
        surer = "less sure" if fit.temperature > 1 else "surer"
        how = f"Posteriors are made {surer}, by a temperature of {fit.temperature:.2f}"
    else:
        return "Posteriors are taken as they are."
    if calibration.error is None or calibration.error_before is None:
        return f"{how}."
    return (
        f"{how}: they are {calibration.error:.1%} off on average instead of {calibration.error_before:.1%}, on items "
        "that the correction was not made of."
    )


def sources(calibration: Calibration) -> str:
    """Where the evidence comes from."""
    parts = [f"{calibration.by_source[key]:,} {name}" for key, name in SOURCES if calibration.by_source.get(key)]
    said = f"{_items(calibration.n_calibrated)} calibrate"
    if parts:
        said += f" ({', '.join(parts)})"
    if calibration.n_chosen:
        return f"{said}; {calibration.n_chosen:,} others chose the model of truth or taught it, and calibrate nothing."
    return f"{said}; too few are known yet to keep some apart for choosing the model of truth."


def yardstick(calibration: Calibration) -> str:
    """What later labels say of early stops."""
    n, same = calibration.n_yardstick, calibration.n_yardstick_same
    if not n:
        return ""
    return (
        f"On {_items(n)} of the yardstick, labelling would have stopped early; all labels together give the same "
        f"answer in {same / n:.0%} of cases. That flatters: people who are wrong together stay wrong together, so it "
        "corrects nothing."
    )


def model_vote(calibration: Calibration) -> str:
    """What the model would change as one more labeller; empty, if nobody asked."""
    n, flipped = calibration.n_voted, calibration.n_flipped
    if n is None or flipped is None:
        return ""
    if not n:
        return "The model said nothing of the items that have labels."
    return (
        f"As one more labeller, judged by what people said, the model would change the likeliest answer of {flipped:,} "
        f"of {_items(n)} ({flipped / n:.1%}). That is shown and changes nothing: answers that lean on the model can't "
        "show where it is wrong."
    )


def model_rows(calibration: Calibration) -> list[dict[str, Any]]:
    """Models of truth by what they lost, the best first."""
    names = dict(TruthModel.choices)
    ranked = sorted(calibration.candidates.items(), key=lambda pair: (pair[1], pair[0]))
    return [
        {"name": names.get(key, key), "lost": f"{lost:.3f}", "used": key == calibration.fit.method}
        for key, lost in ranked
    ]


def model_name(calibration: Calibration) -> str:
    named = {**dict(TruthModel.choices), parts.METHOD: "answers put together, one accuracy a labeller"}
    return named.get(calibration.fit.method, calibration.fit.method)


def _items(n: int) -> str:
    return "1 item" if n == 1 else f"{n:,} items"
