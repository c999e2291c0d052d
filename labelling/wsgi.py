"""The WSGI application: `labelling.wsgi`."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelling.settings")


class ForPrograms(WSGIHandler):
    """Serves requests that carry a key: they have no session, get no page and need no token against forgery."""

    def load_middleware(self, is_async: bool = False) -> None:
        for_pages = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.MIDDLEWARE_FOR_PROGRAMS
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = for_pages


serve_pages = get_wsgi_application()
serve_programs = ForPrograms()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    has_key = environ.get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer "
    if has_key and environ.get("PATH_INFO", "").startswith("/api/"):
        # This thread may have served a page in another language before.
        translation.activate(settings.LANGUAGE_CODE)
        return serve_programs(environ, start_response)
    return serve_pages(environ, start_response)
