"""The emulator's server: runs moto on a free loopback port and counts the requests that change something.

A process runs at most one emulator, because moto keeps its state in module globals. `colonnade_sandbox.session` starts
it.
"""

from __future__ import annotations

import io
import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import moto.settings
from moto.core.config import default_user_config
from moto.moto_api._internal import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from colonnade_sandbox.aws_emulator import acm, autoscaling, cloud_map, ec2, ecs, elbv2, logs, route53, s3, wafv2
from colonnade_sandbox.aws_emulator.repeated_requests import RepeatedRequests
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.errors import SandboxError

StartResponse = Callable[..., Any]
Environ = dict[str, Any]

_READING = ("Describe", "List", "Get", "Discover", "Filter", "Head")
_HOST = "127.0.0.1"
_CONNECT_SECONDS = 2.0
_one_at_a_time = threading.Lock()


def _require_loopback() -> None:
    """Raise SandboxError if 127.0.0.1 cannot be reached, as in a new network namespace."""
    try:
        with socket.create_server((_HOST, 0)) as server:
            socket.create_connection(server.getsockname(), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise SandboxError(
            f"the loopback address {_HOST} cannot be reached: {error.strerror or error}\n"
            "    bring up the loopback interface: `ip link set lo up`"
        ) from error


class AwsEmulator:
    """The AWS API of one account, served at `endpoint` from `start` to `close`.

    `start` raises RuntimeError when another emulator runs in this process.
    """

    def __init__(self, *, account_id: str, observations: Observations) -> None:
        self._account_id = account_id
        self._observations = observations
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._changes: Counter[str] = Counter()
        self._requests = threading.Lock()
        self._repeated = RepeatedRequests()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def start(self) -> None:
        """Listen on a free port with an empty account."""
        if not _one_at_a_time.acquire(blocking=False):
            raise RuntimeError("another AWS emulator runs in this process; moto supports only one per process")
        try:
            self._prepare_moto()
            _require_loopback()
            server = make_server(_HOST, 0, self._answer, threaded=True, request_handler=_QuietHandler)
        except BaseException:
            _one_at_a_time.release()
            raise
        server.daemon_threads = True  # type: ignore[attr-defined]
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="aws-emulator", daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """The value for AWS_ENDPOINT_URL; valid once started."""
        if self._server is None:
            raise RuntimeError("the AWS emulator is not running")
        return f"http://{_HOST}:{self._server.server_port}"

    def changes(self, service: str) -> int:
        """Return the number of requests that may have changed `service`, a signing name such as 'ecs'."""
        return self._changes[service]

    def close(self) -> None:
        """Stop listening and delete the account. Safe to call twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        if self._thread is not None:
            self._thread.join(timeout=5)
        with self._requests:
            moto_api_backend.reset()
        _one_at_a_time.release()

    def _prepare_moto(self) -> None:
        os.environ.pop("MOTO_ACCOUNT_ID", None)  # the variable would override the account of each request
        moto.settings.ACM_VALIDATION_WAIT = 0  # DNS is not checked here, so a certificate is issued at once
        default_user_config["iam"] = {"load_aws_managed_policies": True}
        for gap in (acm, autoscaling, cloud_map, ec2, ecs, elbv2, logs, route53, s3, wafv2):
            gap.install(self._observations)
        moto_api_backend.reset()

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request at a time: moto's dictionaries are not safe for threads."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account_id
        with self._requests:
            service, action = _service_and_action(environ)
            earlier = self._repeated.answered(environ)
            if earlier is not None:
                status, headers, body = earlier
                start_response(status, headers)
                return [body]
            response_head: list[Any] = []
            try:
                answer = b"".join(self._moto(environ, lambda *head: response_head.extend(head)))
            except Exception as error:  # noqa: BLE001  (Terraform would retry a 500, whatever moto raises)
                return _refuse(environ, start_response, service, action, error)
            if not action.startswith(_READING):
                self._changes[service] += 1
                self._repeated.keep(environ, response_head[0], response_head[1], answer)
            start_response(*response_head)
            return [answer]


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc]
    """A handler without an access log: Terraform polls, and a line for each request would hide all other output."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (werkzeug's name)
        """Write nothing."""


def _service_and_action(environ: Environ) -> tuple[str, str]:
    """Return the signing name and the action of a request; for REST services (S3, Route 53) the HTTP method."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    service = scope[3] if len(scope) > 3 else "unsigned"
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = _peek_body(environ)
        return service, parse_qs(body.decode()).get("Action", ["unknown"])[0]
    return service, str(environ["REQUEST_METHOD"]).capitalize()


def _peek_body(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _refuse(
    environ: Environ, start_response: StartResponse, service: str, action: str, error: Exception
) -> Iterable[bytes]:
    """Return a 400, because the provider retries a 5xx for many minutes and a retry cannot succeed here."""
    text = f"the AWS emulator cannot answer {service} {action}: {type(error).__name__}: {error}"
    code = "SandboxCannotAnswer"
    if "HTTP_X_AMZ_TARGET" in environ:
        content_type, body = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": text})
    else:
        content_type = "text/xml"
        message = f"<Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>"
        body = message if service == "s3" else f"<ErrorResponse>{message}</ErrorResponse>"
    start_response("400 Bad Request", [("Content-Type", content_type), ("Content-Length", str(len(body.encode())))])
    return [body.encode()]
