"""What follows from a comparison, in points to draw and in words."""

from typing import Any

# A policy is recommended that keeps this share of the accuracy of five labels with the product's model.
KEPT = 0.98
FAMILIES = {
    "fixed, majority": ("fixed-", "-majority"),
    "fixed, inferred": ("fixed-", "-inferred"),
    "adaptive": ("adaptive@", ""),
}


def curves(policies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Accuracy against cost: [{name, points: [{policy, cost, accuracy, low, high}]}], the cheapest point first."""
    found = []
    for name, (first, last) in FAMILIES.items():
        rows = [row for row in policies if row["policy"].startswith(first) and row["policy"].endswith(last)]
        points = [
            {"policy": row["policy"], "cost": row["cost"], "accuracy": row["accuracy"], "low": row["interval"][0],
             "high": row["interval"][1]}
            for row in sorted(rows, key=lambda row: float(row["cost"]))
        ]  # fmt: skip
        found.append({"name": name, "points": points})
    return found


def recommend(policies: list[dict[str, Any]]) -> dict[str, Any]:
    """The cheapest policy that keeps KEPT of the accuracy of five labels, or the most accurate where none does.

    Returns {policy, cost, share_of_five, words}; share_of_five is of five labels with majority.
    """
    rows = {row["policy"]: row for row in policies}
    enough = KEPT * rows["fixed-5-inferred"]["accuracy"]
    good = [row for row in policies if row["accuracy"] >= enough]
    best = min(good, key=lambda row: (row["cost"], -row["accuracy"]))
    five = rows["fixed-5-majority"]["accuracy"]
    share = best["accuracy"] / five if five else 0.0
    words = (
        f"{best['policy']}: {share:.0%} of five labels' accuracy ({best['accuracy']:.1%} against {five:.1%} with "
        f"majority) at {best['cost']:.1f} labels an item"
    )
    if best["escalated"] > 0:
        words += f", {best['escalated']:.0%} of the items decided by an expert"
    words += f". It is the cheapest that keeps {KEPT:.0%} of what five labels reach with the product's model"
    return {"policy": best["policy"], "cost": best["cost"], "share_of_five": share, "words": words + "."}
