"""A simulation's result for people to read."""

from typing import Any


def as_text(result: dict[str, Any]) -> str:
    return "\n".join([*_basis(result), "", *_table(result["policies"]), "", *_words(result)])


def _basis(result: dict[str, Any]) -> list[str]:
    expert = result["expert"]
    sentence = f"{result['items']} items, {result['seeds']} seeds; an expert costs {expert['price']:g} labels and is "
    lines = [sentence + f"right {expert['accuracy']:.0%} of the time"]
    if result["items"] < result["items_in_all"]:
        lines.append(f"Each seed plays {result['items']} of {result['items_in_all']} items, drawn by the seed.")
    if result["gold"]:
        lines.append(f"The truth of {result['gold']} items is known beforehand, paid at the expert's price.")
    return lines


def _table(policies: list[dict[str, Any]]) -> list[str]:
    lines = [f"{'policy':18} {'accuracy':>8} {'interval':>15} {'labels':>7} {'experts':>8} {'cost':>6}"]
    for row in policies:
        interval = "{:.1%}-{:.1%}".format(*row["interval"])
        lines.append(
            f"{row['policy']:18} {row['accuracy']:8.1%} {interval:>15} {row['labels']:7.2f} {row['escalated']:8.1%} "
            f"{row['cost']:6.2f}"
        )
    return lines


def _words(result: dict[str, Any]) -> list[str]:
    kept, agreed = result["calibration"], result["agreement"][0]
    right = "none of them known" if kept["right"] is None else f"{kept['right']:.1%} of these right"
    yardstick = agreed["yardstick"]
    return [
        f"Recommended: {result['recommended']['words']}",
        f"Stopping each item at a confidence of {kept['promised']:.0%} takes {kept['labels']:.1f} labels an item: "
        f"{kept['share']:.0%} of the items stop there, {right}; log loss {kept['log_loss']:.3f}, "
        f"{kept['log_loss_best']:.3f} at the best temperature in hindsight.",
        f"Krippendorff's alpha of all labels is {_figure(agreed['all'])}; yardstick items say "
        f"{_figure(yardstick['value'])} ({_figure(yardstick['low'])} to {_figure(yardstick['high'])}); the labels that "
        f"{agreed['policy']} bought would say {_figure(agreed['naive'])}.",
    ]


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
