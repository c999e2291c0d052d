"""A published version: its rows in a job's own terms, its files, what changed, and the way back."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelling.client.bar import Progress
from labelling.client.connection import Quorum
from labelling.client.differences import Difference, difference
from labelling.client.downloading import download
from labelling.client.errors import ClientError, Damaged
from labelling.client.reporting import report
from labelling.client.rows import TRAINING, frame_of, lines_of, row_of, splits_of
from labelling.client.transfer import Stream, read_all
from labelling.datasets.content import FIELDS
from labelling.datasets.verify import Verification

if TYPE_CHECKING:
    from labelling.client.project import RemoteProject


@dataclass(frozen=True)
class RemoteVersion:
    """A published version. `recalls`: notices that some of its labels no longer count; `n_erased`: rows whose content
    was erased since."""

    project: "RemoteProject" = field(repr=False)
    quorum: Quorum = field(repr=False)
    path: str = field(repr=False)
    number: int
    data_id: str
    version_id: str
    n_rows: int
    n_erased: int = 0
    erased_since_download: list[dict[str, Any]] = field(default_factory=list)
    message: str = ""
    created_at: str = ""
    recalls: list[dict[str, Any]] = field(default_factory=list)

    def to_arrow(self, split: str | None = None) -> Any:
        """A pyarrow Table, a row an item. `answer`, `posterior` and `payload` are JSON text; confidence and
        posterior are out of 10,000."""
        import pyarrow  # noqa: PLC0415 - an extra
        import pyarrow.parquet  # noqa: PLC0415 - an extra

        names = splits_of(split)
        files = [read_all(self.quorum, f"{self.path}/data", {"format": "parquet", "split": name}) for name in names]
        try:
            table = pyarrow.concat_tables([pyarrow.parquet.read_table(io.BytesIO(file)) for file in files])
        except (pyarrow.ArrowException, OSError) as error:
            raise Damaged(f"the server sent something else than rows as Parquet: {error}") from None
        if missing := [name for name in FIELDS if name not in table.column_names]:
            raise Damaged(f"the server sent rows without {missing[0]!r}")
        return table

    def to_pandas(self, split: str | None = None) -> Any:
        """A DataFrame, a row an item: `label`, `confidence` (0 to 1), `posterior` (dict), `payload` (dict), …, and a
        column for each field of the payload; a field named as another column comes as `payload.NAME`."""
        return frame_of(self.to_arrow(split))

    def to_hf(self, split: str | None = None) -> Any:
        """A datasets.Dataset (Hugging Face) with the columns of `to_arrow`; needs the package `datasets`."""
        try:
            import datasets  # noqa: PLC0415 - optional
        except ImportError:
            raise ClientError("to_hf needs the package `datasets`: pip install datasets") from None
        return datasets.Dataset(self.to_arrow(split))

    def stream(self, split: str | None = None) -> Iterator[dict[str, Any]]:
        """The rows one after the other while they come, in the order of their keys, in bounded memory: `label`,
        `confidence` (0 to 1), `posterior` (dict), `payload` (dict), …

        A cut connection is gone on with. Raises Damaged after the last row if the bytes weren't those published.
        """
        for name in splits_of(split):
            stream = Stream(self.quorum, f"{self.path}/data", query={"format": "jsonl", "split": name})
            digest = hashlib.sha256()

            def pieces(stream: Stream = stream, digest: Any = digest) -> Iterator[bytes]:
                for piece in stream:
                    digest.update(piece)
                    yield piece

            for line in lines_of(pieces()):
                yield row_of(line)
            if stream.sha256 and digest.hexdigest() != stream.sha256:
                raise Damaged(f"split {name}: what came is not what was published; throw away what you read of it")

    def download(
        self, path: str | Path, *, splits: Sequence[str] = TRAINING, file_format: str = "parquet",
        verify: bool = True, progress: Progress | bool | None = None, **options: Any,
    ) -> Verification:  # fmt: skip
        """Write the version's files to a new or empty folder, and verify them against this version's ids.

        splits: what is wanted, test only if it is named. options: what else the format can be told, as of the API.
        verify: every row is hashed and compared with `version_id`; without it only each file's SHA-256 is.
        progress: a function that is called with (bytes done, bytes in all); True, False: draw a bar or not; left out,
        a bar is drawn where standard error is a terminal.

        The folder appears only when every byte is right. What came before an interruption stays beside it, in
        `.NAME.partial`, and the next call goes on from there. Raises ClientError.
        """
        return download(
            self, Path(path), splits=splits, file_format=file_format, verify=verify, progress=progress, options=options
        )

    def diff(self, other: "RemoteVersion | int | str") -> Difference:
        """What changed from `other` (a version, its number, `latest` or an alias) to this one: its `counts` and
        `changes()`."""
        return difference(self, other if isinstance(other, int | str) else other.number)

    def report(self, model: str, predictions: Any, *, pipeline: str = "") -> dict[str, Any]:
        """Send what a model says of this version's rows back to the project; see `reporting.report`."""
        return report(self.quorum, self.project.path, model=model, predictions=predictions, pipeline=pipeline)
