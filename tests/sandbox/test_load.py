"""The load keeps its rate, records every answer and every failure, and sends no request twice."""

from __future__ import annotations

import http.server
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from colonnade_sandbox.load import Load
from colonnade_sandbox.session.endpoints import Endpoint


class _Handler(http.server.BaseHTTPRequestHandler):
    """A handler: /broken is 500, a connection's second request for /once is not answered, /slow takes half a second."""

    protocol_version = "HTTP/1.1"
    answered = 0

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.seen.append((self.path, self.client_address[1]))
        if self.path == "/once" and self.answered:
            self.close_connection = True
            return
        if self.path == "/slow":
            time.sleep(0.5)
        self.answered += 1
        body = self.headers["Host"].encode()
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", "api")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, int]] = []
        """The path and client port of each request."""

    def load(self, *paths: str, requests_per_second: float = 100) -> Load:
        return Load(
            Endpoint(scheme="http", aws_port=80, port=self.server_address[1]),
            host="board.example",
            paths=paths,
            answered_by=_answered_by,
            certificate_authority=Path("not-needed"),
            requests_per_second=requests_per_second,
        )


def _answered_by(headers: Mapping[str, str], body: bytes) -> str:
    return f"{headers['X-Served-By']} of {body.decode()}"


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_sample_has_the_status_the_times_and_the_service_that_answered(server: _Server) -> None:
    began = time.monotonic()
    with server.load("/fine", "/broken") as load:
        load.wait_for(10)
    for sample in load.samples():
        assert (sample.status, sample.failed) == ((200, False) if sample.path == "/fine" else (500, True))
        assert sample.answered_by == "api of board.example"
        assert began <= sample.sent_at <= sample.ended_at <= time.monotonic()
    assert {sample.path for sample in load.samples()} == {"/fine", "/broken"}


def test_the_rate_does_not_depend_on_response_times(server: _Server) -> None:
    with server.load("/slow", requests_per_second=60) as load:
        time.sleep(1.5)
    sent = [sample.sent_at for sample in load.samples()]
    assert 45 <= len(sent) / (max(sent) - min(sent)) <= 75


def test_each_path_is_requested_over_kept_and_over_new_connections(server: _Server) -> None:
    with server.load("/one", "/two") as load:
        load.wait_for(40)
    for path in ("/one", "/two"):
        requests_of = Counter(port for seen, port in server.seen if seen == path)
        assert min(requests_of.values()) == 1
        assert max(requests_of.values()) > 1


def test_a_request_on_a_connection_that_was_closed_is_a_failure_and_is_not_sent_again(server: _Server) -> None:
    with server.load("/once", requests_per_second=20) as load:
        load.wait_for(8)
    samples = load.samples()
    assert len(server.seen) == len(samples)
    failed = [sample for sample in samples if sample.failed]
    assert failed
    assert {sample.status for sample in failed} == {None}
    assert all("ServerDisconnected" in sample.problem for sample in failed)


def test_leaving_waits_for_the_last_answers(server: _Server) -> None:
    with server.load("/slow", requests_per_second=20) as load:
        time.sleep(0.3)
    assert len(load.samples()) == len(server.seen)
    assert not any(sample.failed for sample in load.samples())


def test_samples_can_be_limited_to_those_since_a_moment(server: _Server) -> None:
    with server.load("/fine") as load:
        load.wait_for(5)
        moment = time.monotonic()
        found = load.wait_for(5)
    assert len(found) >= 5
    assert all(sample.sent_at >= moment for sample in found)
    assert len(load.samples(since=moment)) < len(load.samples())


def test_waiting_ends_with_a_stop_reason(server: _Server) -> None:
    with server.load("/fine") as load:
        assert load.wait_for(1_000_000, stop_reason=lambda: "interrupted") == ()


def test_a_load_that_fails_raises_its_exception(server: _Server) -> None:
    load = Load(
        Endpoint(scheme="http", aws_port=80, port=server.server_address[1]),
        host="board.example",
        paths=["/fine"],
        answered_by=lambda headers, _body: headers["X-Absent"],
        certificate_authority=Path("not-needed"),
    )
    with pytest.raises(ExceptionGroup) as failure, load:
        load.wait_for(1)
    assert failure.group_contains(KeyError)
