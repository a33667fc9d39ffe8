"""The requests of a deployment's demo and their expected answers: deployments/NAME.requests.toml -> `DemoRequest`."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.session.listener_client import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """One request through the load balancer."""

    path: str
    status: int
    scheme: Literal["http", "https"] = "https"
    body: str | None = None
    """JSON that the body must equal. None: the body is not compared."""
    contains: str | None = None
    """A string that the body must contain, for answers that are not JSON. None: the body is not compared."""
    post: str | None = None
    """The JSON body of a POST request. None: the request is a GET."""
    within_seconds: int = 0
    """The time in which the request is repeated until its answer is the expected one; 0: it is made once."""
    location: str | None = None
    """The expected target of a redirect. The placeholder {https_port} stands for the real port."""


_LONGEST_SECONDS = 60


def read_requests(path: Path) -> tuple[DemoRequest, ...]:
    """Return the requests in the order of the file; an empty tuple if the file does not exist.

    Raises WrongInputError for invalid TOML and for a request with missing or unknown keys.
    """
    if not path.is_file():
        return ()
    return tuple(_request(path, number, table) for number, table in enumerate(_tables(path), start=1))


def read_document(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file. Raises WrongInputError if the file cannot be read or parsed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongInputError(f"cannot read {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongInputError(f"{path}: {error}") from error


def mismatch(request: DemoRequest, answer: Answer, *, https_port: int | None) -> str | None:
    """Return the first difference between the answer and the expected one, or None."""
    if answer.status != request.status:
        return f"status is {answer.status}, not {request.status}"
    if request.location is not None:
        wanted = request.location.format(https_port=https_port)
        if answer.location != wanted:
            return f"location is {answer.location}, not {wanted}"
    if request.body is not None and _json(answer.body) != json.loads(request.body):
        return f"body is not {request.body}"
    if request.contains is not None and request.contains not in answer.body:
        return f"body does not contain {request.contains!r}"
    return None


def _tables(path: Path) -> list[Any]:
    tables = read_document(path).get("request", [])
    if not isinstance(tables, list):
        raise WrongInputError(f"{path}: write [[request]] instead of [request]")
    return tables


def _request(path: Path, number: int, table: Any) -> DemoRequest:
    known = {field.name for field in fields(DemoRequest)}
    missing = {"path", "status"} - set(table)
    if missing or not set(table) <= known:
        wrong = [f"{name!r} is missing" for name in sorted(missing)]
        wrong += [f"{name!r} is unknown" for name in sorted(set(table) - known)]
        raise WrongInputError(f"{path}, request {number}: {', '.join(wrong)}; known: {', '.join(sorted(known))}")
    if "body" in table and not _is_json(table["body"]):
        raise WrongInputError(
            f"{path}, request {number}: body {table['body']!r} is not JSON; for another answer, write "
            f"contains = {json.dumps(table['body'])}"
        )
    if "post" in table and not _is_json(table["post"]):
        raise WrongInputError(f"{path}, request {number}: post {table['post']!r} is not JSON; write the JSON to send")
    within = table.get("within_seconds", 0)
    if type(within) is not int or not 0 <= within <= _LONGEST_SECONDS:
        allowed = f"write a number from 0 to {_LONGEST_SECONDS}"
        raise WrongInputError(f"{path}, request {number}: within_seconds {within!r} is not valid; {allowed}")
    return DemoRequest(**table)


def _is_json(body: object) -> bool:
    try:
        json.loads(str(body))
    except ValueError:
        return False
    return isinstance(body, str)


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return f"not JSON: {body}"
