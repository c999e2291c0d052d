"""The difference hash of a picture that came as a data: URL. Pictures at an address are never fetched."""

import base64
import binascii
import re
import warnings
from io import BytesIO
from urllib.parse import unquote_to_bytes

import numpy as np
from PIL import Image, UnidentifiedImageError

from labelling.stats.near.image_hash import HEIGHT, WIDTH, difference_hash

# What a malicious or careless picture may cost: the bytes are checked before decoding, the size before its pixels are.
MOST_BYTES = 8_000_000
MOST_PIXELS = 16_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp)(;[^,]*)?,", re.ASCII)


def picture_hash(url: str) -> int | None:
    """64 bits; None for an address, a drawing (SVG), and what is broken, too large or of one colour.

    Transparent places are seen as white, of moving pictures the first one counts.
    """
    content = _content(url)
    if content is None:
        return None
    try:
        with warnings.catch_warnings():
            # Pillow warns of many pixels before it raises; the size is checked here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as picture:
                found = _hashed(picture)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError, EOFError):
        return None
    return found or None


def _content(url: str) -> bytes | None:
    head = _DATA.match(url)
    if head is None or len(url) > MOST_BYTES * 4 // 3 + 100:
        return None
    body = unquote_to_bytes(url[head.end() :])
    if not (head.group(1) or "").endswith(";base64"):
        return body
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return None


def _hashed(picture: Image.Image) -> int:
    """0 where nothing can be said."""
    if picture.width * picture.height > MOST_PIXELS:
        return 0
    picture.draft("L", (8 * WIDTH, 8 * HEIGHT))
    seen = Image.new("RGBA", picture.size, "white")
    seen.alpha_composite(picture.convert("RGBA"))
    small = seen.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return int(difference_hash(np.asarray(small, np.uint8)[None])[0])
