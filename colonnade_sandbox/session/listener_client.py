"""An HTTP client for a listener on this machine: a real socket, a Host header, verified TLS.

It always connects to 127.0.0.1 and does not resolve the host name.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from colonnade_sandbox.session.endpoints import Endpoint

_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: str
    location: str | None
    """The Location header, or None."""


def send(endpoint: Endpoint, *, host: str, path: str, certificate_authority: Path, post: str | None = None) -> Answer:
    """Send GET `path`, or POST with the JSON `post`, and return the answer.

    Raises OSError or HTTPException without an answer within 15 s.
    """
    connection = http.client.HTTPConnection(host, endpoint.port, timeout=_TIMEOUT_SECONDS)
    connection.sock = _connect(endpoint, host, certificate_authority)
    headers = {"Host": host, "Connection": "close"}
    try:
        if post is None:
            connection.request("GET", path, headers=headers)
        else:
            connection.request(
                "POST", path, body=post.encode(), headers={**headers, "Content-Type": "application/json"}
            )
        response = connection.getresponse()
        return Answer(status=response.status, body=response.read().decode(), location=response.getheader("Location"))
    finally:
        connection.close()


def _connect(endpoint: Endpoint, host: str, certificate_authority: Path) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", endpoint.port), timeout=_TIMEOUT_SECONDS)
    if endpoint.scheme == "http":
        return plain
    try:
        trust = ssl.create_default_context(cafile=str(certificate_authority))
        return trust.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
