"""The request id, and lines that are logged faster than they are written."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from litestar.types import Message, Receive, Scope, Send

from service_apps.kit.access_log import AccessLog, request_id
from service_apps.kit.log import LogStream


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Root=1-67891233-abcdef012345678912345678", "1-67891233-abcdef012345678912345678"),
        ("Self=1-1-1;Root=1-2-3;Sampled=1", "1-2-3"),
        ("Self=1-1-1; Root=1-2-3", "1-2-3"),
        ("my-own-id", "my-own-id"),
        ("Root=", "Root="),
        ("x" * 500, "x" * 128),
    ],
)
def test_the_request_id_is_the_root_of_the_trace_header(header: str, expected: str) -> None:
    assert request_id(header) == expected


class _Broken(io.BytesIO):
    def write(self, _data: object) -> int:
        raise BrokenPipeError


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _fail(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    raise ValueError("a defect")


async def _request(app: AccessLog, **scope: Any) -> None:
    async def receive() -> Any:
        raise AssertionError("nothing is received")

    async def send(message: Message) -> None:
        del message

    request: Any = {"type": "http", "method": "GET", "path": "/", "headers": [], **scope}
    await app(request, receive, send)


def test_requests_of_one_moment_keep_their_order_and_their_own_lines() -> None:
    output = io.BytesIO()

    async def request_all() -> None:
        app = AccessLog(_answer, LogStream(output), "name")
        for number in range(100):
            await _request(app, path=f"/{number}")
        assert output.getvalue() == b""  # written in one piece, after this turn
        await asyncio.sleep(0)

    asyncio.run(request_all())
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [line["path"] for line in lines] == [f"/{number}" for number in range(100)]
    assert len({line["request_id"] for line in lines}) == 100


def test_a_callers_input_cannot_break_a_line() -> None:
    output = io.BytesIO()
    trace = b'"\n{"event": "forged"}'
    stream = LogStream(output)

    async def request() -> None:
        app = AccessLog(_answer, stream, "name")
        await _request(app, path='/"\n\u2028', headers=[(b"x-amzn-trace-id", trace)])

    asyncio.run(request())
    stream.flush()
    (line,) = output.getvalue().split(b"\n")[:-1]
    assert json.loads(line)["request_id"] == trace.decode()


def test_a_request_that_fails_in_the_application_is_logged_too() -> None:
    output = io.BytesIO()
    stream = LogStream(output)
    with pytest.raises(ValueError, match="a defect"):
        asyncio.run(_request(AccessLog(_fail, stream, "name")))
    stream.flush()
    assert json.loads(output.getvalue())["status"] is None


def test_requests_continue_if_the_reader_of_the_log_is_gone() -> None:
    stream = LogStream(_Broken())
    asyncio.run(_request(AccessLog(_answer, stream, "name")))
    stream.flush()
