"""Log lines of usual servers: requests with their status, and the address that is listened on."""

from __future__ import annotations

import pytest

from colonnade.operate.why.log_lines import Listening, Request, listening, request


@pytest.mark.parametrize(
    ("line", "path", "status"),
    [
        (
            '10.0.1.7 - - [02/Mar/2026:12:00:00 +0000] "GET /orders?id=1 HTTP/1.1" 404 153 "-" "curl/8.5"',
            "/orders",
            404,
        ),
        ('INFO:     10.0.1.7:5000 - "GET /orders HTTP/1.1" 200 OK', "/orders", 200),
        ("[GIN] 2026/03/02 - 12:00:00 | 200 | GET /orders 200", "/orders", 200),
        ("GET /orders 404 1.234 ms - 153", "/orders", 404),
        ('INFO request "GET /orders HTTP/1.1" 404 -', "/orders", 404),
        ('{"event": "request", "method": "GET", "path": "/orders", "status": 404, "duration_ms": 0.1}', "/orders", 404),
        ('{"method":"GET","url":"/orders?x=1","statusCode":500}', "/orders", 500),
    ],
)
def test_a_line_of_an_access_log_has_path_and_status(line: str, path: str, status: int) -> None:
    assert request(line) == Request(path=path, status=status)


@pytest.mark.parametrize(
    "line", ["GET is a method", "Traceback", '{"event": "started"}', "{broken", "loading 404 rows"]
)
def test_another_line_is_no_request(line: str) -> None:
    assert request(line) is None


@pytest.mark.parametrize(
    ("line", "host", "port"),
    [
        ("INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)", "0.0.0.0", 8000),  # noqa: S104
        ("[2026-03-02 12:00:00 +0000] [1] [INFO] Listening at: http://127.0.0.1:8000 (1)", "127.0.0.1", 8000),
        (" * Running on http://localhost:5000", "localhost", 5000),
        ("Server listening on port 3000", "", 3000),
        ("listening on *:3000", "*", 3000),
        ("2026/03/02 12:00:00 listening on :8080", "", 8080),
        ("Tomcat started on port(s): 8080 (http) with context path ''", "", 8080),
        ("Now listening on: http://[::]:80", "[::]", 80),
        ("server listening on [::1]:3000", "[::1]", 3000),
        ('{"level": "info", "event": "listening on 127.0.0.1 port 8080"}', "127.0.0.1", 8080),
    ],
)
def test_the_address_that_an_app_listens_on_is_found(line: str, host: str, port: int) -> None:
    assert list(listening((line,))) == [Listening(host=host, port=port)]


@pytest.mark.parametrize("line", ["job started at 12:30:45", "connected to db:5432", "GET /started:8080 HTTP/1.1 200"])
def test_another_line_is_no_address(line: str) -> None:
    assert list(listening((line,))) == []


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("", False)])
def test_only_the_loopback_is_local(host: str, local: bool) -> None:
    assert Listening(host=host, port=80).local == local
