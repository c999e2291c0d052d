"""What every test can ask for: a real database, a real Redis, a real Celery worker, a real Chromium.

`redis_url`      address of this process's own Redis database
`postgres_url`   address of an empty PostgreSQL database, whichever database the run itself is on
`celery_worker`  a running worker on the test's database (a transactional test)
`rows_of_the_file`  rows that cost seconds, made once for all tests of a file
`chromium_path`  Debian's Chromium or another one of this machine; the `page` fixtures of pytest-playwright use it
"""

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pytest_django.plugin import blocking_manager_key

from tests.environment import Surroundings, separate_worker
from tests.servers import postgres_version, redis_version, start_postgres
from tests.worker import CeleryWorker, address_of

# How fast a machine makes up inputs says nothing of the product. The same inputs every time, so that a failure is one
# of the change that is tested; `--hypothesis-seed=N` makes up others.
ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("others", ANY_MACHINE)
settings.register_profile("the same", ANY_MACHINE, derandomize=True)

SURROUNDINGS = pytest.StashKey[Surroundings]()
PARTS = pytest.StashKey[dict[str, str]]()

ONLY_WHEN_ASKED_FOR = {"bench", "faults"}
FLUSHING_FIXTURES = {"transactional_db", "live_server", "celery_worker", "django_db_reset_sequences"}
DATABASE_FIXTURES = FLUSHING_FIXTURES | {"db", "postgres_url", "mortal_postgres"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# --- the run ---------------------------------------------------------------------------------------------------------


def on_postgres() -> bool:
    return os.environ.get("TEST_DATABASE", "sqlite") == "postgres"


def pytest_configure(config):
    config.stash[PARTS] = {}
    if config.getoption("help") or config.getoption("version"):
        return
    settings.load_profile("the same" if config.getoption("hypothesis_seed") is None else "others")
    if hasattr(config, "workerinput"):
        separate_worker(config.workerinput["workerid"])
        read_settings()
        return
    surroundings = config.stash[SURROUNDINGS] = Surroundings(os.environ.get("TEST_DATABASE", "sqlite"))
    signal.signal(signal.SIGTERM, interrupt)
    try:
        surroundings.start()
    except BaseException:
        surroundings.stop()
        raise
    # With pytest-xdist this process runs no test, and its workers read the settings once each has its own folder.
    if config.getoption("dist", "no") == "no":
        read_settings()


def read_settings():
    """Read the settings from the environment that was just made, and move SQLite's test database into a file.

    Its default for tests is in memory, which threads and worker processes can't share.
    """
    from django.conf import settings  # noqa: PLC0415 - the settings read the environment made above

    if settings.configured:
        pytest.exit("Unset DJANGO_SETTINGS_MODULE: the tests choose the settings themselves", returncode=2)
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelling.settings"
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(Path(os.environ["DATA_DIR"]) / "tests.sqlite3")
    # Every test's client starts the middleware anew, which would list all static files each time.
    settings.WHITENOISE_AUTOREFRESH = True


def interrupt(signal_number, frame):
    """Let a terminated run stop what it started, as Ctrl-C does."""
    raise KeyboardInterrupt


def pytest_unconfigure(config):
    if surroundings := config.stash.get(SURROUNDINGS, None):
        surroundings.stop()


def pytest_collection_modifyitems(config, items):
    """Deselect what this run is not for; pytest's summary counts it."""
    unwanted = {name for name in ONLY_WHEN_ASKED_FOR if name not in config.option.markexpr}
    unwanted |= {"sqlite", "browser"} if on_postgres() else {"postgres"}
    kept, deselected = [], []
    for item in items:
        wanted = not any(item.get_closest_marker(name) for name in unwanted)
        if on_postgres() and not uses_database(item):
            wanted = False
        (kept if wanted else deselected).append(item)
    # What takes long begins first: last, it would keep one process busy while the others have nothing left.
    items[:] = sorted(kept, key=lambda item: not item.get_closest_marker("long"))
    if deselected:
        config.hook.pytest_deselected(items=deselected)


def uses_database(item) -> bool:
    from django.test import TransactionTestCase  # noqa: PLC0415 - needs settings

    by_class = isinstance(item.cls, type) and issubclass(item.cls, TransactionTestCase)
    return bool(by_class or item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames))


# --- which real parts ran --------------------------------------------------------------------------------------------


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["parts"] = session.config.stash[PARTS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    node.config.stash[PARTS].update(getattr(node, "workeroutput", {}).get("parts", {}))


def pytest_terminal_summary(terminalreporter, config):
    parts = config.stash[PARTS]
    terminalreporter.section("real parts in this run")
    for name in ("database", "Redis", "Celery worker", "Chromium", "second PostgreSQL"):
        terminalreporter.write_line(f"{name + ':':<18} {parts.get(name, 'no test asked for it')}")
    if to := os.environ.get("TEST_RESULT"):
        Path(to).write_text("\n".join(result_of(terminalreporter)))
    if earlier := os.environ.get("EARLIER_RUN"):
        terminalreporter.section(f"the run before this one: {earlier}")
        result = Path(os.environ["EARLIER_RESULT"])
        terminalreporter.write_line(result.read_text() if result.exists() else "it ended before it had a result")


def result_of(terminalreporter) -> list[str]:
    """What failed, a line each, and last how many tests ended how."""
    counted = {kind: terminalreporter.stats.get(kind, []) for kind in ("failed", "error", "passed")}
    failed = [f"{kind.upper()} {report.nodeid}" for kind in ("failed", "error") for report in counted[kind]]
    return [*failed, ", ".join(f"{len(reports)} {kind}" for kind, reports in counted.items())]


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix):
    version = f"SQLite {sqlite3.sqlite_version}, a file"
    if on_postgres():
        version = f"PostgreSQL {postgres_version(os.environ['DATABASE_URL'])}"
    request.config.stash[PARTS]["database"] = version


@pytest.fixture(scope="module")
def rows_of_the_file(django_db_setup, django_db_blocker):
    """What a fixture of a module makes with this is there for each test of the file, which takes back its own changes:
    a transaction around those of the tests. Not for a file with transactional tests."""
    from django.db import transaction  # noqa: PLC0415 - needs settings

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    """Frozen tables refuse the flush that ends a transactional test on SQLite: thaw them around it.

    PostgreSQL truncates, which asks no row.
    """
    if on_postgres() or not flushes(item):
        return (yield)
    from django.db import connection, transaction  # noqa: PLC0415 - needs settings

    from labelling import freeze  # noqa: PLC0415 - needs settings

    access = item.config.stash[blocking_manager_key]
    with access.unblock(), transaction.atomic():
        freeze.remove(connection)
    try:
        return (yield)
    finally:
        with access.unblock(), transaction.atomic():
            freeze.install(connection)


def flushes(item) -> bool:
    """Whether this test ends with a flush of the database (and got as far as having one)."""
    if "database" not in item.config.stash[PARTS]:
        return False
    marker = item.get_closest_marker("django_db")
    return bool(FLUSHING_FIXTURES & set(item.fixturenames) or (marker and marker.kwargs.get("transaction")))


@pytest.fixture(scope="session")
def _postgres_server(request):
    if given := os.environ.get("TEST_DATABASE_URL"):
        url, server = given, None
    elif on_postgres():
        url, server = os.environ["DATABASE_URL"], None
    else:
        server, url = start_postgres()
    request.config.stash[PARTS]["second PostgreSQL"] = f"PostgreSQL {postgres_version(url)}"
    yield url
    if server:
        server.stop()


@pytest.fixture
def postgres_url(_postgres_server):
    """Address of an empty PostgreSQL database of this test's own."""
    name = f"quorum_{secrets.token_hex(6)}"
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(_postgres_server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- Redis and Celery ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url(request):
    """Address of this process's own Redis database."""
    url = os.environ["REDIS_URL"]
    request.config.stash[PARTS]["Redis"] = redis_version(url)
    return url


@pytest.fixture(scope="session")
def _celery_process(request, django_db_setup, redis_url):
    from django.db import connection  # noqa: PLC0415 - needs settings

    worker = CeleryWorker(database_url=address_of(connection.settings_dict))
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker(request, transactional_db, _celery_process):
    """A running Celery worker on the test's database. It has `log`, `kill()` and `start()`."""
    _celery_process.start()
    request.config.stash[PARTS]["Celery worker"] = "a process of its own, started by the tests"
    return _celery_process


# --- browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium_path(request):
    found = os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.fail(
            "The browser tests need Chromium and found none: run `apt-get install -y chromium`, "
            "or set TEST_CHROMIUM to the path of one.",
            pytrace=False,
        )
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    request.config.stash[PARTS]["Chromium"] = version.stdout.strip()
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium_path):
    return {**browser_type_launch_args, "executable_path": chromium_path, "args": list(CHROMIUM_FLAGS)}
