"""Service applications as real processes on free loopback ports, and requests to them over real HTTP.

Every process that a `ServiceProcess` starts is ended when its `with` block ends.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
START_SECONDS = 90.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that was unused a moment ago."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment of a container: these variables and PATH."""
    return {"PATH": os.environ["PATH"], **variables}


class ServiceProcess:
    """A process `python -m service_apps.NAME`, or of another command. Its `with` block begins when it listens."""

    def __init__(self, name: str, *, command: Sequence[str] = (), **variables: str) -> None:
        self.name = name
        self._command = command or (sys.executable, "-m", f"service_apps.{name}")
        self.port = int(variables["PORT"]) if "PORT" in variables else free_port()
        self._variables = {"DRAIN_SECONDS": "0", "HOST": HOST, **variables, "PORT": str(self.port)}
        self.host = self._variables["HOST"]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_it_listens()
        return self

    def start(self) -> None:
        """Start the process without waiting, for tests that start several."""
        self.process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=clean_environment(**self._variables),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait_until_it_listens(self) -> None:
        """Wait until the port is open; raise AssertionError with the log if it does not open."""
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
        """Kill the process if it still runs."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    @property
    def url(self) -> str:
        """The URL without a path."""
        return f"http://{self.host}:{self.port}"

    def listens(self) -> bool:
        """Return True if the process accepts a connection."""
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        """Send a request on a new connection."""
        return httpx.request(method, self.url + path, headers=headers, timeout=15, trust_env=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Send a GET on a new connection."""
        return self.request("GET", path, **headers)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal without waiting."""
        self.process.send_signal(number)

    def wait_until_it_does_not_listen(self) -> None:
        """Wait until the port is closed; raise AssertionError after START_SECONDS."""
        ends_at = time.monotonic() + START_SECONDS
        while self.listens():
            assert time.monotonic() < ends_at
            time.sleep(0.02)

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Wait for the end of the process; return the exit code."""
        return self.process.wait(seconds)

    def log_text(self) -> str:
        """Return the output so far, of stdout and stderr."""
        return Path(f"/proc/self/fd/{self._log.fileno()}").read_text()

    def log(self) -> list[dict[str, Any]]:
        """Return the log, with a mapping for each line."""
        return [json.loads(line) for line in self.log_text().splitlines()]

    def logged(self, **fields: object) -> dict[str, Any]:
        """Return the latest line with these fields; wait for it, because it is written after its response."""
        for _ in range(100):
            found = [line for line in self.log() if fields.items() <= line.items()]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"{self.name} logged no line with {fields}: {self.log_text()}")


def run_to_end(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a service that is expected to exit without a signal."""
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
    """Run the processes in parallel until the block ends."""
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
    """One HTTP connection that stays open between requests, as of a load balancer or a client with a pool."""

    def __init__(self, service: ServiceProcess) -> None:
        self._connection = HTTPConnection(service.host, service.port, timeout=15)

    def get(self, path: str) -> HTTPResponse:
        """Send a GET; return the response, with its body already read."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return response

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Hold:
    """A switch that delays the answers of a `peer` until released, so that tests need no fixed waits."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.released = threading.Event()


@contextmanager
def peer(*, status: int = 200, body: bytes = b'{"msg": "hello"}', hold: Hold | None = None) -> Iterator[str]:
    """Run a small HTTP server in this process, with the same answer to every GET; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if hold is not None:
                hold.requested.set()
                hold.released.wait(START_SECONDS)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Log nothing: tests include callers that disconnect early."""

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
