"""How large an image is, in pixels: from its payload, or measured where the payload holds the image itself."""

import base64
import binascii
import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

import PIL
from PIL import Image

from labelling.datasets.formats.base import NotHeld
from labelling.schemas.boxes import WHOLE
from labelling.schemas.outside import Box

Size = tuple[int, int]
MOST_NAMED = 20
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
# More than a screen can show, and exact to a hundredth of a ten-thousandth of a side of 1,000 pixels.
DECIMALS = 4


class Unsized:
    """Rows whose image has no known size: counted, and the first of them named."""

    def __init__(self, format_name: str) -> None:
        self.format_name, self.n = format_name, 0
        self.keys: list[str] = []

    def add(self, key: str) -> None:
        self.n += 1
        if len(self.keys) < MOST_NAMED:
            self.keys.append(key)

    def refuse(self) -> None:
        """Raises NotHeld if there were any."""
        if not self.n:
            return
        named = ", ".join(map(repr, self.keys)) + (", …" if self.n > len(self.keys) else "")
        raise NotHeld(
            f"{self.format_name} counts in pixels, and the size of the image is not known of {self.n} row(s): {named}. "
            'Send images as {"url", "width", "height"}, or export as label-studio or jsonl, which count in shares of '
            "the image."
        )


def size_of(image: Any) -> Size | None:
    """Width and height as browsers show the image; None where neither the payload nor the image itself says it."""
    if isinstance(image, dict) and image.get("width") and image.get("height"):
        return int(image["width"]), int(image["height"])
    url = image.get("url") if isinstance(image, dict) else image
    return measured(url) if isinstance(url, str) and url.startswith("data:") else None


def measured(url: str) -> Size | None:
    """The size of the image in a data: URL, turned as its EXIF data say; None where it can't be read."""
    head, _, body = url.partition(",")
    try:
        data = base64.b64decode(unquote_to_bytes(body)) if head.endswith(";base64") else unquote_to_bytes(body)
        with Image.open(io.BytesIO(data)) as found:
            width, height = found.size
            turned = found.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    except (PIL.UnidentifiedImageError, Image.DecompressionBombError, binascii.Error, OSError, ValueError):
        return None
    return (height, width) if turned else (width, height)


def in_pixels(boxes: Iterable[Box], size: Size) -> list[tuple[str, float, float, float, float]]:
    """Boxes out of 10,000 of an image's sides as pixels: label, x, y, width, height."""
    width, height = size
    sides = (width, height, width, height)
    return [
        (label, *(round(part * side / WHOLE, DECIMALS) for part, side in zip(place, sides, strict=True)))  # type: ignore[misc]  # four of them
        for label, *place in boxes
    ]
