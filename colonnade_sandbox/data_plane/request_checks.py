"""The requests that the load balancer refuses before any rule.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web

from colonnade_sandbox.data_plane.headers import header_bytes

# #http-400-issues: "64 K for the entire request header".
_MAXIMUM_HEADER_BYTES = 65536
# #http-463-issues
_MAXIMUM_FORWARDED_ADDRESSES = 30


def refusal(request: web.BaseRequest, *, path_and_query: str) -> int | None:
    """Return the status of AWS's error page for the request; None if the rules apply to it.

    400: no path; more than 64 KB of headers; no Host in HTTP/1.1 (RFC 9112, 3.2); CONNECT, which only the guide of the
    Classic Load Balancer names (https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/ts-elb-error-message.html).
    405: TRACE. 463: more than 30 addresses in X-Forwarded-For.
    """
    if not path_and_query.startswith("/") or request.method == hdrs.METH_CONNECT:
        return 400
    if request.version >= HttpVersion11 and hdrs.HOST not in request.headers:
        return 400
    if len(request.method) + len(path_and_query) + header_bytes(request.raw_headers) > _MAXIMUM_HEADER_BYTES:
        return 400
    if request.method == hdrs.METH_TRACE:
        return 405
    forwarded_for = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ()))
    return 463 if forwarded_for.count(",") >= _MAXIMUM_FORWARDED_ADDRESSES else None
