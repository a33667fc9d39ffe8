"""The HTTP endpoint from which the tasks' SDKs read credentials: token in the Authorization header -> JSON.

The format is that of the ECS credentials endpoint:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

Credentials = Callable[[str], Mapping[str, str] | None]
"""The credentials for a token, or None for an unknown token."""


class CredentialsServer:
    """A server on a free port of 127.0.0.1, from its creation until `close`."""

    def __init__(self, credentials: Credentials) -> None:
        self._http = _Http(credentials)
        self.url = f"http://127.0.0.1:{self._http.server_port}/credentials"
        threading.Thread(target=self._http.serve_forever, args=(0.1,), name="task-credentials", daemon=True).start()

    def close(self) -> None:
        """Stop listening. Safe to call twice."""
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    def __init__(self, credentials: Credentials) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.credentials = credentials


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        try:
            found = self.server.credentials(self.headers.get("Authorization", ""))
        except (BotoCoreError, ClientError) as error:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"code": "CannotAssumeRole", "message": str(error)})
            return
        if found is None:
            self._answer(HTTPStatus.FORBIDDEN, {"code": "UnknownToken", "message": "no running task has this token"})
        else:
            self._answer(HTTPStatus.OK, found)

    def _answer(self, status: HTTPStatus, document: Mapping[str, str]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name of http.server)
        """Write nothing: every request has a token."""
