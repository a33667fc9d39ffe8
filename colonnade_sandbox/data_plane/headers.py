"""The changes that a load balancer makes to the headers of requests and responses.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable

from multidict import CIMultiDict, CIMultiDictProxy

# RFC 9110, 7.6.1: they apply to one connection. `Trailer` is included because trailers are not passed on.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
# AWS's pattern of a valid field name (load balancer attribute routing.http.drop_invalid_header_fields.enabled).
_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")


def end_to_end(headers: CIMultiDictProxy[str] | CIMultiDict[str]) -> CIMultiDict[str]:
    """Return the headers without the hop-by-hop ones: the standard ones and those that `Connection` lists."""
    dropped = _HOP_BY_HOP
    for value in headers.getall("Connection", ()):
        dropped = dropped | {name.strip().lower() for name in value.split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


def header_bytes(fields: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the size of header fields as sent: each with a colon, a space and the end of its line."""
    return sum(len(name) + len(value) + 4 for name, value in fields)


def for_target(
    headers: CIMultiDictProxy[str],
    *,
    client_address: str,
    protocol: str,
    port: int,
    load_balancer_name: str,
    drop_invalid: bool,
) -> CIMultiDict[str]:
    """Return the headers of the request to the target.

    `protocol` is 'http' or 'https', `port` the listener's port on AWS. `load_balancer_name` is its DNS name, the Host
    of a request of HTTP/1.0 without one:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#http-connections
    `drop_invalid` removes fields whose names contain characters other than letters, digits and hyphens. `Expect` is
    removed, because the load balancer itself responds to it.
    """
    passed = end_to_end(headers)
    passed.popall("Expect", None)
    if drop_invalid:
        passed = CIMultiDict((name, value) for name, value in passed.items() if _VALID_NAME.fullmatch(name))
    passed.setdefault("Host", load_balancer_name)
    passed["X-Forwarded-For"] = ", ".join([*passed.getall("X-Forwarded-For", ()), client_address])
    passed["X-Forwarded-Proto"] = protocol
    passed["X-Forwarded-Port"] = str(port)
    passed["X-Amzn-Trace-Id"] = _traced(passed.get("X-Amzn-Trace-Id", ""))
    return passed


def _traced(received: str) -> str:
    """Add `Root` if it is missing; otherwise put a new `Self` first, in place of any other `Self`."""
    fields = [field.strip() for field in received.split(";") if field.strip() != ""]
    kept = [field for field in fields if not field.startswith("Self=")]
    ours = "Self" if any(field.startswith("Root=") for field in kept) else "Root"
    return ";".join([f"{ours}=1-{int(time.time()):08x}-{secrets.token_hex(12)}", *kept])
