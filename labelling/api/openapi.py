"""How the API describes itself: path parameters by name, problems on every operation."""

from collections.abc import Callable
from typing import Any

from django.urls import register_converter
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_parameter_type
from drf_spectacular.utils import OpenApiParameter, extend_schema

from labelling.api.problems import CONTENT_TYPE, ProblemSerializer

SHAPES = {
    "project": ("[-a-zA-Z0-9_]{1,60}", "slug or public id of a project"),
    "public_id": ("[a-z2-7]{16}", "public id"),
    "token": ("[a-z2-7]{32}", "a lease's token"),
    "n": ("[1-9][0-9]{0,8}|[a-z][a-z0-9_-]{0,59}", "number of a version, `latest` or an alias"),
    "tag": ("[-a-z0-9:_.]{1,60}", "a skill's tag"),
    "kind": ("[a-z0-9_]{1,40}", "a kind of label"),
    "key": (None, "a row's key: the external id of its example"),
    "name": (None, "a file of an export, as its SHA256SUMS names it"),
    "alias": ("[a-z][a-z0-9_-]{0,59}", "an alias: a name that means a version, as `production`"),
}
REFUSALS = {"get": (400, 401, 403, 404, 422, 503), "other": (400, 401, 403, 404, 409, 410, 411, 413, 415, 422, 503)}


class ProblemSchema(AutoSchema):
    """Adds what every operation of the API has in common."""

    def get_description(self, path: str = "", method: str = "") -> str:
        """Nothing: docstrings of views are for who reads the code. `describe` takes a `description` for callers."""
        return ""

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        known = [self._path_parameter(name) for name in variables if name in SHAPES]
        return known + super()._resolve_path_parameters([name for name in variables if name not in SHAPES])

    def _path_parameter(self, name: str) -> dict[str, Any]:
        pattern, description = SHAPES[name]
        schema = {"type": "string"} | ({"pattern": f"^(?:{pattern})$"} if pattern else {"minLength": 1})
        return build_parameter_type(
            name=name, schema=schema, location=OpenApiParameter.PATH, required=True, description=description
        )

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        refusals = REFUSALS["get" if self.method.upper() in {"GET", "HEAD"} else "other"]
        for status in refusals:
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(ProblemSerializer, str(status), [CONTENT_TYPE])
        return bodies


def describe(operation: str, summary: str, **details: Any) -> Callable[..., Any]:
    """Describe one method of a view. `operation`: stage_verb, unique; its first part is the tag."""
    return extend_schema(
        operation_id=operation, summary=summary, tags=[operation.partition("_")[0]], **details
    )  # fmt: skip


def _converter(pattern: str) -> type:
    return type("Converter", (), {"regex": pattern, "to_python": _same, "to_url": _same})


def _same(self: Any, value: str) -> str:
    return value


for _name in ("project", "public_id", "token", "n", "tag", "kind"):
    register_converter(_converter(SHAPES[_name][0] or ""), f"quorum_{_name.removeprefix('public_')}")


def without_twins(endpoints: list[tuple[Any, ...]], **_: Any) -> list[tuple[Any, ...]]:
    """An address works with and without a slash at its end; the description names it once."""
    paths = {endpoint[0] for endpoint in endpoints}
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/") or endpoint[0][:-1] not in paths]
