"""What the page about the model's pull says."""

from frontend.pictures import Picture, spec
from labelling.reliability.models import PullReading

QUESTION = "Does seeing the model's answer pull people towards it?"
# Fewer items than this on either side tell too little.
ENOUGH_ITEMS = 10


def picture(reading: PullReading) -> Picture:
    """How alike labels are to the model's answer, where it was shown and where it was not."""
    if None in (reading.shown, reading.withheld, reading.difference, reading.low, reading.high):
        side = "was shown" if reading.shown is None else "was withheld"
        return Picture(QUESTION, f"Not known yet: nobody has labelled an item where the model's answer {side}.")
    rows = [
        {"label": f"shown ({reading.n_shown:,} items)", "value": reading.shown, "low": reading.shown_low,
         "high": reading.shown_high, "flagged": False},
        {"label": f"withheld ({reading.n_withheld:,} items)", "value": reading.withheld, "low": reading.withheld_low,
         "high": reading.withheld_high, "flagged": False},
    ]  # fmt: skip
    draws = spec("dots-interval", rows, x_label="How alike to the model's answer", percent=True)
    return Picture(QUESTION, _meaning(reading), draws)


def _meaning(reading: PullReading) -> str:
    difference, low, high = reading.difference or 0.0, reading.low or 0.0, reading.high or 0.0
    said = (
        f"Labels are {_percent(reading.shown)} like the model's answer where it was shown and "
        f"{_percent(reading.withheld)} where chance withheld it: a difference of {100 * difference:.0f} points, "
        f"95% sure between {100 * low:.0f} and {100 * high:.0f}."
    )
    if min(reading.n_shown, reading.n_withheld) < ENOUGH_ITEMS:
        return f"{said} That is of few items yet."
    if low > 0:
        return f"{said} Seeing it pulls people: what they leave as it is, they would not all have made."
    return f"{said} That may be chance: no pull is proven."


def seconds(reading: PullReading) -> str:
    """What it saves, and how much is left as it was."""
    said = []
    if reading.seconds_shown is not None and reading.seconds_withheld is not None:
        said.append(
            f"A label takes {reading.seconds_shown:.1f} s where the model's answer is shown and "
            f"{reading.seconds_withheld:.1f} s where it is not (medians of active time)."
        )
    if reading.same_shown is not None:
        made = f"; {_percent(reading.same_withheld)} of those who did not see it made the same"
        made = "" if reading.same_withheld is None else made
        said.append(f"{_percent(reading.same_shown)} of the shown answers were left exactly as they were{made}.")
    return " ".join(said)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
