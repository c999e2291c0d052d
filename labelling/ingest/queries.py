"""What is known of examples and of what models said of them."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.projects.models import Project


class Known(NamedTuple):
    """An example that is stored already. salt: None once it is erased."""

    pk: int
    payload_hash: str
    salt: bytes | None

    @property
    def erased(self) -> bool:
        return self.salt is None

    def came_with(self, payload: str) -> bool:
        """Whether this is the payload it came with: by its own salt, since an erasure changes the project's key."""
        return self.salt is not None and payload_hash(self.salt, payload) == self.payload_hash


def salt_of(salt_key: bytes, external_id: str) -> bytes:
    """16 bytes that hide a payload behind its hash: HMAC-SHA256 of the external id under the project's salt key."""
    return hmac.digest(salt_key, external_id.encode(), "sha256")[:16]


def payload_hash(salt: bytes, payload: str) -> str:
    """SHA-256 of the salt and the payload's text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(salt + payload.encode()).hexdigest()


def known_examples(*, project: Project, external_ids: Iterable[str]) -> dict[str, Known]:
    """Those of the ids that are there, in one query."""
    rows = Example.objects.filter(project=project, external_id__in=list(external_ids))
    return {
        external_id: Known(pk, hashed, None if salt is None else bytes(salt))
        for external_id, pk, hashed, salt in rows.values_list("external_id", "pk", "payload_hash", "salt")
    }


def newest_model(project: Project) -> ModelVersion | None:
    """The model version that came last, among those with probabilities."""
    said = Prediction.objects.filter(model_version=OuterRef("pk"), probabilities__isnull=False)
    return ModelVersion.objects.filter(Exists(said), project=project).order_by("-pk").first()


def models_of(project: Project) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(project=project).order_by("-pk")


def unpack(packed: bytes | memoryview, n_classes: int) -> npt.NDArray[np.float32]:
    """Stored probabilities as float32: (n, n_classes), one row for probabilities, one a pass for passes."""
    return np.frombuffer(bytes(packed), dtype="<f4").reshape(-1, n_classes)
