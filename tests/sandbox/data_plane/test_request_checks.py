"""The requests that the load balancer refuses before any rule, over real connections."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest

from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.load_balancer_snapshots import listener, snapshot

DOMAIN = "services.colonnade.localhost"


def answer(data_plane: DataPlane, head: bytes, *, port: int = 80) -> tuple[int, str, bytes]:
    """Return status, server and body of the answer to these bytes, sent without TLS."""
    with socket.create_connection(("127.0.0.1", data_plane.ports()[f"listener-{port}"]), timeout=10) as client:
        client.sendall(head)
        response = http.client.HTTPResponse(client)
        response.begin()
        return response.status, response.headers["Server"], response.read()


def get_with(*fields: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def addresses(count: int) -> bytes:
    return b", ".join([b"192.0.2.1"] * count)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"this is no request\r\n\r\n", 400),
        (b"GET no-slash HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", 400),
        (b"CONNECT / HTTP/1.1\r\nHost: example.com\r\n\r\n", 400),
        (get_with(*[b"X-%d: %s" % (number, b"v" * 13_000) for number in range(4)]), 200),
        (get_with(*[b"X-%d: %s" % (number, b"v" * 13_200) for number in range(5)]), 400),
        (get_with(b"X: " + b"v" * 17_000), 400),
        (get_with(b"X-Forwarded-For: " + addresses(30)), 200),
        (get_with(b"X-Forwarded-For: " + addresses(31)), 463),
        (get_with(b"X-Forwarded-For: " + addresses(30), b"X-Forwarded-For: " + addresses(1)), 463),
    ],
)
def test_a_request_that_aws_refuses_gets_its_status_before_any_rule(
    data_plane: DataPlane, head: bytes, status: int
) -> None:
    data_plane.update(snapshot(listener()))
    assert answer(data_plane, head)[:2] == (status, "awselb/2.0")


def test_plain_http_to_an_https_listener_gets_a_page_and_tls_goes_on(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=443, certificate_domains=(DOMAIN,))))
    status, server, page = answer(data_plane, get_with(), port=443)
    assert (status, server) == (400, "awselb/2.0")
    assert b"<title>400 The plain HTTP request was sent to HTTPS port</title>" in page
    context = ssl.create_default_context(cafile=data_plane.certificate_authority_path)
    silent = socket.create_connection(("127.0.0.1", data_plane.ports()["listener-443"]), timeout=10)
    plain = socket.create_connection(silent.getpeername(), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=DOMAIN) as secured:
        secured.sendall(get_with())
        assert secured.recv(15) == b"HTTP/1.1 200 OK"
    silent.close()


def test_a_client_of_http_2_is_served_http_1_1(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=443, certificate_domains=(DOMAIN,))))
    context = ssl.create_default_context(cafile=data_plane.certificate_authority_path)
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", data_plane.ports()["listener-443"]), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=DOMAIN) as secured:
        assert secured.selected_alpn_protocol() is None
