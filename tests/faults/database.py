"""A PostgreSQL that a test may stop and start, since nobody else's tests are on it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
from django.db import connection

from tests.processes import ServerProcess
from tests.servers import postgres_answers

GENTLY, AT_ONCE = signal.SIGINT, signal.SIGQUIT
PLACE = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


class MortalPostgres:
    """One server process with its data; `url` is the same after every restart."""

    def __init__(self, server: ServerProcess, url: str) -> None:
        self.server, self.url = server, url

    def restart(self, how: int, *, away: float) -> None:
        """Stop it for `away` seconds. GENTLY ends sessions and tidies up; AT_ONCE leaves recovery to the next start."""
        self.server.end(how)
        time.sleep(away)
        self.server.start_again(lambda: postgres_answers(self.url))
        # This process's own connection died with the server.
        connection.close()


@contextmanager
def looking_at(url: str) -> Iterator[None]:
    """Django's one connection goes to that database, then back to where it went."""
    connection.close()
    before = {name: connection.settings_dict[name] for name in PLACE}
    connection.settings_dict.update({name: dj_database_url.parse(url)[name] for name in PLACE})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
