"""Where blobs lie: this machine's disk, and a real server of the S3 protocol."""

from urllib.parse import urlsplit

import pytest

from tests.storage import KEYS, start_s3


@pytest.fixture(scope="session")
def _s3_server(request):
    server, url = start_s3()
    yield url
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def storage(request, settings, tmp_path, monkeypatch):
    """Its name; `settings` say where it is, and it is empty."""
    settings.DATA_DIR = tmp_path
    settings.BLOBS_URL = ""
    if request.param == "s3":
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        parts = urlsplit(request.getfixturevalue("_s3_server"))
        settings.BLOBS_URL = parts._replace(path=f"/{tmp_path.name}").geturl()
    return request.param
