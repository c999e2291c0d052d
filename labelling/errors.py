"""What a verb may refuse, and the HTTP status an edge answers with. Each stage derives its own beside its verbs."""


class QuorumError(Exception):
    """A refusal that a person can act on: `str(error)` says what, where and what to do.

    status: the HTTP status; code: a stable word for programs; errors: a list of {"where", "message"}.
    """

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, errors: list[dict[str, object]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or []


class NotFound(QuorumError):
    status, code = 404, "not_found"


class Conflict(QuorumError):
    status, code = 409, "conflict"


class Forbidden(QuorumError):
    status, code = 403, "forbidden"


class Invalid(QuorumError):
    status, code = 422, "invalid"
