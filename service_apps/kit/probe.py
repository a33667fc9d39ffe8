"""`python -m service_apps.kit.probe`: requests this container's own /health, for a container health check.

Ends with 0 if it answers 200, and with 1 otherwise, also while the process drains.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from typing import Final

from service_apps.kit.path_prefix import HEALTH_PATH

_TIMEOUT_SECONDS: Final = 4.0
_ALL_INTERFACES: Final = {"", "0.0.0.0", "::"}  # noqa: S104 - compared, not listened on


def is_healthy(environment: Mapping[str, str]) -> bool:
    """Request /health at HOST and PORT; raises KeyError without PORT."""
    host = environment.get("HOST", "")
    connection = http.client.HTTPConnection(
        "localhost" if host in _ALL_INTERFACES else host, int(environment["PORT"]), timeout=_TIMEOUT_SECONDS
    )
    try:
        connection.request("GET", HEALTH_PATH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(os.environ) else 1)
