"""Reading published versions from a training job. No Django; pyarrow and pandas are imported when asked for.

    from labelling.client import Quorum
    version = Quorum("https://quorum.example", token="quorum_…").project("matching").version("latest")
    frame = version.to_pandas(split="train")

Without a split, train and validation come; rows of test only when `split="test"` says so.
"""

import io
import json
import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from labelling.datasets import layout
from labelling.datasets.content import FIELDS, SCALE, SPLITS
from labelling.datasets.verify import Verification, verify_directory

TRAINING = ("train", "validation")
TIMEOUT_SECONDS = 120


class ClientError(Exception):
    """The server refused, could not be reached, or sent something else than it published."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Quorum:
    """A connection to a server: its address and a token with the scope `datasets:read`."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
            raise ClientError(f"{url!r} is not an address; it starts with https:// or http://")
        self.url, self.timeout = url.rstrip("/"), timeout
        self._token = token

    def project(self, slug_or_id: str) -> "RemoteProject":
        return RemoteProject(self, slug_or_id)

    def open(self, path: str, **query: str) -> IO[bytes]:
        """The body of GET /api/v1/PATH; raises ClientError with the server's own words."""
        address = f"{self.url}/api/v1/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 - http or https, checked above
        try:
            reply: IO[bytes] = _opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            raise ClientError(_told(error), status=error.code) from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise ClientError(f"can't reach {self.url}: {getattr(error, 'reason', error)}") from None
        return reply

    def json(self, path: str) -> Any:
        with self.open(path) as reply:
            try:
                return json.load(reply)
            except ValueError:
                raise ClientError(f"{self.url} did not answer with JSON; is this the address of a Quorum?") from None


class _SameHostOnly(urllib.request.HTTPRedirectHandler):
    """A redirect to another host doesn't take the token along."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            request.remove_header("Authorization")
        return request


_opener = urllib.request.build_opener(_SameHostOnly)


def _told(error: urllib.error.HTTPError) -> str:
    """The problem details of a refusal (RFC 9457) in one line."""
    try:
        problem = json.load(error)
        said = problem.get("detail") or problem.get("title") or ""
    except (ValueError, AttributeError):
        said = ""
    return f"the server answered {error.code}: {said or error.reason}"


@dataclass(frozen=True)
class RemoteProject:
    quorum: Quorum
    reference: str

    def version(self, number: int | str = "latest") -> "RemoteVersion":
        """The version of that number, or the newest."""
        versions = f"projects/{_quoted(self.reference)}/versions"
        found = self.quorum.json(f"{versions}/{_quoted(number)}")
        path = f"{versions}/{found['number']}"  # "latest" may be another one tomorrow
        return RemoteVersion(
            quorum=self.quorum,
            path=path,
            number=found["number"],
            data_id=found["data_id"],
            version_id=found["version_id"],
            n_rows=found["n_rows"],
            message=found.get("message", ""),
            created_at=found.get("created_at", ""),
            recalls=found.get("recalls", []),
        )


@dataclass(frozen=True)
class RemoteVersion:
    """A published version. `recalls`: notices that some of its labels no longer count."""

    quorum: Quorum = field(repr=False)
    path: str = field(repr=False)
    number: int
    data_id: str
    version_id: str
    n_rows: int
    message: str = ""
    created_at: str = ""
    recalls: list[dict[str, Any]] = field(default_factory=list)

    def to_arrow(self, split: str | None = None) -> Any:
        """A pyarrow Table, a row an item. `answer`, `posterior` and `payload` are JSON text; confidence and
        posterior are out of 10,000."""
        import pyarrow  # noqa: PLC0415 - an extra
        import pyarrow.parquet  # noqa: PLC0415 - an extra

        tables = []
        for name in _splits(split):
            with self.quorum.open(f"{self.path}/data", format="parquet", split=name) as reply:
                tables.append(pyarrow.parquet.read_table(io.BytesIO(reply.read())))
        return pyarrow.concat_tables(tables)

    def to_pandas(self, split: str | None = None) -> Any:
        """A DataFrame, a row an item: `label`, `confidence` (0 to 1), `posterior` (dict), `payload` (dict), …, and a
        column for each field of the payload; a field named as another column comes as `payload.NAME`."""
        frame = self.to_arrow(split).to_pandas()
        frame["confidence"] = frame["confidence"].astype("float64") / SCALE
        for name in ("answer", "posterior", "payload"):
            frame[name] = [json.loads(text) if isinstance(text, str) else None for text in frame[name]]
        frame["posterior"] = [
            {name: share / SCALE for name, share in shares.items()} if shares else None for shares in frame["posterior"]
        ]
        names = dict.fromkeys(name for payload in frame["payload"] if isinstance(payload, dict) for name in payload)
        for name in names:
            column = f"payload.{name}" if name in FIELDS else name
            frame[column] = [payload.get(name) if isinstance(payload, dict) else None for payload in frame["payload"]]
        return frame

    def to_hf(self, split: str | None = None) -> Any:
        """A datasets.Dataset (Hugging Face) with the columns of `to_arrow`; needs the package `datasets`."""
        try:
            import datasets  # type: ignore[import-untyped]  # noqa: PLC0415 - optional; it has no types
        except ImportError:
            raise ClientError("to_hf needs the package `datasets`: pip install datasets") from None
        return datasets.Dataset(self.to_arrow(split))

    def download(
        self, path: str | Path, *, splits: Sequence[str] = TRAINING, file_format: str = "parquet"
    ) -> Verification:
        """Write the version's files to a new or empty folder, and verify them against this version's ids.

        `splits` names what is wanted: test only if it is named. The folder appears only when every byte is right;
        raises ClientError otherwise.
        """
        to = Path(path).absolute()
        for split in splits:
            _splits(split)
        if file_format not in layout.FORMATS:
            raise ClientError(f"there is no format {file_format!r}; the formats are {', '.join(layout.FORMATS)}")
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise ClientError(f"{to} is not an empty folder; download to a new one")
        to.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
        try:
            self._fetch_all(folder, splits, file_format)
            found = verify_directory(folder, splits=splits, version_id=self.version_id)
            if not found.good:
                raise ClientError("what was downloaded is not what was published: " + "; ".join(found.problems[:5]))
            folder.chmod(0o755)
            os.rename(folder, to)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return found

    def _fetch_all(self, folder: Path, splits: Sequence[str], file_format: str) -> None:
        (folder / "data").mkdir()
        wanted = {layout.MANIFEST, layout.LEAVES, *(layout.data_name(split, file_format) for split in splits)}
        for name in sorted(wanted | {layout.SUMS}):
            with (folder / name).open("wb") as file:
                where = f"{self.path}/files/{urllib.parse.quote(name)}"
                with self.quorum.open(where, format=file_format) as reply:
                    shutil.copyfileobj(reply, file)
        sums = (folder / layout.SUMS).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in sums if line.rstrip("\n").partition("  ")[2] in wanted]
        (folder / layout.SUMS).write_text("".join(kept), encoding="utf-8")


def _quoted(value: object) -> str:
    return urllib.parse.quote(str(value), safe="")


def _splits(split: str | None) -> tuple[str, ...]:
    if split is None:
        return TRAINING
    if split not in SPLITS:
        raise ClientError(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    return (split,)
