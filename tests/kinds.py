"""For tests that go through every kind of label: what the example of each is about, and answers to it."""

from typing import Any

from labelling.schemas import KINDS, kind_of

PICTURE = "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%208%206'/%3E"
# A value for each field that some example names.
VALUES: dict[str, Any] = {
    "text": "Alice Munro flew from Toronto to Oslo in May.",
    "photo": {"url": PICTURE, "width": 800, "height": 600, "alt": "A street"},
    "request": "How do I change a tyre?",
    "answer": "Loosen the nuts, lift the car, swap the wheel.",
    "prompt": "Why is the sky blue?",
    "answers": ["Because of Rayleigh scattering.", "It reflects the sea.", "Nobody knows."],
    "models": ["one", "two", "three"],
}
# Two answers that differ; of kinds with classes they follow from these.
ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "multiple_choice": ({"choices": ["delivery"]}, {"choices": ["price", "quality"]}),
    "spans": (
        {"spans": [{"start": 0, "end": 11, "label": "person"}, {"start": 22, "end": 29, "label": "place"}]},
        {"spans": []},
    ),
    "boxes": (
        {"boxes": [{"label": "car", "x": 1000, "y": 2000, "width": 3000, "height": 2500}]},
        {"boxes": []},
    ),
    "transcription": ({"text": "Alice Munro flew to Oslo."}, {"text": "Alice flew."}),
    "ranking": ({"order": [0, 1, 2]}, {"order": [2, 1, 0]}),
}


def payload_of(name: str) -> dict[str, Any]:
    """What a labeller is shown under the kind's example."""
    fields = [*kind_of(name).fields(kind_of(name).example), "models"]
    values = {field: VALUES[field] for field in fields}
    if name == "preference":
        values |= {"answers": VALUES["answers"][:2], "models": VALUES["models"][:2]}
    return values


def answers_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two answers under the kind's example, checked; the first is taken for right."""
    kind = KINDS[name]
    definition = kind.check_definition(kind.example)
    given = ANSWERS[name] if kind.merging else (kind.from_class(definition, 0), kind.from_class(definition, 1))
    one, other = (kind.check_answer(definition, answer, payload_of(name)) for answer in given)
    return one, other
