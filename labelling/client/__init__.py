"""Reading published versions from a training job, and sending back what the new model says. No Django.

    from labelling.client import Quorum
    version = Quorum("https://quorum.example", token="quorum_…").project("matching").version("latest")
    frame = version.to_pandas(split="train")

Without a split, train and validation come; rows of test only when `split="test"` says so, with a token that has the
scope `datasets:test`. pyarrow and pandas are imported when asked for.
"""

from labelling.client.connection import Quorum
from labelling.client.differences import Difference
from labelling.client.errors import ClientError, Damaged, Gone
from labelling.client.project import RemoteProject
from labelling.client.version import RemoteVersion

__all__ = ["ClientError", "Damaged", "Difference", "Gone", "Quorum", "RemoteProject", "RemoteVersion"]
