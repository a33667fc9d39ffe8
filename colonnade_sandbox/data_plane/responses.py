"""Answers that the load balancer gives by itself: redirects, fixed responses, error pages.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import FixedResponseAction, RedirectAction

_SERVER = "awselb/2.0"
# Where AWS's words differ from the standard's.
_REASONS = {408: "Request Time-out", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestParts:
    """What a redirect's placeholders stand for: host without port, path and query as sent, the listener's AWS port."""

    protocol: str
    host: str
    port: int
    path: str
    query: str


def error_page(status: int) -> web.Response:
    """The page that AWS sends with an error or a redirect of its own."""
    reason = _REASONS[status] if status in _REASONS else HTTPStatus(status).phrase
    title = f"{status} {reason}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
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
    """The Location header, with its port always written out, as AWS does.

    `real_ports` maps the ports of the same load balancer's listeners to those where they really listen; a redirect to
    the request's own host gets the real one.
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
    """Replace each placeholder once, left to right, so that a value that looks like a placeholder stays as it is."""
    head, mark, rest = text.partition("#{")
    if mark == "":
        return text
    name, brace, tail = rest.partition("}")
    placeholder = f"{mark}{name}{brace}"
    return head + placeholders.get(placeholder, placeholder) + _filled(tail, placeholders)
