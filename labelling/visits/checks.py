"""What an entrance must be. Plain values in, clean values out, or `Invalid` naming each field."""

import re
from typing import Any
from urllib.parse import quote, urlsplit

from labelling.errors import Invalid
from labelling.projects.checks import MAX_MONEY, Number, check_text, invalid, refuse
from labelling.visits.providers import BY_NAME

PARAMETER = re.compile(r"[A-Za-z0-9_.-]{1,40}")
PARAMETERS = ("worker_parameter", "assignment_parameter", "session_parameter")
NUMBERS = {"n_labels": Number(1, 10_000), "reward": Number(0, MAX_MONEY), "most_workers": Number(1, 1_000_000)}
DEFAULTS: dict[str, Any] = {"reward": 0, "most_workers": 500, "fixed_code": "", "return_url": ""}
# What may stand in braces in a return address.
PLACES = ("code", "worker", "assignment", "session")
PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
BRACES = set("{}")
ADDRESS = re.compile(r"https://[!-~]{1,492}")
FIXED_CODE = re.compile(r"[!-~]{0,100}")


def check_entrance(values: dict[str, Any]) -> dict[str, Any]:
    """provider, the three parameters, n_labels, fixed_code, return_url, reward (micro-units) and most_workers."""
    given = DEFAULTS | values
    provider = check_text(given.get("provider"), field="provider", most=60)
    known = BY_NAME.get(provider)
    if known is not None and not any(given.get(name) for name in PARAMETERS):
        given |= dict(zip(PARAMETERS, (known.worker, known.assignment, known.session), strict=True))
        given["return_url"] = given["return_url"] or known.return_url
    cleaned = {name: given.get(name) or "" for name in (*PARAMETERS, "fixed_code", "return_url")}
    numbers = {name: given.get(name) for name in NUMBERS}
    faults = [(name, fault) for name, number in NUMBERS.items() if (fault := number.fault(numbers[name]))]
    refuse([*faults, *_parameter_faults(cleaned), *_code_faults(cleaned)])
    return {"provider": provider, **cleaned, **numbers}


def _parameter_faults(cleaned: dict[str, Any]) -> list[tuple[str, str]]:
    faults = [
        (name, "must be a name in an address: letters, digits, and . _ - between them, at most 40")
        for name in PARAMETERS
        if cleaned[name] and not (isinstance(cleaned[name], str) and PARAMETER.fullmatch(cleaned[name]))
    ]
    if not cleaned["worker_parameter"]:
        faults.append(("worker_parameter", "must be given: what the provider calls the worker's id in the address"))
    used = [cleaned[name] for name in PARAMETERS if cleaned[name]]
    if not faults and len(set(used)) < len(used):
        faults.append(("session_parameter", "the three parameters must have different names"))
    return faults


def _code_faults(cleaned: dict[str, Any]) -> list[tuple[str, str]]:
    faults = []
    if not (isinstance(cleaned["fixed_code"], str) and FIXED_CODE.fullmatch(cleaned["fixed_code"])):
        faults.append(("fixed_code", "must be letters, digits and signs without blanks, at most 100"))
    try:
        check_return_url(cleaned["return_url"])
    except Invalid as error:
        faults.append(("return_url", str(error.errors[0]["message"])))
    return faults


def check_return_url(url: Any) -> str:
    """An https address, in which {code}, {worker}, {assignment} and {session} are filled in; or nothing."""
    if url == "":
        return url
    try:
        parts = urlsplit(url) if isinstance(url, str) and ADDRESS.fullmatch(url) else None
    except ValueError as error:
        raise invalid("return_url", f"can't be read as an address: {error}") from error
    if parts is None or not parts.hostname or BRACES & set(parts.netloc):
        raise invalid("return_url", "must be an address that begins with https://, at most 500 characters")
    if BRACES & set(PLACE.sub("", url)):
        raise invalid("return_url", f"only {', '.join(f'{{{one}}}' for one in PLACES)} may stand in braces")
    return str(url)


def filled_in(url: str, **values: str) -> str:
    """A return address with its places filled in: code, worker, assignment and session."""
    return PLACE.sub(lambda found: quote(values[found[1]], safe=""), url)
