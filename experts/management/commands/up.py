"""Everything on one machine: database, queue, sample project, web server and worker, until Ctrl-C."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from experts.embedded.processes import (
    CannotStart,
    Together,
    free_port,
    listens,
    python,
    start_queue,
    wait_for,
)
from experts.embedded.sample import ensure_sample

DEFAULT_PORT = 8000
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on only when HOST says so; asked at loopback


class Command(BaseCommand):
    help = "Run the whole product on this machine. HOST, PORT, DATA_DIR, DATABASE_URL and REDIS_URL are honoured."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        together = Together()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        self.logs = settings.DATA_DIR / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            fallen = self.run_all(together)
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            fallen = ""
        finally:
            # A second Ctrl-C must not leave children behind.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            together.stop()
        if fallen:
            raise CommandError(f"The {fallen} ended by itself. Its last words are in {self.logs / fallen}.log")
        self.say("\nStopped. Your data is kept in " + str(settings.DATA_DIR))

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def run_all(self, together: Together) -> str:
        host = os.environ.get("HOST") or "127.0.0.1"  # make hands an unset one down as an empty one: not everywhere
        wanted = os.environ.get("PORT", "")
        if wanted and not wanted.isdigit():
            raise CannotStart(f"PORT is {wanted!r}; it must be a number such as {DEFAULT_PORT}.")
        port = free_port(host, int(wanted or DEFAULT_PORT), exactly=bool(wanted))
        call_command("migrate", verbosity=0, interactive=False)
        logins = ensure_sample(data_dir=settings.DATA_DIR, now=timezone.now(), say=self.say)
        environment = os.environ | {"REDIS_URL": settings.REDIS_URL or self.start_queue(together)}
        self.start_web(together, host, port, environment)
        self.start_worker(together, environment)
        self.greet(host, port, logins)
        return together.watch()

    def start_queue(self, together: Together) -> str:
        return start_queue(together, cwd=settings.BASE_DIR, environment=dict(os.environ), log=self.logs / "queue.log")

    def start_web(self, together: Together, host: str, port: int, environment: dict[str, str]) -> None:
        hosts = {*settings.ALLOWED_HOSTS, *({host} - set(EVERYWHERE))}
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        command = python("gunicorn", "labelling.wsgi", "--bind", bind, "--workers", "2", "--threads", "4",
                         "--no-control-socket", "--graceful-timeout", "5")  # fmt: skip
        child = self.start(together, "web", command, environment | {"ALLOWED_HOSTS": ",".join(sorted(hosts))})
        near = EVERYWHERE.get(host, host)
        wait_for(lambda: listens(near, port), child=child, what="The web server", log=self.logs / "web.log")

    def start_worker(self, together: Together, environment: dict[str, str]) -> None:
        command = python("celery", "-A", "labelling", "worker", "--beat", "--concurrency", "1", "--without-mingle",
                         "--without-gossip", "--loglevel", "WARNING",
                         "--schedule", str(settings.DATA_DIR / "beat-schedule"))  # fmt: skip
        self.start(together, "worker", command, environment)

    def start(
        self, together: Together, name: str, command: list[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        log: Path = self.logs / f"{name}.log"
        return together.start(name, command, cwd=settings.BASE_DIR, environment=environment, log=log)

    def greet(self, host: str, port: int, logins: dict[str, str]) -> None:
        shown = "localhost" if host in {"127.0.0.1", "::1", *EVERYWHERE} else host
        self.say(f"\nQuorum is at http://{shown}:{port}/")
        if logins:
            self.say("Sample logins (name, password); the other labellers of the sample project are simulated:")
            for name, password in logins.items():
                self.say(f"  {name:<10}{password}")
        self.say("Ctrl-C stops everything; your data stays.")
