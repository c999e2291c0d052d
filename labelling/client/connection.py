"""The connection to a server: requests with a token, tried again when the network or the server had a bad moment."""

import email.utils
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, TypeVar

from labelling.client.errors import ClientError, Temporary, refusal

if TYPE_CHECKING:
    from labelling.client.project import RemoteProject

TIMEOUT_SECONDS = 120
TRIES = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
LONGEST_ASKED = 3600.0
API = "/api/v1/"
Result = TypeVar("Result")


class Quorum:
    """A connection to a server: its address and a token with the scope `datasets:read`.

    timeout: seconds without a byte; tries: how often a request that failed for the moment is sent, in all.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS, tries: int = TRIES,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
            raise ClientError(f"{url!r} is not an address; it starts with https:// or http://")
        self.url, self.timeout, self.tries, self.sleep = url.rstrip("/"), timeout, tries, sleep
        self._token = token

    def project(self, slug_or_id: str) -> "RemoteProject":
        from labelling.client.project import RemoteProject  # noqa: PLC0415 - each knows the other

        return RemoteProject(self, slug_or_id)

    def open(self, path: str, **query: str) -> IO[bytes]:
        """The body of GET /api/v1/PATH; raises ClientError with the server's own words."""
        return self.attempt(lambda: self.send("GET", path, query=query))

    def json(self, path: str, **query: str) -> Any:
        """The decoded reply to GET /api/v1/PATH."""
        with self.open(path, **query) as reply:
            return self.decoded(reply)

    def post(self, path: str, body: bytes, *, content_type: str = "application/json") -> Any:
        """The decoded reply to POST /api/v1/PATH; only for what may be sent twice without harm."""
        headers = {"Content-Type": content_type}
        with self.attempt(lambda: self.send("POST", path, body=body, headers=headers)) as reply:
            return self.decoded(reply)

    def decoded(self, reply: IO[bytes]) -> Any:
        try:
            return json.load(reply)
        except ValueError:
            raise ClientError(f"{self.url} did not answer with JSON; is this the address of a Quorum?") from None

    def attempt(self, act: Callable[[], Result]) -> Result:
        """Do it until it works, waiting longer each time. Raises the last error."""
        patience = Patience(self)
        while True:
            try:
                return act()
            except Temporary as error:
                patience.wait(error)

    def send(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:  # fmt: skip
        """One request. path: below /api/v1/, or beginning with a slash. Raises ClientError; Temporary if it may work
        later."""
        address = self.url + (path if path.startswith("/") else API + path)
        if query:
            address += "?" + urllib.parse.urlencode(query)
        told = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity", **(headers or {})}
        request = urllib.request.Request(address, data=body, headers=told, method=method)  # noqa: S310 - http or https, checked above
        try:
            reply: http.client.HTTPResponse = _opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            problem = _problem(error)
            said = problem.get("detail") or problem.get("title") or error.reason
            raise refusal(error.code, said, seconds_of(error.headers.get("Retry-After")), problem) from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise Temporary(f"can't reach {self.url}: {getattr(error, 'reason', error)}") from None
        return reply


class Patience:
    """How often and how long to wait before trying again; what succeeded in between starts it anew."""

    def __init__(self, quorum: Quorum) -> None:
        self.quorum, self.failures = quorum, 0

    def wait(self, error: Temporary) -> None:
        """Raises the error when it was tried often enough."""
        self.failures += 1
        if self.failures >= self.quorum.tries:
            raise error
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.failures - 1))
        self.quorum.sleep(max(pause, error.after or 0))

    def start_anew(self) -> None:
        self.failures = 0


class _SameHostOnly(urllib.request.HTTPRedirectHandler):
    """A redirect to another host doesn't take the token along."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            request.remove_header("Authorization")
        return request


_opener = urllib.request.build_opener(_SameHostOnly)


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    """The body of a refusal: problem details (RFC 9457), or a report on lines of which none was good."""
    try:
        body = json.load(error)
    except (ValueError, OSError, http.client.HTTPException):
        return {}
    return body if isinstance(body, dict) else {}


def seconds_of(header: str | None) -> float | None:
    """The seconds to wait that a Retry-After header says, as a number or as a date; an hour at most."""
    if not header:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return min(float(header), LONGEST_ASKED)
    try:
        until = email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, until - time.time()), LONGEST_ASKED)


def quoted(value: object) -> str:
    return urllib.parse.quote(str(value), safe="")
