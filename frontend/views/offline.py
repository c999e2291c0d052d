"""The worker that opens the labeller's page without a connection (frontend/src/offline/worker.ts)."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labelling.projects.models import SchemaVersion
from labelling.schemas import inputs

WORKER = "src/offline/worker.ts"
SHELL = ("src/workbench/main.tsx", "src/style.css")
KINDS, ENTRY = "src/schemas/", "/index.ts"
RICH = "src/shared/material/rich.tsx"
# What draws a format, by the name of its file (see frontend/src/shared/material/rich.tsx).
DRAWN_BY = {"markdown": "Markdown", "html": "Html", "image": "Picture"}

Manifest = dict[str, dict[str, Any]]


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Served at the root, so that it may serve every page; its text changes with every build."""
    manifest = _manifest()
    if WORKER not in manifest:
        raise Http404("The front end is not built.")
    return HttpResponse(_script(manifest), content_type="text/javascript; charset=utf-8")


def scripts_of(schema: SchemaVersion) -> list[str]:
    """The addresses of the scripts of a kind of label and of what draws its input. A labeller's page names them: they
    are fetched with it, and kept with it. Those that this build does not know are left out."""
    manifest, shown = _manifest(), schema.definition.get("input") or {}
    formats = {inputs.format_of(shown, field) for field in inputs.fields_of(shown)} - {"plain"}
    drawings = _drawings(manifest)
    keys = [f"{KINDS}{schema.kind}{ENTRY}", *([RICH] if formats else []), *(drawings.get(one, "") for one in formats)]
    return [_address(manifest, key) for key in keys if key in manifest]


def _drawings(manifest: Manifest) -> dict[str, str]:
    """Which part of the build draws each format."""
    later = manifest.get(RICH, {}).get("dynamicImports", ())
    named = {manifest[key]["name"]: key for key in later}
    return {drawn: named[name] for drawn, name in DRAWN_BY.items() if name in named}


def _manifest() -> Manifest:
    path: Path = settings.VITE_DIST / "manifest.json"
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


@cache
def _read(path: Path, changed: int) -> Manifest:
    """changed: when the file was, so that a new one is read."""
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _script(manifest: Manifest) -> str:
    """The worker with what it has to know of this build."""
    text = json.dumps(manifest)
    accounts = [reverse(name) for name in ("sign_in", "sign_out", "admin:login", "admin:logout")]
    accounts += [reverse(name, args=["-"]).removesuffix("-/") for name in ("join", "enter")]
    build = {"version": hashlib.sha256(text.encode()).hexdigest()[:12], "accounts": accounts, **files_of(manifest)}
    code = (settings.VITE_DIST / manifest[WORKER]["file"]).read_text(encoding="utf-8")
    return f"self.OFFLINE = {json.dumps(build)};\n{code}"


def files_of(manifest: Manifest) -> dict[str, Any]:
    """`shell`: the addresses of what every labeller's page loads; `named`: what each part adds that pages name (a kind
    of label, what draws a format), its own script first."""
    parts = sorted([key for key in manifest if _is_kind(key)] + list(_drawings(manifest).values()))
    shell = _reached(manifest, SHELL, set(), without=parts)
    return {
        "shell": [_address(manifest, key) for key in shell],
        "named": [
            [_address(manifest, key) for key in _reached(manifest, [part], set(shell), without=parts)] for part in parts
        ],
    }


def _is_kind(key: str) -> bool:
    return key.startswith(KINDS) and key.endswith(ENTRY)


def _reached(manifest: Manifest, start: Sequence[str], known: set[str], *, without: Sequence[str]) -> list[str]:
    """These and all that they import now or later; the parts that pages name only where they are among these, or are
    imported at once."""
    found, ahead = [], list(start)
    while ahead:
        key = ahead.pop(0)
        if key in known:
            continue
        known.add(key)
        found.append(key)
        later = (one for one in manifest[key].get("dynamicImports", ()) if one not in without)
        ahead += [*manifest[key].get("imports", ()), *later]
    return found


def _address(manifest: Manifest, key: str) -> str:
    return f"{settings.STATIC_URL}{manifest[key]['file']}"
