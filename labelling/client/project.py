"""A project on the server: its versions."""

import warnings
from dataclasses import dataclass, field
from typing import Any

from labelling.client.connection import Quorum, quoted
from labelling.client.shapes import ERASED, RECALL, VERSION, all_shaped, shaped
from labelling.client.version import RemoteVersion

MOST_RECALLS = 200
MOST_KEYS = 10


@dataclass(frozen=True)
class RemoteProject:
    quorum: Quorum = field(repr=False)
    reference: str

    @property
    def path(self) -> str:
        return f"projects/{quoted(self.reference)}"

    def version(self, number: int | str = "latest") -> RemoteVersion:
        """The version of that number, of that alias ("production"), or the newest; pinned, whatever the name will mean
        tomorrow. Warns when it was recalled or when content of it was erased."""
        reply = self.quorum.json(f"{self.path}/versions/{quoted(number)}")
        found = shaped(reply, VERSION, what="a version", n_erased=int, message=str, created_at=str)
        version = RemoteVersion(
            project=self,
            quorum=self.quorum,
            path=f"{self.path}/versions/{found['number']}",
            number=found["number"],
            data_id=found["data_id"],
            version_id=found["version_id"],
            n_rows=found["n_rows"],
            n_erased=found.get("n_erased", 0),
            erased_since_download=all_shaped(found.get("erased_since_download", []), ERASED, what="erased rows"),
            message=found.get("message", ""),
            created_at=found.get("created_at", ""),
            recalls=all_shaped(found.get("recalls", []), RECALL, what="recalls"),
        )
        for said in warnings_of(version):
            warnings.warn(said, stacklevel=2)
        return version

    def versions(self) -> list[dict[str, Any]]:
        """The newest versions (50 at most), the newest first, as the API tells of them."""
        page = shaped(self.quorum.json(f"{self.path}/versions"), {"results": list}, what="versions")
        return all_shaped(page["results"], VERSION, what="a version")


def warnings_of(version: RemoteVersion) -> list[str]:
    """What who trains on a version should know."""
    name = f"version {version.number} of {version.project.reference}"
    said = [
        f"{name} is recalled: {recall['n_rows']} of its rows rest on labels that no longer count. {recall['reason']}"
        for recall in version.recalls
        if not recall["ruling"]
    ]
    # One recall a ruling, and a row: the newest ones are listed.
    if ruled := sum(1 for recall in version.recalls if recall["ruling"]):
        some = "at least " if len(version.recalls) >= MOST_RECALLS else ""
        said.append(f"{name} is recalled: {some}{ruled} of its rows were ruled otherwise since")
    if version.n_erased:
        said.append(f"{name} misses {version.n_erased} rows whose content was erased; delete older copies of it")
    if version.erased_since_download:
        keys = ", ".join(repr(row["key"]) for row in version.erased_since_download[:MOST_KEYS])
        said.append(
            f"you downloaded {name} before the content of {len(version.erased_since_download)} of its rows was erased "
            f"({keys}): delete your copies of it, and download it anew"
        )
    return said
