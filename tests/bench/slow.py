"""The product behind a slow line: every request to its API is answered BENCH_DELAY_MS late. Served by gunicorn in place
of labelling.wsgi. Files of the folder BENCH_FILES stand under /bench/, as late."""

import os
import time
from pathlib import Path

from labelling.wsgi import application as product

DELAY = int(os.environ["BENCH_DELAY_MS"]) / 1000
FILES = Path(os.environ["BENCH_FILES"])


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if not path.startswith("/static/"):
        time.sleep(DELAY)
    if not path.startswith("/bench/"):
        return product(environ, start_response)
    body = (FILES / Path(path).name).read_bytes()
    start_response("200 OK", [("Content-Type", "image/jpeg"), ("Content-Length", str(len(body)))])
    return [body]
