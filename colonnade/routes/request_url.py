"""A URL or a path as a user types it, cut into what a listener gets. Pure text."""

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
"""https://www.rfc-editor.org/rfc/rfc3986#appendix-B; a path may begin with '//' here, as in a request."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUrl:
    """What a client asks for."""

    scheme: str | None
    """'http' or 'https'; None where only a path is given."""
    host: str
    """Lower case, without the port; empty where only a path is given."""
    port: int | None
    """The one that is written; None where none is."""
    path: str
    """As it is sent: percent-encoding and dots untouched."""
    query: str | None
    """What follows the '?'; None where there is no '?'."""
    fragment: str | None
    """What follows the '#', which no client sends; None where there is no '#'."""

    @property
    def resolved_path(self) -> str:
        """The path without the segments '.' and '..', which browsers and curl resolve before they send it."""
        if not {".", ".."} & set(self.path.split("/")):
            return self.path
        # The dot in front keeps a path that begins with '//' from being read as a host.
        return urlsplit(urljoin("http://host/", f"/.{self.path}")).path


def parse_url(text: str) -> RequestUrl:
    """The parts of an http or https URL, or of a path that begins with '/'; raises ConfigurationError for others."""
    parts = _PARTS.fullmatch(text)
    # Every text fits: the path takes what nothing else does.
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
    """The port of 'http' or 'https' where a URL names none."""
    return _DEFAULT_PORTS[scheme]


_NO_URL = Fault(
    "neither begins with 'http://' or 'https://' nor, as a path, with '/'", "write '/orders' or a whole URL"
)


def _text_fault(text: str) -> Fault | None:
    found = _NOT_IN_A_URL.search(text)
    if found is None:
        return None
    encoded = quote(text, safe="%/:?#[]@!$&'()*+,;=~")
    return Fault(f"holds {found[0]!r}, which no request carries as it is", f"write it encoded: {encoded}")


def _start_fault(text: str, scheme: str | None) -> Fault | None:
    if scheme is None:
        return None if text.startswith("/") else _NO_URL
    if scheme.lower() in _DEFAULT_PORTS:
        return None
    return Fault(f"has the scheme {scheme!r}", "a load balancer speaks http and https")


def _authority_fault(authority: str | None) -> Fault | None:
    if authority is None:
        return None
    try:
        site = urlsplit(f"//{authority}")
        named, port = site.hostname, site.port
    except ValueError as error:
        return Fault(f"has no readable host and port: {error}", "write it such as 'https://host/path'")
    if not named or port == 0:
        return Fault("has no host name" if not named else "has port 0", "write it such as 'https://host/path'")
    return None
