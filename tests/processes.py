"""One server process: started with a folder and a log of its own, watched until it answers, stopped, tidied away."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

START_SECONDS = 240.0
STOP_SECONDS = 30.0


class ServerFailed(RuntimeError):
    """The server ended or stayed silent while it was starting; the message holds the end of its log."""


class ServerProcess:
    """One running server process with its own folder, removed when it stops."""

    def __init__(
        self,
        *,
        command: Sequence[str | Path],
        folder: Path,
        stop_with: int = signal.SIGTERM,
        run_as: str | None = None,
        run_in: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.stop_with = stop_with
        self.log = folder / "log.txt"
        self.command = [*dying_with_its_parent(stop_with), *(str(part) for part in command)]
        # A session of its own, so that Ctrl-C reaches the tests first and they can still use the server to tidy up.
        self.options = {"cwd": run_in or folder, "env": environment, "start_new_session": True, **identity(run_as)}
        self.process = self._started()

    def _started(self) -> subprocess.Popen:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **self.options
            )

    def end(self, signal_number: int) -> None:
        """End it by this signal and wait until it is gone; its folder stays, for `start_again`."""
        self.process.send_signal(signal_number)
        self.process.wait(STOP_SECONDS)

    def start_again(self, answers: Callable[[], bool]) -> None:
        """Start what was ended, with the same command in the same folder, and wait until it answers."""
        self.process = self._started()
        self.wait_until(answers)

    def wait_until(self, answers: Callable[[], bool]) -> Self:
        """Return once `answers()` is true. ServerFailed, with the end of the log, if it never is."""
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2000:]
                self.stop()
                raise ServerFailed(f"{self.process.args} did not start:\n{tail}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_with)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def dying_with_its_parent(signal_number: int) -> list[str]:
    """What to put before a command so that it ends even if the tests are killed outright; Linux only."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal.Signals(signal_number).name.removeprefix("SIG")] if setpriv else []


def identity(run_as: str | None) -> dict:
    """The arguments of Popen that run a program as this user; none where the user is not to be changed."""
    if run_as is None:
        return {}
    return {"user": run_as, "group": pwd.getpwnam(run_as).pw_gid, "extra_groups": []}
