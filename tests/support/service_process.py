"""Starts service applications as real processes on free loopback ports, and asks them over real HTTP.

Every process that a `ServiceProcess` started is gone when its `with` block ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
START_SECONDS = 30.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def clean_environment(**variables: str) -> dict[str, str]:
    """What a container would see: these variables and next to nothing of the machine's."""
    return {"PATH": os.environ["PATH"], **variables}


class ServiceProcess:
    """One `python -m service_apps.NAME`; entering waits until it listens."""

    def __init__(self, name: str, **variables: str) -> None:
        self.name = name
        self.port = int(variables["PORT"]) if "PORT" in variables else free_port()
        self._variables = {"DRAIN_SECONDS": "0", "HOST": HOST, **variables, "PORT": str(self.port)}
        self.host = self._variables["HOST"]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_it_listens()
        return self

    def start(self) -> None:
        """Starts it and does not wait, for tests that start several."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"service_apps.{self.name}"],
            cwd=ROOT,
            env=clean_environment(**self._variables),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait_until_it_listens(self) -> None:
        """AssertionError, with its log, where it does not."""
        ends_at = time.monotonic() + START_SECONDS
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > ends_at:
                log = self.log_text()
                self.close()
                raise AssertionError(f"{self.name} did not start: {log}")
            time.sleep(0.02)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kills it where it still runs."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://{self.host}:{self.port}"

    def listens(self) -> bool:
        """Whether it takes a new connection."""
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        """A request on a connection of its own."""
        return httpx.request(method, self.url + path, headers=headers, timeout=15, trust_env=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET on a connection of its own."""
        return self.request("GET", path, **headers)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends the signal and does not wait."""
        self.process.send_signal(number)

    def wait_until_it_does_not_listen(self) -> None:
        """AssertionError where it goes on for long."""
        ends_at = time.monotonic() + START_SECONDS
        while self.listens():
            assert time.monotonic() < ends_at
            time.sleep(0.02)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """The exit code."""
        return self.process.wait(seconds)

    def log_text(self) -> str:
        """Everything that it has written so far, on both of its outputs."""
        return Path(f"/proc/self/fd/{self._log.fileno()}").read_text()

    def log(self) -> list[dict[str, Any]]:
        """Its log, a mapping for each line."""
        return [json.loads(line) for line in self.log_text().splitlines()]

    def logged(self, **fields: object) -> dict[str, Any]:
        """The latest line with these fields; waits for it, because a line follows its response."""
        for _ in range(100):
            found = [line for line in self.log() if fields.items() <= line.items()]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"{self.name} logged no line with {fields}: {self.log_text()}")


def run_to_end(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a service that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", f"service_apps.{name}"],
        cwd=ROOT,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@contextmanager
def running(*services: ServiceProcess) -> Iterator[None]:
    """All of them, started side by side."""
    try:
        for service in services:
            service.start()
        for service in services:
            service.wait_until_it_listens()
        yield
    finally:
        for service in services:
            service.close()


class KeptConnection:
    """One HTTP connection that stays open between requests, as a load balancer or a pooled client holds it."""

    def __init__(self, service: ServiceProcess) -> None:
        self._connection = HTTPConnection(service.host, service.port, timeout=15)

    def get(self, path: str) -> HTTPResponse:
        """GET; the body is read already."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return response

    def close(self) -> None:
        """Closes it."""
        self._connection.close()


class Hold:
    """Keeps the answers of a `peer` back until released, so that a test need not guess how long something takes."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.released = threading.Event()


@contextmanager
def peer(*, status: int = 200, body: bytes = b'{"msg": "hello"}', hold: Hold | None = None) -> Iterator[str]:
    """A small real HTTP server in this process that answers every GET the same; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if hold is not None:
                hold.asked.set()
                hold.released.wait(START_SECONDS)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Says nothing: callers that leave early are part of the tests."""

    server = Server((HOST, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        if hold is not None:
            hold.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
