"""The policies and label schemas in force, kept in memory: their rows are frozen, so a copy is never out of date."""

from functools import lru_cache

from labelling.projects.models import PolicyVersion, SchemaVersion

KEPT = 1024


# The project's public id is part of the key, since a database that is made anew gives row ids again.
@lru_cache(maxsize=KEPT)
def policy(project_key: str, policy_id: int) -> PolicyVersion:
    return PolicyVersion.objects.get(pk=policy_id)


@lru_cache(maxsize=KEPT)
def schema(project_key: str, schema_id: int) -> SchemaVersion:
    return SchemaVersion.objects.get(pk=schema_id)
