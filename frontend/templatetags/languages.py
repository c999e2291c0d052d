"""What a page's scripts need to speak its language."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

register = template.Library()

LOCALE = Path(__file__).resolve().parent.parent / "locale"


@register.simple_tag
def script_messages(part: str) -> SafeString | str:
    """The strings of that part's scripts (scripts/messages.py) for frontend/src/shared/i18n.ts; nothing in English."""
    language = get_language() or settings.LANGUAGE_CODE
    return "" if language == settings.LANGUAGE_CODE else _embedded(language, part)


@cache
def _embedded(language: str, part: str) -> SafeString:
    return json_script(_compiled(language).get(part, {}), "messages")


def _compiled(language: str) -> dict[str, Any]:
    path = LOCALE / to_locale(language) / "LC_MESSAGES" / "scripts.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
