"""The lines that a load balancer's health checks cause in the access log of an app. No I/O.

A line is left out only if it is a request that has passed:

- a JSON object with the method GET, the path and the status in fields of these names;
- a line with `"GET PATH HTTP/1.1" STATUS`, as in the logs of nginx, uvicorn and gunicorn.

Such a request is a health check if its path is that of the target group, whoever sent it, or if the line has the user
agent ELB-HealthChecker. A check that failed, and every other line, is shown.
"""

from __future__ import annotations

import json
import re
from typing import Any

_USER_AGENT = "ELB-HealthChecker/"
_REQUEST = re.compile(r'"GET (?P<path>\S+) HTTP/[\d.]+" (?P<status>\d{3})\b')


def is_health_check(message: str, *, path: str | None, matcher: str | None) -> bool:
    """Return True if the line is a health check that has passed.

    `path` and `matcher` are those of the service's target group. None, without one: nothing is a health check.
    """
    found = _request(message)
    if found is None or path is None or matcher is None:
        return False
    requested, status = found
    checked = _USER_AGENT in message or requested.partition("?")[0] == path.partition("?")[0]
    return checked and _accepts(matcher, status)


def _request(message: str) -> tuple[str, int] | None:
    """Return the path and the status of a GET request; None if the line shows none."""
    if message.startswith("{"):
        return _json_request(message)
    match = _REQUEST.search(message)
    return (match["path"], int(match["status"])) if match is not None else None


def _json_request(message: str) -> tuple[str, int] | None:
    try:
        entry: Any = json.loads(message)
    except ValueError:
        return None
    path, status = entry.get("path"), entry.get("status")
    is_request = entry.get("method") == "GET" and isinstance(path, str) and isinstance(status, int)
    return (path, status) if is_request else None


def _accepts(matcher: str, status: int) -> bool:
    """Return True if a matcher such as '200', '200,202' or '200-299' accepts the status."""
    ranges = (each.partition("-") for each in matcher.split(","))
    return any(int(first) <= status <= int(last if last else first) for first, _, last in ranges)
