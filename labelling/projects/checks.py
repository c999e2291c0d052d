"""What a project's slug, texts, label schema and policy must be. Plain values in, clean values out, or `Invalid`."""

import math
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext

from labelling.errors import Invalid
from labelling.projects import limits
from labelling.projects.models import Mode, OnFlag, TruthModel
from labelling.schemas import SchemaError, kind_of

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG = 60
MAX_GUIDELINE = 200_000
MAX_LABELS = 1_000
MAX_MONEY = 10**15
TAG = re.compile(r"[a-z0-9:_.-]{1,60}")
MAX_NEEDS = 6
LEVELS = (1, 2, 3, 4, 5)
BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class Number:
    """A field of the policy that holds a number from `low` to `high`; `whole`: no fraction; `empty`: may be None."""

    low: float
    high: float
    whole: bool = True
    empty: bool = False

    def fault(self, value: Any) -> str:
        """Why the value can't stand here, or nothing."""
        if value is None:
            return "" if self.empty else "must be given"
        allowed = int if self.whole else (int, float)
        if (
            isinstance(value, bool)
            or not isinstance(value, allowed)
            or (isinstance(value, float) and math.isnan(value))
        ):
            return "must be a whole number" if self.whole else "must be a number"
        return "" if self.low <= value <= self.high else f"must be from {self.low:g} to {self.high:g}"


POLICY = {
    "initial_labels": Number(1, MAX_LABELS),
    "minimum_labels": Number(1, MAX_LABELS),
    "maximum_labels": Number(1, MAX_LABELS),
    "stop_confidence": Number(0.001, 1, whole=False),
    "contest_below": Number(0, 1, whole=False),
    "abstentions_to_contest": Number(1, MAX_LABELS),
    "gold_share": Number(0, 0.5, whole=False),
    "yardstick_share": Number(0, 1, whole=False),
    "audit_share": Number(0, 1, whole=False),
    "batch_size": Number(1, 1000),
    "lease_seconds": Number(1, 7 * 24 * 3600),
    "fit_max_age": Number(1, 1_000_000),
    "test_share": Number(0, 1, whole=False),
    "validation_share": Number(0, 1, whole=False),
    "near_threshold": Number(0.7, 1, whole=False, empty=True),
    "threshold": Number(0.0001, 0.9999, whole=False, empty=True),
    "labels_per_item": Number(1, MAX_LABELS, whole=False, empty=True),
    "cost_per_item": Number(1, MAX_LABELS, whole=False, empty=True),
    "expert_accuracy": Number(0.01, 1, whole=False),
    "least_quality": Number(0, 0.99, whole=False),
    "suggest_withheld": Number(0, 1, whole=False),
    "aging_days": Number(0.01, 3650, whole=False),
    "daily_limit": Number(1, 1_000_000, empty=True),
    "max_share": Number(0.001, 1, whole=False, empty=True),
    "qualification_items": Number(0, 100),
    "qualification_pass": Number(0, 1, whole=False),
    "gold_exposure": Number(1, 1_000_000, empty=True),
    "price_label": Number(0, MAX_MONEY),
    "price_expert": Number(0, MAX_MONEY),
    "pay_hour": Number(1, MAX_MONEY, empty=True),
    "withholding_days": Number(1, 365),
    "budget": Number(0, MAX_MONEY, empty=True),
}
CHOICES: dict[str, type[TextChoices]] = {"mode": Mode, "truth_model": TruthModel, "on_flag": OnFlag}
SWITCHES = ("model_votes", "suggest")
POLICY_FIELDS = (*POLICY, *CHOICES, *SWITCHES, "checks", "currency")


def check_slug(slug: Any) -> str:
    if not isinstance(slug, str) or len(slug) > MAX_SLUG or not SLUG.fullmatch(slug):
        raise invalid("slug", f"must be 1 to {MAX_SLUG} lower-case letters and digits, with single hyphens between")
    return slug


def check_text(value: Any, *, field: str, most: int, empty: bool = False) -> str:
    """The text without blanks around it; `most`: characters."""
    if not isinstance(value, str) or "\x00" in value or len(value.strip()) > most or not (empty or value.strip()):
        asked = gettext("must be text of %(least)s to %(most)s characters, without NUL")
        raise invalid(field, asked % {"least": 0 if empty else 1, "most": f"{most:,}"})
    return value.strip()


def check_seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not -BIGGEST <= seed <= BIGGEST:
        raise invalid("seed", f"must be a whole number from {-BIGGEST} to {BIGGEST}")
    return seed


def check_schema(kind: Any, definition: Any) -> dict[str, Any]:
    """The definition, cleaned by its kind."""
    if not isinstance(kind, str):
        raise invalid("kind", "must be text")
    try:
        if "\x00" in all_text(definition):
            raise SchemaError("definition: must not hold NUL")
        return kind_of(kind).check_definition(definition)
    except SchemaError as error:
        where, _, message = str(error).partition(": ")
        raise invalid(where, message) from error


def all_text(value: Any) -> str:
    """Every text within a JSON value, keys included, one after another."""
    if isinstance(value, dict):
        return "".join(f"{key}{all_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "".join(all_text(inner) for inner in value)
    return value if isinstance(value, str) else ""


def check_mapping(mapping: Any, *, before: list[str], after: list[str]) -> dict[str, str]:
    """{each class of the version before: a class of the new one}. It may be left out while every class stays."""
    gone = [name for name in before if name not in after]
    if mapping is None:
        if gone:
            raise invalid("mapping", f"is missing: say what becomes of {', '.join(map(repr, gone))}")
        return {name: name for name in before}
    if not isinstance(mapping, dict):
        raise invalid("mapping", "must be an object {class before: class after}")
    faults = [(name, "is missing: say which class it becomes") for name in before if name not in mapping]
    faults += [(name, "is not a class of the version before") for name in mapping if name not in before]
    faults += [
        (name, f"becomes {new!r}, which is not one of {', '.join(after)}")
        for name, new in mapping.items()
        if name in before and new not in after
    ]
    refuse([(f"mapping.{name}", message) for name, message in faults])
    return {name: mapping[name] for name in before}


def check_tag(tag: Any, *, field: str = "tag") -> str:
    """A skill's tag, such as "lang:de"."""
    if not isinstance(tag, str) or not TAG.fullmatch(tag):
        raise invalid(field, "must be 1 to 60 lower-case letters, digits, and : - _ . between them, like lang:de")
    return tag


def check_level(level: Any, *, field: str = "level") -> int:
    if isinstance(level, bool) or not isinstance(level, int) or level not in LEVELS:
        raise invalid(field, f"must be a whole number from {LEVELS[0]} to {LEVELS[-1]}")
    return level


def check_needs(needs: Any, *, field: str = "needs") -> dict[str, int]:
    """What an item needs of who labels it: {tag: least level}, by tag. Empty: nothing."""
    if needs is None:
        return {}
    if not isinstance(needs, dict):
        raise invalid(field, 'must be an object {tag: least level}, like {"lang:de": 2}')
    if len(needs) > MAX_NEEDS:
        raise invalid(field, f"must name at most {MAX_NEEDS} tags; it names {len(needs)}")
    checked = {check_tag(tag, field=field): check_level(level, field=f"{field}.{tag}") for tag, level in needs.items()}
    return dict(sorted(checked.items()))


def check_policy(values: Any) -> dict[str, Any]:
    """The given fields of a policy, each alone valid; what they must be together is for `check_policy_whole`."""
    if not isinstance(values, dict):
        raise invalid("policy", "must be an object of fields and values")
    faults = [(f"policy.{name}", _policy_fault(name, value)) for name, value in values.items()]
    faults += [(f"policy.{where}", message) for where, message in limits.faults_of(values.get("checks", {}))]
    refuse([(where, message) for where, message in faults if message])
    return dict(values)


def check_policy_whole(values: dict[str, Any]) -> None:
    """Refuse fields that contradict one another; `values` holds every field of the policy."""
    faults = []
    # Where a cost is wanted, an item is judged with one label only once a fit says what that is worth.
    if values["mode"] == Mode.ADAPTIVE and values["minimum_labels"] < 2 and values.get("cost_per_item") is None:
        faults.append(("policy.minimum_labels", "must be at least 2: one label lets the estimate confirm itself"))
    if values["initial_labels"] < values["minimum_labels"]:
        faults.append(("policy.initial_labels", f"must be at least minimum_labels ({values['minimum_labels']})"))
    if values["maximum_labels"] < values["initial_labels"]:
        faults.append(("policy.maximum_labels", f"must be at least initial_labels ({values['initial_labels']})"))
    if values["test_share"] + values["validation_share"] > 1:
        faults.append(("policy.test_share", "and validation_share must not be more than 1 together"))
    refuse([*faults, *_batch_faults(values)])


def _batch_faults(values: dict[str, Any]) -> list[tuple[str, str]]:
    """A batch is set aside as a whole, and an account holds thousands of the dearest ones."""
    most = MAX_MONEY // values["batch_size"]
    if values["pay_hour"] is None:
        too_dear = values["price_label"] > most
        return [("policy.price_label", f"must be at most {most} for batches of that size")] if too_dear else []
    hourly = most * 3600 // values["lease_seconds"]
    if values["pay_hour"] <= hourly:
        return []
    return [("policy.pay_hour", f"must be at most {hourly} for batches of that size and leases of that length")]


def _policy_fault(name: Any, value: Any) -> str:
    if name in POLICY:
        return POLICY[name].fault(value)
    if name in CHOICES:
        allowed = CHOICES[name].values
        return "" if isinstance(value, str) and value in allowed else f"must be one of {', '.join(allowed)}"
    if name in SWITCHES:
        return "" if isinstance(value, bool) else "must be true or false"
    if name == "checks":
        return ""
    if name == "currency":
        fits = isinstance(value, str) and 1 <= len(value.strip()) <= 10 and "\x00" not in value
        return "" if fits else "must be text of 1 to 10 characters"
    return f"is not known; the fields are {', '.join(POLICY_FIELDS)}"


def invalid(where: str, message: str) -> Invalid:
    """One refusal that names its field."""
    return Invalid(f"{where}: {message}", errors=[{"where": where, "message": message}])


def refuse(faults: list[tuple[str, str]]) -> None:
    """Raise one `Invalid` that holds every fault, if there is any."""
    if faults:
        raise Invalid(
            "; ".join(f"{where}: {message}" for where, message in faults),
            errors=[{"where": where, "message": message} for where, message in faults],
        )
