"""The worker that opens the labeller's page without a connection (frontend/src/offline/worker.ts)."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

WORKER = "src/offline/worker.ts"
SHELL = ("src/workbench/main.tsx", "src/style.css")
KINDS = "src/schemas/"

Manifest = dict[str, dict[str, Any]]


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Served at the root, so that it may serve every page; its text changes with every build."""
    manifest = _manifest()
    if WORKER not in manifest:
        raise Http404("The front end is not built.")
    return HttpResponse(_script(manifest), content_type="text/javascript; charset=utf-8")


def script_of(kind: str) -> str:
    """The address of the script of a kind of label; "" for one that this build does not know."""
    manifest, key = _manifest(), f"{KINDS}{kind}/index.ts"
    return _address(manifest, key) if key in manifest else ""


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
    accounts = [reverse("sign_in"), reverse("sign_out"), reverse("admin:login"), reverse("admin:logout"), "/join/"]
    build = {"version": hashlib.sha256(text.encode()).hexdigest()[:12], "accounts": accounts, **files_of(manifest)}
    code = (settings.VITE_DIST / manifest[WORKER]["file"]).read_text(encoding="utf-8")
    return f"self.OFFLINE = {json.dumps(build)};\n{code}"


def files_of(manifest: Manifest) -> dict[str, Any]:
    """`shell`: the addresses of what every labeller's page loads; `kinds`: what each kind of label adds, its own script
    first."""
    shell = _reached(manifest, SHELL, set())
    kinds = [key for key in manifest if key.startswith(KINDS) and manifest[key].get("isDynamicEntry")]
    return {
        "shell": [_address(manifest, key) for key in shell],
        "kinds": [[_address(manifest, key) for key in _reached(manifest, [key], set(shell))] for key in sorted(kinds)],
    }


def _reached(manifest: Manifest, start: Any, known: set[str]) -> list[str]:
    """These and all that they import now or later; a kind of label only where it is one of them."""
    found, ahead = [], list(start)
    while ahead:
        key = ahead.pop(0)
        if key in known:
            continue
        known.add(key)
        found.append(key)
        later = (one for one in manifest[key].get("dynamicImports", ()) if not one.startswith(KINDS))
        ahead += [*manifest[key].get("imports", ()), *later]
    return found


def _address(manifest: Manifest, key: str) -> str:
    return f"{settings.STATIC_URL}{manifest[key]['file']}"
