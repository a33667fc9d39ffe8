"""Tests of the proxy that resolves names where tasks cannot have a private /etc."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from colonnade_sandbox.tasks.addresses import AddressBlock
from colonnade_sandbox.tasks.name_proxy import NameProxy


class Echo(http.server.BaseHTTPRequestHandler):
    """A handler that returns request line, host and body, in chunks."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (self.requestline.encode(), self.headers["Host"].encode(), body):
            self.wfile.write(f"{len(piece) + 1:x}\r\n".encode() + piece + b"\n\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def block() -> Iterator[AddressBlock]:
    block = AddressBlock()
    yield block
    block.close()


@pytest.fixture
def server(block: AddressBlock) -> Iterator[tuple[str, int]]:
    server = http.server.ThreadingHTTPServer((block.take(), 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[0], server.server_address[1]  # type: ignore[misc]
    server.shutdown()
    server.server_close()


@pytest.fixture
def names() -> dict[str, tuple[str, ...]]:
    return {}


@pytest.fixture
def proxy(block: AddressBlock, names: dict[str, tuple[str, ...]]) -> Iterator[http.client.HTTPConnection]:
    proxy = NameProxy(lambda name: names.get(name, ()), block.take())
    url = urlsplit(proxy.url)
    assert url.hostname is not None
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
    yield connection
    connection.close()
    proxy.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port if url.port is not None else 0))


def post(proxy: http.client.HTTPConnection, url: str, body: bytes = b"") -> tuple[int, str]:
    proxy.request("POST", url, body=body)
    answer = proxy.getresponse()
    return answer.status, answer.read().decode()


def test_a_name_is_resolved_and_the_server_gets_a_plain_request(
    proxy: http.client.HTTPConnection, names: dict[str, tuple[str, ...]], server: tuple[str, int]
) -> None:
    address, port = server
    names["orders.services"] = (address,)
    host = f"orders.services:{port}"
    expected = f"POST /orders?page=2 HTTP/1.1\n{host}\nthe body\n"
    assert post(proxy, f"http://{host}/orders?page=2", b"the body") == (200, expected)


def test_a_body_larger_than_any_buffer_is_forwarded_completely(
    proxy: http.client.HTTPConnection, names: dict[str, tuple[str, ...]], server: tuple[str, int]
) -> None:
    names["orders.services"] = (server[0],)
    body = b"x" * 3_000_000
    status, text = post(proxy, f"http://orders.services:{server[1]}/", body)
    assert (status, text.splitlines()[2]) == (200, body.decode())


def test_an_address_that_refuses_the_connection_is_skipped(
    proxy: http.client.HTTPConnection, names: dict[str, tuple[str, ...]], server: tuple[str, int], block: AddressBlock
) -> None:
    names["orders.services"] = (block.take(), server[0])
    assert post(proxy, f"http://orders.services:{server[1]}/")[0] == 200


def test_each_request_resolves_the_name_again(
    proxy: http.client.HTTPConnection, names: dict[str, tuple[str, ...]], server: tuple[str, int]
) -> None:
    url = f"http://orders.services:{server[1]}/"
    assert post(proxy, url) == (502, "no discovery service orders.services\n")
    names["orders.services"] = (server[0],)
    assert post(proxy, url)[0] == 200


def test_a_name_without_a_reachable_instance_is_502(
    proxy: http.client.HTTPConnection, names: dict[str, tuple[str, ...]], block: AddressBlock
) -> None:
    names["orders.services"] = (block.take(),)
    assert post(proxy, "http://orders.services:7999/") == (502, "no instance of orders.services accepts connections\n")


def test_a_url_that_is_not_http_is_refused(proxy: http.client.HTTPConnection) -> None:
    assert post(proxy, "ftp://orders.services/") == (502, "this proxy supports only http URLs\n")
