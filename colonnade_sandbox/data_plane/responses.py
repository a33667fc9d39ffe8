"""The responses of the load balancer itself: redirects, fixed responses, error pages.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import FixedResponseAction, RedirectAction

_SERVER = "awselb/2.0"
# The reason phrases of AWS that differ from the standard's. The standard has no status 463.
_REASONS = {408: "Request Time-out", 463: "", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestParts:
    """The values of a redirect's placeholders: host without port, path and query as sent, the listener's AWS port."""

    protocol: str
    host: str
    port: int
    path: str
    query: str


def error_page(status: int) -> web.Response:
    """Return the page that AWS sends with an error or a redirect."""
    reason = _REASONS[status] if status in _REASONS else HTTPStatus(status).phrase
    title = f"{status} {reason}".rstrip()
    return _page(status, reason, title, f"<center><h1>{title}</h1></center>\r\n")


def plain_http_page() -> web.Response:
    """Return the page for a request without TLS to an HTTPS listener.

    https://repost.aws/knowledge-center/api-gateway-private-integration-errors
    """
    mistake = "The plain HTTP request was sent to HTTPS port"
    body = f"<center><h1>400 Bad Request</h1></center>\r\n<center>{mistake}</center>\r\n"
    response = _page(400, "Bad Request", f"400 {mistake}", body)
    response.force_close()
    return response


def _page(status: int, reason: str, title: str, body: str) -> web.Response:
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n{body}</body>\r\n</html>\r\n"
    headers = {"Server": _SERVER, "Content-Type": "text/html"}
    return web.Response(status=status, reason=reason, body=page.encode(), headers=headers)


def fixed_response(action: FixedResponseAction) -> web.Response:
    headers = {"Server": _SERVER, "Content-Type": action.content_type}
    return web.Response(status=action.status_code, body=action.message_body.encode(), headers=headers)


def redirect(action: RedirectAction, parts: RequestParts, *, real_ports: Mapping[int, int]) -> web.Response:
    response = error_page(action.status_code)
    response.headers["Location"] = redirect_location(action, parts, real_ports=real_ports)
    return response


def redirect_location(action: RedirectAction, parts: RequestParts, *, real_ports: Mapping[int, int]) -> str:
    """Return the Location header. It always contains the port, as on AWS.

    `real_ports` maps the ports of the same load balancer's listeners on AWS to their actual ports. A redirect to the
    request's own host gets the actual port.
    """
    placeholders = {
        "#{protocol}": parts.protocol,
        "#{host}": parts.host,
        "#{port}": str(parts.port),
        "#{path}": parts.path.removeprefix("/"),
        "#{query}": parts.query,
    }
    protocol = _filled(action.protocol, placeholders).lower()
    host = _filled(action.host, placeholders)
    port = int(_filled(action.port, placeholders))
    if host.lower() == parts.host.lower() and port in real_ports:
        port = real_ports[port]
    path = _filled(action.path, placeholders)
    query = _filled(action.query, placeholders)
    return f"{protocol}://{host}:{port}{path}" + (f"?{query}" if query != "" else "")


def _filled(text: str, placeholders: Mapping[str, str]) -> str:
    """Replace each placeholder once, left to right, so that placeholders in the values stay unchanged."""
    head, mark, rest = text.partition("#{")
    if mark == "":
        return text
    name, brace, tail = rest.partition("}")
    placeholder = f"{mark}{name}{brace}"
    return head + placeholders.get(placeholder, placeholder) + _filled(tail, placeholders)
