"""The surroundings in which the tests run: made before Django reads its settings, removed at the end.

Everything goes through the environment variables that a deployment uses, so that commands and workers started by a
test see the same servers. `TEST_DATABASE` says which database: `sqlite` (default) or `postgres`.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tests.processes import ServerProcess
from tests.servers import start_postgres, start_redis

DATABASES = ("sqlite", "postgres")


class Surroundings:
    """The servers and the folder of one run. What `start` made, `stop` removes."""

    def __init__(self, database: str) -> None:
        if database not in DATABASES:
            raise ValueError(f"TEST_DATABASE is {database!r}; it can be {' or '.join(DATABASES)}")
        self.database = database
        self.folder: Path | None = None
        self.servers: list[ServerProcess] = []

    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="quorum-tests-"))
        os.environ["DATA_DIR"] = str(self.folder)
        os.environ["REDIS_URL"] = self.redis_url() + "/0"
        if self.database == "postgres":
            os.environ["DATABASE_URL"] = self.postgres_url()
        else:
            os.environ.pop("DATABASE_URL", None)
        os.environ["SECRET_KEY"] = "only-for-tests"
        # Playwright keeps an event loop in the test's thread, where Django would refuse to touch the database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

    def redis_url(self) -> str:
        """Address without a database number."""
        if given := os.environ.get("TEST_REDIS_URL"):
            return given.rstrip("/")
        server, url = start_redis()
        self.servers.append(server)
        return url

    def postgres_url(self) -> str:
        if given := os.environ.get("TEST_DATABASE_URL"):
            return given
        server, url = start_postgres()
        self.servers.append(server)
        return url

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()
        self.servers.clear()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def separate_worker(worker_id: str) -> None:
    """Give a process of pytest-xdist ("gw0", "gw1", …) its own data folder and its own Redis database."""
    folder = Path(os.environ["DATA_DIR"]) / worker_id
    folder.mkdir(exist_ok=True)
    os.environ["DATA_DIR"] = str(folder)
    server = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{server}/{int(worker_id.removeprefix('gw')) + 1}"
