"""The questions of a Label Studio export whose label config isn't at hand, from its results."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labelling.incoming import flat
from labelling.incoming.config import ALONE, Config
from labelling.incoming.found import Json, Question, Shown, listed, refused
from labelling.incoming.results import TYPES
from labelling.schemas.rating import MOST_LEVELS

# Choices are of one, until an answer has several.
KIND_OF = {kind: name for name, kinds in reversed(TYPES.items()) for kind in kinds}
# The key of a value that tells what kind of question it answers.
TOLD_BY = {
    "choices": "choices", "labels": "labels", "rectanglelabels": "rectanglelabels", "rating": "rating",
    "selected": "pairwise", "ranker": "ranker", "text": "textarea",
}  # fmt: skip
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".svg")


@dataclass
class _Seen:
    """What was seen of one question. most: choices in one answer, or the highest rating."""

    type: str
    target: str
    most: int = 1


@dataclass
class _Sight:
    questions: dict[str, _Seen] = field(default_factory=dict)
    data: Json = field(default_factory=dict)
    flat: bool = False


def guess(records: Iterable[Json], wanted: str | None) -> Config:
    """The questions of the results, the first seen first. wanted: in rows with bare texts nothing else says which of
    them is the answer. Raises Refused."""
    sight = _Sight()
    for record in records:
        _look(sight, record, wanted)
    config = Config()
    for name, seen in sight.questions.items():
        kind = KIND_OF.get(seen.type)
        if kind is None:
            config.others[name] = f"results of the type {seen.type!r} have no kind of label here"
        else:
            question = _question(name, kind, seen, sight.data)
            if isinstance(question, str):
                config.others[name] = question
            else:
                config.questions.append(question)
    if sight.flat and not sight.questions:
        raise refused("question", "say which column holds the answers, or give the label config (--config)")
    return config


def _look(sight: _Sight, record: Json, wanted: str | None) -> None:
    if flat.is_flat(record):
        sight.flat = True
        for name, cell in record.items():
            for value in flat.values_of(cell, "single_choice") if _is_answer(cell) or name == wanted else ():
                kind = next((kind for key, kind in TOLD_BY.items() if key in value), None)
                if kind is not None:
                    _see(sight, name, kind, name, value)
        sight.data = sight.data or {name: cell for name, cell in record.items() if name not in flat.OF_ROW}
        return
    data = record.get("data")
    if not sight.data and isinstance(data, dict):
        sight.data = data
    holders = [one for name in ("annotations", "completions", "predictions") for one in listed(record.get(name))]
    for holder in holders:
        results = holder.get("result") if isinstance(holder, dict) else None
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict) and isinstance(result.get("from_name"), str):
                held = result.get("value")
                _see(sight, result["from_name"], str(result.get("type", "")).lower(), str(result.get("to_name", "")),
                     held if isinstance(held, dict) else {})  # fmt: skip


def _is_answer(cell: Any) -> bool:
    """Whether a cell of a row looks like what Label Studio writes, not like data."""
    if isinstance(cell, str) and cell.startswith(("[{", '{"')):
        cell = flat.values_of(cell, "single_choice")
    values = cell if isinstance(cell, list) else [cell]
    return bool(values) and all(isinstance(one, dict) and TOLD_BY.keys() & one.keys() for one in values)


def _see(sight: _Sight, name: str, kind: str, target: str, value: Json) -> None:
    seen = sight.questions.setdefault(name, _Seen(kind, target))
    counted = {"choices": lambda: len(listed(value.get("choices"))), "rating": lambda: value.get("rating")}
    most = counted[kind]() if kind in counted else 1
    if isinstance(most, int):
        seen.most = max(seen.most, most)


def _question(name: str, kind: str, seen: _Seen, data: Json) -> Question | str:
    fields = [field for field in data if field != name]
    targets = [target for target in seen.target.split(",") if target in fields]
    if kind in ("preference", "ranking"):
        wanted = 2 if kind == "preference" else 1
        if len(targets) < wanted:
            return "what is compared isn't said in the results; give the label config (--config)"
        compared: Any = targets[:2] if kind == "preference" else targets[0]
        return Question(name, kind, name, tuple(map(Shown, targets[:wanted])), (), {"candidates": compared})
    drawn = "image" if kind == "boxes" else None
    shown = targets[:1] or [field for field in fields if isinstance(data[field], str)][:1]
    if not shown:
        return "the data hold no text that could be shown; give the label config (--config)"
    look = drawn or ("image" if _is_picture(data[shown[0]]) and kind != "spans" else "plain")
    settings: Json = {}
    if kind == "single_choice" and seen.most > 1:
        kind = "multiple_choice"
    if kind == "rating":
        if seen.most > MOST_LEVELS:
            return f"a scale has at most {MOST_LEVELS} levels here; there is a rating of {seen.most}"
        settings = {"scale": {"low": 1, "high": max(seen.most, 5), "look": "stars"}}
    assert kind in TYPES and (kind not in ALONE or len(shown) == 1)
    return Question(name, kind, name, (Shown(shown[0], look),), (), settings)


def _is_picture(value: Any) -> bool:
    return isinstance(value, str) and value.lower().partition("?")[0].endswith(PICTURES)
