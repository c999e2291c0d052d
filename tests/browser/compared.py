"""Projects that ask which of two is better, for several answers, a rating or an order; and what is labelled in them."""

import json
from typing import Any

from labelling.projects.actions import create_project
from labelling.projects.models import Project
from tests.factories import NOW, SALT_KEY, SEED, make_items, make_user

ANSWERS = ("Use a lid: it boils sooner.", "Wait.", "Water boils at 100 °C at sea level, sooner with a lid on.", "No.")
LISTED = {"input": {"kind": "texts", "fields": ["prompt", "answers"]}, "candidates": "answers", "authors": "models"}
ANIMALS = [{"name": "cat", "title": "Cat"}, {"name": "dog", "title": "Dog"}, {"name": "hen", "title": "Hen"}]
DEFINITIONS: dict[str, dict[str, Any]] = {
    "preference": {
        "question": "Which answer is better?", **LISTED, "ties": ["tie", "both_bad"],
        "reasons": {"tags": ["More accurate", "Clearer"], "words": True},
    },
    "multiple_choice": {
        "question": "Which animals are spoken of?", "input": {"kind": "text", "fields": ["text"]}, "choices": ANIMALS,
        "minimum": 0, "maximum": 2,
    },
    "rating": {
        "question": "How helpful is the answer?", "input": {"kind": "text_pair", "fields": ["prompt", "answer"]},
        "scale": {"low": 1, "high": 5, "low_title": "Not at all", "high_title": "Completely", "look": "stars"},
    },
    "ranking": {"question": "Put the answers in order, the best first.", **LISTED},
}  # fmt: skip


def payload(kind: str, number: int) -> dict[str, Any]:
    prompt = f"{number}: How do I boil water quickly?"
    if kind == "multiple_choice":
        return {"text": f"{number}: The cat sleeps while the dog keeps watch."}
    if kind == "rating":
        return {"prompt": prompt, "answer": ANSWERS[2]}
    n = 2 if kind == "preference" else 4
    return {"prompt": prompt, "answers": list(ANSWERS[:n]), "models": [f"model-{one}" for one in range(n)]}


def make_comparing(kind: str, n: int = 8, **policy: Any) -> Project:
    """A project of that kind with n open items."""
    project = create_project(
        slug="matching", name="Boiling", kind=kind, definition=DEFINITIONS[kind], guideline="Be strict.",
        policy={"gold_share": 0.0, "initial_labels": 2, **policy}, by=make_user("olga"), seed=SEED, now=NOW,
        salt_key=SALT_KEY,
    )  # fmt: skip
    for number, item in enumerate(make_items(project, n), start=1):
        item.example.payload = json.dumps(payload(kind, number))
        item.example.save(update_fields=["payload"])
    return project
