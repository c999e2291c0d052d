"""What labellers are shown of the data: a field as it is where every item has it as we draw it, else a field beside it
made of it, so that the data stay as they came."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from labelling.incoming.found import Found, Json, Left, Shown
from labelling.schemas.base import SchemaError
from labelling.schemas.inputs import check_image, has_content

NOTHING = "nothing in it can be shown, so it was not taken in, and neither were its labels"
UNREACHED = "a picture whose address can't be opened here: say where they lie (address before pictures, --images)"
PLACE_OF_IMAGES = "/"


@dataclass(frozen=True)
class View:
    """The fields that are shown, as our input names them; made: {field of the payload: what it is made of}."""

    fields: tuple[Shown, ...]
    made: dict[str, Shown]
    images: str = PLACE_OF_IMAGES

    def payload(self, item: Found) -> Json:
        """The item's data, and beside them what is made of them."""
        made = {name: _drawn(_value(item.data, one.field), one.drawn, self.images) for name, one in self.made.items()}
        return {**item.data, **made}

    def has_content(self, payload: Json) -> bool:
        return any(has_content(payload.get(one.field)) for one in self.fields)


def view_of(shown: Iterable[Shown], items: Iterable[Found], *, images: str, left: Left) -> View:
    """Which fields can be shown as they are. images: what stands before the names of pictures that are no addresses."""
    wanted = list(shown)
    unlike: dict[Shown, bool] = {}
    names: set[str] = set()
    for item in items:
        names |= item.data.keys()
        for one in wanted:
            value = item.data.get(one.field)
            if one.field in item.data and _drawn(value, one.drawn, images) == value:
                continue
            unlike[one] = True
            if one.drawn == "image" and isinstance(value, str) and value and images == PLACE_OF_IMAGES:
                left.add(UNREACHED, item.key)
    fields, made = [], {}
    for one in wanted:
        name = one.field
        if one in unlike:
            name = next(name for number in range(1, 100) if (name := _beside(one.field, number)) not in names)
            made[name] = one
        fields.append(Shown(name, one.drawn))
    return View(tuple(fields), made, images)


def _beside(field: str, number: int) -> str:
    return f"{field}_shown" if number == 1 else f"{field}_shown_{number}"


def _value(data: Json, path: str) -> Any:
    """The value of a field, or of one within others: `meta.title`."""
    if path in data:
        return data[path]
    value: Any = data
    for part in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and len(part) < 10 and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _drawn(value: Any, drawn: str, images: str) -> Any:
    """A value as we draw it: an address, a text, or for lists of what is put in order, a list of texts."""
    if drawn == "image":
        return _address(value, images)
    if isinstance(value, list):
        return [_text(one) for one in value]
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, dict) and any(value.get(part) for part in ("title", "body", "html", "text")):
        return "\n".join(str(value[part]) for part in ("title", "body", "html", "text") if value.get(part))
    return json.dumps(value, ensure_ascii=False)


def _address(value: Any, images: str) -> Any:
    try:
        check_image(value)
    except SchemaError:
        text = value if isinstance(value, str) else _text(value)
        return images + quote(text.lstrip("/"), safe="/:%") if text else ""
    return value
