"""Responses of the load balancer itself: the locations of redirects, and the error pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade_sandbox.control_plane.snapshot import RedirectAction
from colonnade_sandbox.data_plane.responses import RequestParts, error_page, redirect_location
from tests.support.load_balancer_snapshots import TO_HTTPS

PARTS = RequestParts(protocol="http", host="services.example.localhost", port=80, path="/a%20b/c", query="x=1&y")
KEEP = RedirectAction(
    protocol="#{protocol}", host="#{host}", port="#{port}", path="/#{path}", query="#{query}", status_code=302
)


@pytest.mark.parametrize(
    ("action", "parts", "expected"),
    [
        (TO_HTTPS, PARTS, "https://services.example.localhost:443/a%20b/c?x=1&y"),
        (TO_HTTPS, replace(PARTS, path="/", query=""), "https://services.example.localhost:443/"),
        (replace(KEEP, path="/new/#{path}"), PARTS, "http://services.example.localhost:80/new/a%20b/c?x=1&y"),
        (replace(KEEP, host="www.#{host}"), PARTS, "http://www.services.example.localhost:80/a%20b/c?x=1&y"),
        (replace(KEEP, query="#{query}&from=#{path}"), replace(PARTS, path="/#{host}"),
         "http://services.example.localhost:80/#{host}?x=1&y&from=#{host}"),
        (replace(KEEP, query=""), PARTS, "http://services.example.localhost:80/a%20b/c"),
    ],
)  # fmt: skip
def test_placeholders_are_replaced_with_the_parts_of_the_request(
    action: RedirectAction, parts: RequestParts, expected: str
) -> None:
    assert redirect_location(action, parts, real_ports={}) == expected


def test_a_redirect_to_a_listener_of_the_same_load_balancer_gets_its_real_port() -> None:
    location = redirect_location(TO_HTTPS, PARTS, real_ports={80: 40080, 443: 40443})
    assert location == "https://services.example.localhost:40443/a%20b/c?x=1&y"


@pytest.mark.parametrize("action", [replace(TO_HTTPS, host="example.com"), replace(TO_HTTPS, port="8443")])
def test_a_redirect_to_another_host_or_port_keeps_its_port(action: RedirectAction) -> None:
    assert f":{action.port}/" in redirect_location(action, PARTS, real_ports={443: 40443})


def test_error_pages_are_those_of_aws() -> None:
    page = error_page(504)
    assert (page.status, page.reason, page.headers["Server"]) == (504, "Gateway Time-out", "awselb/2.0")
    assert page.body == (
        b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n"
        b"<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n"
    )
