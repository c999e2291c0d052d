"""What a page's scripts need to speak its language."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

register = template.Library()

LOCALE = Path(__file__).resolve().parent.parent / "locale"


# What may not stand inside of <script> as it is.
ESCAPED = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def script_messages(kind: str = "") -> SafeString | str:
    """The strings of a page's scripts for frontend/src/shared/i18n.ts; nothing in English. kind: of the label that the
    workbench asks for; without one, those of all other pages."""
    language = get_language() or settings.LANGUAGE_CODE
    return "" if language == settings.LANGUAGE_CODE else _embedded(language, kind)


@cache
def _embedded(language: str, kind: str) -> SafeString:
    said = _compiled(language)
    folders = (
        ["workbench", "shared", "schemas", f"schemas/{kind}"] if kind else [one for one in said if one != "workbench"]
    )
    text = json.dumps({k: v for folder in folders for k, v in said.get(folder, {}).items()}, ensure_ascii=False)
    return format_html('<script id="messages" type="application/json">{}</script>', mark_safe(text.translate(ESCAPED)))  # noqa: S308 - escaped


def _compiled(language: str) -> dict[str, Any]:
    path = LOCALE / to_locale(language) / "LC_MESSAGES" / "scripts.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
