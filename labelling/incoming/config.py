"""Label Studio's label config: which of its questions are ours, and what they ask of whom."""

from dataclasses import dataclass, field
from typing import Any

from labelling.incoming.found import Json, Question, Shown
from labelling.incoming.markup import Tag, parse
from labelling.schemas.rating import MOST_LEVELS

# What is looked at, and how we draw it.
OBJECTS = {"text": "plain", "hypertext": "html", "image": "image", "header": "plain", "list": "plain"}
# Tags that ask for something, ours or not; all others are looks.
CONTROLS = {
    "choices": "single_choice", "labels": "spans", "hypertextlabels": "", "rectanglelabels": "boxes",
    "textarea": "transcription", "rating": "rating", "pairwise": "preference", "ranker": "ranking",
}  # fmt: skip
UNSUPPORTED = frozenset((
    "taxonomy", "polygon", "polygonlabels", "keypoint", "keypointlabels", "brush", "brushlabels", "ellipse",
    "ellipselabels", "rectangle", "number", "datetime", "relations", "relation", "videorectangle", "paragraphlabels",
    "timeserieslabels", "timelinelabels", "magicwand", "bitmask", "bitmasklabels", "vector", "vectorlabels",
    "dynamiclabels", "bucket", "reactcode", "chatmessage",
))  # fmt: skip
# What is looked at that we can't show.
UNSEEN = frozenset(("audio", "audioplus", "video", "timeseries", "paragraphs", "table", "pdf", "chat"))
# Which kinds show several things at once.
ALONE = frozenset(("spans", "boxes", "transcription"))


@dataclass
class Config:
    """The questions that are ours, in the order of the document; others: {name or tag: why it is not taken}."""

    questions: list[Question] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)


def read_config(text: bytes, where: str) -> Config:
    """Raises Refused where it is no XML."""
    root = parse(text, where)
    reader = _Reader(root)
    for tag in root.walk():
        reader.take(tag)
    return reader.config


class _Reader:
    def __init__(self, root: Tag) -> None:
        self.config, self.header = Config(), ""
        tags = list(root.walk())
        self.objects = {tag.get("name"): tag for tag in tags if tag.name.lower() in OBJECTS and tag.get("name")}
        self.unseen = {tag.get("name"): tag for tag in tags if tag.name.lower() in UNSEEN}

    def take(self, tag: Tag) -> None:
        kind = tag.name.lower()
        if kind == "header" and not tag.get("value").startswith("$"):
            self.header = tag.get("value")
        elif kind in UNSUPPORTED or (kind in CONTROLS and not CONTROLS[kind]):
            self.config.others[tag.get("name") or tag.name] = f"<{tag.name}> has no kind of label here"
        elif kind in UNSEEN:
            self.config.others[tag.get("name") or tag.name] = f"<{tag.name}> can't be shown here"
        elif kind in CONTROLS:
            name = tag.get("name") or tag.name
            question = self.question(tag, name, CONTROLS[kind])
            if isinstance(question, str):
                self.config.others[name] = question
            else:
                self.config.questions.append(question)

    def question(self, tag: Tag, name: str, kind: str) -> Question | str:
        """The question, or why it is none of ours."""
        for within in ("perRegion", "perItem"):
            if tag.get(within).lower() == "true":
                return f"<{tag.name} {within}> asks about parts of an item"
        targets = [target for target in tag.get("toName").replace(" ", "").split(",") if target]
        for target in targets:
            if target in self.unseen:
                return f"<{self.unseen[target].name}> can't be shown here"
        shown = self.shown(targets, kind)
        if isinstance(shown, str):
            return shown
        settings: Json | str = _settings(tag, kind, shown)
        if isinstance(settings, str):
            return settings
        kind = settings.pop("kind", kind)
        names = tuple(_names(tag)) if kind in ("single_choice", "multiple_choice", "spans", "boxes") else ()
        return Question(name, kind, self.header or name, shown, names, settings)

    def shown(self, targets: list[str], kind: str) -> tuple[Shown, ...] | str:
        """What the question is about, then what else stands there, as far as the kind has room for it."""
        about = [self.objects[target] for target in targets if target in self.objects]
        if len(about) < len(targets) or not about:
            return f"it is about {', '.join(targets) or 'nothing'}, which the config doesn't show"
        beside = [tag for tag in self.objects.values() if tag not in about and tag.name.lower() != "list"]
        fields = [_shown(tag) for tag in about]
        if kind in ("preference", "ranking"):
            fields = [_shown(tag) for tag in beside if tag.name.lower() != "image"] + fields
        elif kind not in ALONE and len(about) == 1 and len(beside) == 1:
            pair = [tag for tag in self.objects.values() if tag in (about[0], beside[0])]
            fields = [_shown(tag) for tag in pair]
        found = [one for one in fields if one is not None]
        if len(found) < len(about):
            return "it is about a fixed text; value must be $ and a field of the data"
        return _fits(tuple(dict.fromkeys(found)), kind)


def _fits(shown: tuple[Shown, ...], kind: str) -> tuple[Shown, ...] | str:
    drawn = {one.drawn for one in shown}
    if kind == "boxes" and drawn != {"image"}:
        return "boxes are drawn on an <Image>"
    if kind == "spans" and drawn != {"plain"}:
        return "spans are marked in a <Text>; the places in a <HyperText> are counted in its markup"
    return shown[:1] if kind in ALONE else shown


def _shown(tag: Tag) -> Shown | None:
    value = tag.get("value") or tag.get("valueList")
    return Shown(value[1:], OBJECTS[tag.name.lower()]) if value.startswith("$") else None


def _names(tag: Tag) -> list[Json]:
    """The classes as results name them, by alias or value, with the text that is seen and a key of one character."""
    names: list[Json] = []
    keys: set[str] = set()
    for choice in tag.walk():
        name = choice.get("alias") or choice.get("value")
        if choice.name.lower() not in ("choice", "label") or not name or name in (one["name"] for one in names):
            continue
        one = {"name": name, **({"title": choice.get("value")} if choice.get("alias") and choice.get("value") else {})}
        if (hint := choice.get("hint").strip()) and len(hint) <= 200:
            one["hint"] = hint
        key = choice.get("hotkey").strip().lower()
        if len(key) == 1 and key not in keys:
            keys.add(key)
            one["key"] = key
        names.append(one)
    return names


def _settings(tag: Tag, kind: str, shown: tuple[Shown, ...]) -> Json | str:
    found: dict[str, Any] = {}
    if kind == "single_choice" and tag.get("choice").lower() == "multiple":
        found["kind"] = "multiple_choice"
    if kind == "rating":
        most = tag.get("maxRating") or "5"
        if not most.isdecimal() or len(most) > 9 or not 2 <= int(most) <= MOST_LEVELS:
            return f"maxRating must be 2 to {MOST_LEVELS} here, not {most:.20}"
        found["scale"] = {"low": 1, "high": int(most), "look": "stars"}
    if kind == "transcription" and (source := tag.get("value")).startswith("$"):
        found["source"] = source[1:]
    if kind == "preference":
        if len(shown) < 2:
            return "needs two things to compare in toName"
        found["candidates"] = [one.field for one in shown[-2:]]
    if kind == "ranking":
        found["candidates"] = shown[-1].field
    return found
