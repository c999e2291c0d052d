"""Where the token goes, over real HTTP."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from labelling.client import Quorum


@contextmanager
def serving(reply):
    """A server on a free port; yields (address, list of the Authorization headers it got)."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            reply(self)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer_nothing(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"{}")


def redirect_to(address):
    def reply(handler):
        handler.send_response(302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return reply


def test_a_redirect_to_another_server_does_not_take_the_token_along():
    with serving(answer_nothing) as (storage, seen_there), serving(redirect_to(f"{storage}/file")) as (url, seen):
        assert Quorum(url, token="qrm_secret").json("projects") == {}
    assert (seen, seen_there) == (["Bearer qrm_secret"], [None])
