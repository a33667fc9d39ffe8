"""The changes of a load balancer to the headers of requests and responses."""

from __future__ import annotations

import re

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from colonnade_sandbox.data_plane.headers import end_to_end, for_target


def passed(*fields: tuple[str, str], drop_invalid: bool = True) -> CIMultiDict[str]:
    headers = CIMultiDictProxy(CIMultiDict(fields))
    return for_target(
        headers,
        client_address="192.0.2.7",
        protocol="https",
        port=443,
        load_balancer_name="load-balancer.elb.localhost",
        drop_invalid=drop_invalid,
    )


def test_the_target_receives_client_protocol_and_port() -> None:
    headers = passed(("Host", "example.com"))
    assert headers["X-Forwarded-For"] == "192.0.2.7"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-Port"] == "443"
    assert headers["Host"] == "example.com"


def test_the_client_is_appended_to_x_forwarded_for_and_replaces_the_others() -> None:
    headers = passed(
        ("X-Forwarded-For", "198.51.100.1"),
        ("x-forwarded-for", "198.51.100.2"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Port", "70"),
    )
    assert headers.getall("X-Forwarded-For") == ["198.51.100.1, 198.51.100.2, 192.0.2.7"]
    assert headers.getall("X-Forwarded-Proto") == ["https"]
    assert headers.getall("X-Forwarded-Port") == ["443"]


def test_a_request_without_a_trace_id_gets_a_root() -> None:
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", passed()["X-Amzn-Trace-Id"])


@pytest.mark.parametrize("received", ["Root=1-a-b;CalledFrom=app", "Self=1-x-y;Root=1-a-b;CalledFrom=app"])
def test_a_request_with_a_root_keeps_it_and_gets_a_new_self(received: str) -> None:
    traced = passed(("X-Amzn-Trace-Id", received))["X-Amzn-Trace-Id"]
    assert re.fullmatch(r"Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-a-b;CalledFrom=app", traced)


def test_headers_of_one_connection_are_not_forwarded() -> None:
    headers = end_to_end(
        CIMultiDict(
            [
                ("Connection", "keep-alive, X-Private"),
                ("Keep-Alive", "timeout=5"),
                ("X-Private", "1"),
                ("TE", "trailers"),
                ("Transfer-Encoding", "chunked"),
                ("Upgrade", "websocket"),
                ("Set-Cookie", "a=1"),
                ("Set-Cookie", "b=2"),
            ]
        )
    )
    assert list(headers.items()) == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


def test_invalid_field_names_are_dropped_only_on_request() -> None:
    fields = (("X_Under", "1"), ("X.Dot", "2"), ("X-Fine", "3"))
    assert [name for name in passed(*fields) if name.startswith(("X_", "X.", "X-Fi"))] == ["X-Fine"]
    kept = passed(*fields, drop_invalid=False)
    assert (kept["X_Under"], kept["X.Dot"], kept["X-Fine"]) == ("1", "2", "3")
