"""Parsing of a URL or a path into the parts of a request. Pure functions on strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from colonnade.model.errors import ConfigurationError, Fault

_PARTS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
"""https://www.rfc-editor.org/rfc/rfc3986#appendix-B; unlike there, a path may begin with '//', as in an HTTP
request."""
_LISTENERS = {"http": ("HTTP", 80), "https": ("HTTPS", 443), "ws": ("HTTP", 80), "wss": ("HTTPS", 443)}
"""The protocol and the default port of the listener, by scheme. A WebSocket connection begins with an HTTP request
(RFC 6455, section 3)."""
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUrl:
    """The parts of a requested URL."""

    scheme: str | None
    """'http', 'https', 'ws' or 'wss'; None for a path."""
    host: str
    """Lower case, without the port; empty for a path."""
    port: int | None
    """The port in the URL; None if the URL has none."""
    path: str
    """The path as written: percent-encoding and dot segments are unchanged."""
    query: str | None
    """The part after the '?'; None without a '?'."""
    fragment: str | None
    """The part after the '#', which clients do not send; None without a '#'."""

    @property
    def resolved_path(self) -> str:
        """The path without the segments '.' and '..', which browsers and curl resolve before they send a request."""
        if not {".", ".."} & set(self.path.split("/")):
            return self.path
        # Without the leading dot, urljoin would read a path that begins with '//' as a host.
        return urlsplit(urljoin("http://host/", f"/.{self.path}")).path


def parse_url(text: str) -> RequestUrl:
    """Return the parts of an http, https, ws or wss URL, or of a path that begins with '/'.

    Raises ConfigurationError for any other string.
    """
    parts = _PARTS.fullmatch(text)
    # The pattern matches every string, because the path matches all characters that belong to no other part.
    scheme, authority = (parts["scheme"], parts["authority"]) if parts is not None else (None, None)
    fault = _text_fault(text) or _start_fault(text, scheme) or _authority_fault(authority)
    if fault is not None or parts is None:
        raise ConfigurationError([(fault or _NO_URL).of("URL", text)])
    site = urlsplit(f"//{authority or ''}")
    return RequestUrl(
        scheme=scheme.lower() if scheme is not None else None,
        host=site.hostname or "",
        port=site.port,
        path=parts["path"] or "/",
        query=parts["query"],
        fragment=parts["fragment"],
    )


def default_port(scheme: str) -> int:
    """Return the port of a URL without a port, by its scheme."""
    return _LISTENERS[scheme][1]


def listener_protocol(scheme: str) -> str:
    """Return the protocol of the listener for a URL, 'HTTP' or 'HTTPS', by its scheme."""
    return _LISTENERS[scheme][0]


_NO_URL = Fault(
    "is neither an http, https, ws or wss URL nor a path that begins with '/'", "write '/orders' or a whole URL"
)


def _text_fault(text: str) -> Fault | None:
    found = _NOT_IN_A_URL.search(text)
    if found is None:
        return None
    encoded = quote(text, safe="%/:?#[]@!$&'()*+,;=~")
    return Fault(f"contains {found[0]!r}, which must be percent-encoded", f"write {encoded}")


def _start_fault(text: str, scheme: str | None) -> Fault | None:
    if scheme is None:
        return None if text.startswith("/") else _NO_URL
    if scheme.lower() in _LISTENERS:
        return None
    return Fault(f"has the scheme {scheme!r}", "use http, https, ws or wss")


def _authority_fault(authority: str | None) -> Fault | None:
    if authority is None:
        return None
    try:
        site = urlsplit(f"//{authority}")
        named, port = site.hostname, site.port
    except ValueError as error:
        return Fault(f"has no readable host and port: {error}", "use the form 'https://host/path'")
    if not named or port == 0:
        return Fault("has no host name" if not named else "has port 0", "use the form 'https://host/path'")
    return None
