"""The account as CSV, for a spreadsheet that takes no cell of it for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from labelling.pay.queries import Line

MICRO = 1_000_000
# What a spreadsheet reads as the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "labeller", "labeller_id", "batch", "from", "to", "labels", "gold", "training", "abstentions", "hours", "rate",
    "per", "currency", "amount", "withheld", "paid", "due", "state", "reason",
)  # fmt: skip


def account_csv(lines: Iterable[Line], *, currency: str) -> Iterator[bytes]:
    """The head, then a row a batch: RFC 4180, UTF-8, money in units of the currency, times in UTC."""
    yield csv_row(COLUMNS)
    for line in lines:
        batch = line.batch
        rate, per = line.rate
        yield csv_row([
            batch.labeller.name, batch.labeller.public_id, batch.number, csv_time(batch.opened_at),
            csv_time(batch.closed_at), batch.n_labels, batch.n_gold, batch.n_training, batch.n_abstained,
            _hours(batch.worked_ms), units(rate), per, currency, units(batch.amount or 0), units(line.withheld),
            units(line.paid), units(line.due), line.state, "; ".join(line.reasons),
        ])  # fmt: skip


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def units(micro: int) -> str:
    """Micro-units as a decimal number without loss: 1250000 as 1.25."""
    sign, whole, rest = "-" if micro < 0 else "", *divmod(abs(micro), MICRO)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")


def csv_row(values: Iterable[Any]) -> bytes:
    """One line of RFC 4180, in UTF-8, whose cells no spreadsheet takes for formulas."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([safe(value) for value in values])
    return buffer.getvalue().encode()


def csv_time(at: datetime | None) -> str:
    """In UTC to the second; nothing for no time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _hours(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 3_600_000:.4f}"
