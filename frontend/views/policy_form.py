"""The policy as a form: every field with its help, money in units of the currency."""

from decimal import Decimal
from typing import Any

from django import forms

from frontend.views.limits_form import LimitsField
from labelling.projects.checks import CHOICES, MAX_MONEY, POLICY, SWITCHES
from labelling.projects.models import PolicyVersion

MICRO = 1_000_000
MONEY = ("price_label", "price_expert", "pay_hour", "budget")

# Group, then (field, label, help).
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "How many labels an item gets",
        (
            ("mode", "Mode", "Adaptive stops as soon as the answer is sure enough; fixed always asks for the most."),
            ("minimum_labels", "At least", "No item is resolved with fewer."),
            ("initial_labels", "At first", "How many people a new item goes to, before anything is known of it."),
            ("maximum_labels", "At most", "With that many and still unsure, an expert decides."),
            (
                "labels_per_item",
                "On average",
                "3: adaptive stopping is steered so that items get three labels on average. Empty: what each needs.",
            ),
            (
                "cost_per_item",
                "Cost on average",
                "2.5: labels and experts together are steered to cost as much as two and a half labels an item, each "
                "bought where it tells most; then the number of labels on average isn't asked for. Empty: what each "
                "needs.",
            ),
        ),
    ),
    (
        "When it is enough",
        (
            (
                "stop_confidence",
                "Stop at a probability of",
                "0.95: stop when one answer is right in 95 of 100 such cases.",
            ),
            (
                "contest_below",
                "Contest below",
                "With the most labels given and a probability below this, an expert decides.",
            ),
            (
                "abstentions_to_contest",
                "Abstentions that contest",
                "That many people who can't decide send it to an expert.",
            ),
        ),
    ),
    (
        "Whom to believe",
        (
            (
                "truth_model",
                "How answers are weighed",
                "Automatic: the way that comes closest to the known answers, once there are enough of them.",
            ),
            (
                "model_votes",
                "Show what the model's vote would change",
                "On the page Quality. Decisions stay with people: answers that lean on the model can't show where it "
                "is wrong.",
            ),
            (
                "expert_accuracy",
                "How often an expert is right",
                "1: always. Weighed when an item could go to an expert.",
            ),
            (
                "least_quality",
                "Least quality of labellers",
                "0.4: no more work for who surely saves less than 40% of the cost of not knowing. Their labels still "
                "count. 0: nobody is refused.",
            ),
            (
                "suggest",
                "Labellers begin with the model's answer",
                "Spans, boxes and texts are corrected instead of made. It saves time and pulls people towards the "
                "model; the page Quality shows how much.",
            ),
            (
                "suggest_withheld",
                "Share begun with nothing",
                "0.1: of one item in ten, drawn by chance, nobody sees the model's answer, to compare with.",
            ),
            ("on_flag", "When a labeller is flagged", "A flag is evidence, not a verdict; you decide what follows."),
        ),
    ),
    (
        "Checks hidden in the work",
        (
            (
                "gold_share",
                "Share of known answers",
                "0.05: one item in twenty that a labeller gets has a known answer. At most 0.5.",
            ),
            (
                "gold_exposure",
                "People who may get the same known answer",
                "After that many, an item with a known answer is used no more: the fewer, the less it gets around. "
                "Empty: any number.",
            ),
            (
                "yardstick_share",
                "Share for measuring agreement",
                "Items that always get the most labels, so that agreement is measured fairly.",
            ),
            (
                "audit_share",
                "Share audited by experts",
                "Resolved items that an expert answers blind, to measure the error that is left.",
            ),
        ),
    ),
    (
        "Practice before real work",
        (
            (
                "qualification_items",
                "Items to practise on",
                "10: new labellers first answer ten training items and see the right answer after each. 0: none.",
            ),
            (
                "qualification_pass",
                "Share that must be right",
                "0.8: eight of ten. Who has fewer goes on practising; you can let people in yourself, under People.",
            ),
        ),
    ),
    (
        "Who gets how much, and in which order",
        (
            (
                "daily_limit",
                "Labels a day for one person",
                "From midnight to midnight, UTC. Empty: no limit.",
            ),
            (
                "max_share",
                "One person's greatest share",
                "0.2: nobody is given more than a fifth of the items of a slice of a round, so that nobody's habits "
                "fill it. Empty: no limit.",
            ),
            (
                "aging_days",
                "Days until age outweighs value",
                "7: an item that has waited a week longer goes before even the most informative new one.",
            ),
        ),
    ),
    (
        "Work and fits",
        (
            ("batch_size", "Labels in a batch", "A batch is accepted or rejected as a whole, and paid when it closes."),
            ("lease_seconds", "Seconds an item is kept for a labeller", "After that it goes to somebody else."),
            (
                "fit_max_age",
                "Labels between fits",
                "How many labels may come before everybody's reliability is estimated anew.",
            ),
        ),
    ),
    (
        "Published versions",
        (
            ("test_share", "Share of the test split", "Drawn at random for each item when it is sampled."),
            ("validation_share", "Share of the validation split", "The rest is for training."),
            (
                "near_threshold",
                "How like is a near-duplicate",
                "0.8: what shares four fifths of its five-letter pieces with an older item takes that item's split, so "
                "that nothing is tested on what was trained on. From 0.7 to 1. Empty: chance alone decides.",
            ),
            (
                "threshold",
                "Threshold of the product",
                "Where your product cuts the first answer's probability, if it does. May be empty.",
            ),
        ),
    ),
    (
        "Checks before a version",
        (
            (
                "checks",
                "Limits",
                "What a check finds beyond its limit warns, or stops the version; an owner may publish all the same "
                "and say why. Empty: never. Why each limit is what it is stands in docs/checks.md.",
            ),
        ),
    ),
    (
        "Money",
        (
            ("currency", "Currency", "Such as EUR; “labels” counts in labels instead of money."),
            ("price_label", "A label costs", "In the currency, up to six digits after the point."),
            ("price_expert", "An expert's decision costs", "In the currency."),
            (
                "pay_hour",
                "An hour pays",
                "In the currency. Empty: labellers are paid by the label. A batch reserves this for as long as its "
                "items may be kept, and gives back what was not worked; the price of a label then only serves to weigh "
                "labels and to forecast.",
            ),
            (
                "withholding_days",
                "Days until a withholding lapses",
                "Pay that is withheld and not confirmed by then is paid.",
            ),
            (
                "budget",
                "Budget",
                "A hard stop for labels and decisions. Empty: none. It never falls below what is spent and reserved.",
            ),
        ),
    ),
)


class PolicyForm(forms.Form):
    """All fields of a policy. `number` is the version that the form was filled from."""

    number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for _, rows in GROUPS:
            for name, label, help_text in rows:
                self.fields[name] = _field(name, label=label, help_text=help_text)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name, _, _ in rows]) for title, rows in GROUPS]

    def changes(self, policy: PolicyVersion) -> dict[str, Any]:
        """The fields that differ from the policy in force, in its units."""
        given = {name: _stored(name, self.cleaned_data[name]) for _, rows in GROUPS for name, _, _ in rows}
        if given["checks"] is None:
            del given["checks"]
        return {name: value for name, value in given.items() if value != getattr(policy, name)}


def filled_from(policy: PolicyVersion) -> PolicyForm:
    values = {name: _shown(name, getattr(policy, name)) for _, rows in GROUPS for name, _, _ in rows}
    return PolicyForm(initial={"number": policy.number, **values})


def _field(name: str, **words: Any) -> forms.Field:
    shape = {"class": "input"}
    if name in CHOICES:
        choices = [(value, f"{says[:1].upper()}{says[1:]}") for value, says in CHOICES[name].choices]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=shape), **words)
    if name in SWITCHES:
        return forms.BooleanField(required=False, **words)
    if name == "checks":
        return LimitsField(required=False, **words)
    if name == "currency":
        return forms.CharField(max_length=10, widget=forms.TextInput(attrs=shape), **words)
    kept = POLICY[name]
    common: dict[str, Any] = {"required": not kept.empty, **words}
    if name in MONEY:
        widget = forms.NumberInput(attrs=shape | {"step": "any", "inputmode": "decimal"})
        return forms.DecimalField(min_value=0, max_value=MAX_MONEY // MICRO, decimal_places=6, widget=widget, **common)
    if kept.whole:
        widget = forms.NumberInput(attrs=shape)
        return forms.IntegerField(min_value=int(kept.low), max_value=int(kept.high), widget=widget, **common)
    widget = forms.NumberInput(attrs=shape | {"step": "any", "inputmode": "decimal"})
    return forms.FloatField(min_value=kept.low, max_value=kept.high, widget=widget, **common)


def _stored(name: str, value: Any) -> Any:
    return int(value * MICRO) if name in MONEY and value is not None else value


def _shown(name: str, value: Any) -> Any:
    if name not in MONEY or value is None:
        return value
    units = Decimal(value) / MICRO
    return f"{units:f}".rstrip("0").rstrip(".") if "." in f"{units:f}" else f"{units:f}"
