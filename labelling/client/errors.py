"""What can go wrong, told with what to do."""

from typing import Any

ADVICE = {
    401: "Make a token on the project's page Settings, Tokens, or by `manage.py token`, with the scope datasets:read.",
    403: "Ask an owner of the project for a token that may do this.",
}


class ClientError(Exception):
    """The server refused, could not be reached, or sent something else than it published. body: of its refusal."""

    def __init__(self, message: str, *, status: int | None = None, body: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.body = status, body or {}


class Gone(ClientError):
    """The content was erased: delete your copies, and ask for a new export."""


class Damaged(ClientError):
    """What came is not what was published."""


class Temporary(ClientError):
    """The same request may work a little later. after: seconds that the server asked to wait, if it did."""

    def __init__(self, message: str, *, status: int | None = None, after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.after = after


def refusal(status: int, said: str, after: float | None, body: dict[str, Any]) -> ClientError:
    """The error for a reply that is none of 2xx."""
    message = f"the server answered {status}: {said}"
    if status in {429, 502, 503, 504}:
        return Temporary(message, status=status, after=after)
    if status == 410:
        return Gone(message, status=status, body=body)
    advice = ADVICE.get(status)
    return ClientError(f"{message} {advice}" if advice else message, status=status, body=body)
