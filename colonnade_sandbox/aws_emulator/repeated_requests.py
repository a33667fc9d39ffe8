"""Responses to earlier changes, kept for clients that retry a call because its response was lost.

AWS's SDKs send the same `amz-sdk-invocation-id` with all attempts of one call. On an overloaded machine a response can
arrive after its connection has timed out. Without this module the retry would be refused as a duplicate.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

_KEPT = 256
_Answer = tuple[str, list[tuple[str, str]], bytes]


class RepeatedRequests:
    """The latest responses, by invocation id. A call without an id never counts as a retry."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    def answered(self, environ: dict[str, Any]) -> _Answer | None:
        """Return the response to an earlier attempt of this call: status, headers, body. None for a first attempt."""
        return self._answers.get(_invocation(environ))

    def keep(self, environ: dict[str, Any], status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Keep the response to a successful change; a refused call may be retried."""
        invocation = _invocation(environ)
        if invocation and status.startswith("2"):
            self._answers[invocation] = (status, list(headers), body)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)


def _invocation(environ: dict[str, Any]) -> str:
    return str(environ.get("HTTP_AMZ_SDK_INVOCATION_ID", ""))
