"""The meaning of log lines of any app, as text or JSON: requests with their status, and the address listened on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_REQUEST = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE) (?:https?://[^/\s]+)?(?P<path>/[^\s?\"]*)")
_STATUS = re.compile(r"(?:HTTP/[\d.]+\"?[\s-]+|\s|=|:)(?P<status>[1-5]\d\d)\b(?!ms|[.\d])")
_LISTENS = re.compile(
    r"(?:listen|running on|serving|started|bound|ready|accepting).*?"
    r"(?:(?:^|\s|/)(?P<host>\[[0-9a-f:]*\]|\*|(?:\d{1,3}\.){3}\d{1,3}|[a-z][a-z0-9.-]*|):|"
    r"(?:on |at )?(?P<name>(?:\d{1,3}\.){3}\d{1,3}|localhost|)\s?\bport(?:\(s\))?[:=]? )(?P<port>\d{2,5})\b(?!:)",
    re.IGNORECASE,
)
_PATHS, _STATUSES = ("path", "uri", "url", "request_path"), ("status", "status_code", "statusCode")
_LOCAL = re.compile(r"127\.0\.0\.1|localhost|\[::1\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line of an access log."""

    path: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """An address that an app says it listens on; `host` is empty if the line has none."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        """True if only the task itself reaches the address."""
        return bool(_LOCAL.fullmatch(self.host))


def request(line: str) -> Request | None:
    """Return the request that a line of an access log reports; None for another line."""
    document = _document(line)
    if document is not None:
        path = next((str(document[key]) for key in _PATHS if key in document), "")
        status = next((document[key] for key in _STATUSES if key in document), None)
        known = path.startswith("/") and str(status).isdigit()
        return Request(path=path.partition("?")[0], status=int(str(status))) if known else None
    found = _REQUEST.search(line)
    status_found = _STATUS.search(line, found.end()) if found is not None else None
    if found is None or status_found is None:
        return None
    return Request(path=found["path"], status=int(status_found["status"]))


def listening(lines: tuple[str, ...]) -> Iterator[Listening]:
    """Yield the addresses that the lines say an app listens on."""
    for line in lines:
        document = _document(line)
        text = " ".join(str(value) for value in document.values()) if document is not None else line
        found = _LISTENS.search(text) if request(line) is None else None
        if found is not None:
            yield Listening(host=found["host"] or found["name"] or "", port=int(found["port"]))


def _document(line: str) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
