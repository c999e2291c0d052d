"""The whole product on one machine, started and stopped as `make run` does."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
UP_WITHIN = 300.0
LOOPBACK = "0100007F"


class Product:
    """A running `manage.py up` on a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        # An empty HOST is what make hands down when nobody set one.
        environment = inherited | {"DATA_DIR": str(folder), "PORT": str(port), "HOST": ""}
        self.output = folder.with_suffix(".output")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "manage.py", "up"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )

    def greeting(self) -> str:
        """Wait until the address is printed."""
        deadline = time.monotonic() + UP_WITHIN
        while "Ctrl-C" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)
        return self.output.read_text()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)


@pytest.fixture
def start(tmp_path):
    running = []

    def go(port: int) -> Product:
        running.append(Product(tmp_path / "data", port))
        return running[-1]

    (tmp_path / "data").mkdir()
    yield go
    for product in running:
        product.stop()


def listening(port: int) -> set[str]:
    """The IPv4 addresses, as the kernel writes them, on which somebody listens at that port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    places = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, number in places if int(number, 16) == port}


def labels_in(folder: Path) -> int:
    command = "from labelling.models import Label; print(Label.objects.count())"
    environment = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", command],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.long
@pytest.mark.sqlite
def test_it_comes_up_with_a_sample_project_stops_whole_and_keeps_everything(start, tmp_path):
    port = free_port()
    product = start(port)
    first = product.greeting()
    assert f"http://localhost:{port}/" in first
    assert listening(port) == {LOOPBACK}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/") as page:
        assert "Sign in" in page.read().decode()
    logins = json.loads((tmp_path / "data" / "sample-logins.json").read_text())
    assert set(logins) == {"owner", "expert", "labeller"}
    assert product.stop() == 0
    assert listening(port) == set()
    assert (given := labels_in(tmp_path / "data")) > 500

    again = start(port)
    assert "Making the sample project" not in again.greeting()
    assert re.search(rf"owner +{logins['owner']}", again.output.read_text())
    assert again.stop() == 0
    assert labels_in(tmp_path / "data") == given


@pytest.mark.long
@pytest.mark.sqlite
def test_ctrl_c_while_the_sample_is_made_leaves_none_of_it(start, tmp_path):
    product = start(free_port())
    deadline = time.monotonic() + UP_WITHIN
    while "simulated labellers are at work" not in product.output.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert product.stop() == 0
    assert labels_in(tmp_path / "data") == 0
