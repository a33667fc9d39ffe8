"""Sticky sessions of a target group: the cookie that binds a client to a target.

The load balancer sends a new cookie with each response. So a session ends if the client makes no request for the
session's duration. A cookie is ignored if its target is not in the pool or not healthy; the response then has a cookie
for another target.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html#duration-based-stickiness
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping
from email.utils import formatdate

from colonnade_sandbox.control_plane.snapshot import Target

COOKIE = "AWSALB"
COOKIE_FOR_CORS = "AWSALBCORS"
"""A second cookie of the same value, with the attribute that browsers require of requests from other sites."""
_COOKIE_SECONDS = 7 * 24 * 3600
"""The age at which a client drops the cookie. It does not depend on the duration of the session."""


def bound_target(cookies: Mapping[str, str]) -> Target | None:
    """Return the target that a request's cookies bind it to; None without a valid cookie."""
    for name in (COOKIE, COOKIE_FOR_CORS):
        try:
            address, port, ends = base64.urlsafe_b64decode(cookies.get(name, "")).decode().split(" ")
            if time.time() < float(ends):
                return Target(address=address, port=int(port))
        except (ValueError, binascii.Error):
            continue
    return None


def session_cookies(target: Target, seconds: int) -> tuple[str, str]:
    """Return the values of the two `Set-Cookie` headers that bind a client to the target for `seconds`."""
    value = base64.urlsafe_b64encode(f"{target.address} {target.port} {time.time() + seconds}".encode()).decode()
    until = formatdate(time.time() + _COOKIE_SECONDS, usegmt=True)
    return (
        f"{COOKIE}={value}; Expires={until}; Path=/",
        f"{COOKIE_FOR_CORS}={value}; Expires={until}; Path=/; SameSite=None; Secure",
    )
