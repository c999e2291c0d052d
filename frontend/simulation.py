"""A simulation in words and as a picture: what more labels, experts or stopping early would buy."""

from typing import Any

from frontend.pictures import Picture, spec
from labelling.consensus.models import Simulation

FIXED, INFERRED, ADAPTIVE = "Majority", "Weighed", "As needed"
REFERENCE = "fixed-5-majority"


def rows_of(simulation: Simulation) -> list[dict[str, Any]]:
    """Policies by cost, in words. Empty without a result."""
    policies = (simulation.result or {}).get("policies", [])
    return [{**row, "name": name_of(row["policy"]), "series": series_of(row["policy"])} for row in policies]


def name_of(policy: str) -> str:
    kind, _, rest = policy.partition("@")
    if kind == "adaptive":
        return f"As many as needed, {rest} on average with experts"
    _, n, way = policy.split("-")
    labels = "one label" if n == "1" else f"{n} labels"
    return f"{labels.capitalize()} each, {'majority' if way == 'majority' else 'weighed by reliability'}"


def series_of(policy: str) -> str:
    if policy.startswith("adaptive"):
        return ADAPTIVE
    return FIXED if policy.endswith("majority") else INFERRED


def picture(simulation: Simulation) -> Picture:
    """Accuracy against cost, a line a way of deciding."""
    question = "What would more labels buy?"
    rows = sorted(rows_of(simulation), key=lambda row: ([ADAPTIVE, INFERRED, FIXED].index(row["series"]), row["cost"]))
    if not rows:
        return Picture(question, simulation.error or "The simulation is under way.")
    drawn = [
        {"x": row["cost"], "y": row["accuracy"], "low": row["interval"][0], "high": row["interval"][1],
         "series": row["series"]}
        for row in rows
    ]  # fmt: skip
    return Picture(
        question, best(rows),
        spec("line-band", drawn, x_label="Cost of an item, in labels", y_label="Right", percent=True),
    )  # fmt: skip


def best(rows: list[dict[str, Any]]) -> str:
    """The cheapest adaptive policy that is as right as five labels each, in a sentence."""
    reference = next((row for row in rows if row["policy"] == REFERENCE), None)
    adaptive = [row for row in rows if row["series"] == ADAPTIVE]
    if reference is None or not adaptive:
        return "Each line shows how right a way of deciding was for what it cost."
    enough = [row for row in adaptive if row["accuracy"] >= reference["accuracy"]]
    chosen = min(enough or adaptive, key=lambda row: row["cost"] if enough else -row["accuracy"])
    return (
        f"Up to five labels each with a majority vote ({reference['cost']:.1f} on average) were right "
        f"{_within(reference)} of the time. As many labels and experts as each item needs: {_within(chosen)}, at a "
        f"cost of {chosen['cost']:.1f} labels an item."
    )


def _within(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{row['accuracy']:.1%} ({low:.0%} to {high:.0%})"


def basis(simulation: Simulation) -> str:
    """What the figures rest on."""
    result = simulation.result or {}
    if not result:
        return ""
    known = result.get("items_known", 0)
    rest = result["items_in_all"] - known
    said = f"Played on {result['items_in_all']:,} items that got all their labels"
    if rest:
        said += (
            f"; what is true of {known:,} of them was said by gold, an expert or an engineer, and of the other "
            f"{rest:,} it is taken to be what all their labels say together, which flatters every line alike"
        )
    orders = "One random order" if result["seeds"] == 1 else f"{result['seeds']} random orders"
    return f"{said}. {orders} of the labels; the bands are 95% intervals over orders and items."
