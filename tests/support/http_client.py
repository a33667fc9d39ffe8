"""Requests with the standard library's client, which changes neither requests nor answers."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for field, value in self.headers if field.lower() == name.lower()]


def connect(port: int) -> http.client.HTTPConnection:
    """Return a connection to a listener on 127.0.0.1, with a timeout of 15 seconds."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=15)


def ask(
    connection: http.client.HTTPConnection,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request and return its whole answer; the connection may be used again afterwards."""
    connection.request(method, path, body=body, headers=headers if headers is not None else {})
    response = connection.getresponse()
    return Answer(
        status=response.status, reason=response.reason, headers=tuple(response.getheaders()), body=response.read()
    )


def get(port: int, path: str = "/", *, headers: Mapping[str, str] | None = None) -> Answer:
    """Send one GET on a new connection."""
    connection = connect(port)
    try:
        return ask(connection, path, headers=headers)
    finally:
        connection.close()
