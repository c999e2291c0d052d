"""Tables for the terminal, as Markdown, so that they can be pasted into docs/figures.md."""

from collections.abc import Sequence


def show(title: str, rows: Sequence[Sequence[str]]) -> None:
    """The first row is the head; columns are as wide as they need to be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *others = rows
    lines = [head, ["-" * width for width in widths], *others]
    text = "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
    print(f"\n\n{title}\n\n{text}", flush=True)  # noqa: T201 - figures are for the terminal
