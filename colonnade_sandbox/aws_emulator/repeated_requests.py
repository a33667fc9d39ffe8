"""Answers to changes that were made, kept for clients that ask again because an answer got lost on its way.

AWS's SDKs give all attempts of one call the same `amz-sdk-invocation-id`. On a starved machine an answer can come too
late for its connection; made twice, a change would be refused as a duplicate.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

_KEPT = 256
_Answer = tuple[str, list[tuple[str, str]], bytes]


class RepeatedRequests:
    """The last answers by invocation; a call without an id is always a new one."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    def answered(self, environ: dict[str, Any]) -> _Answer | None:
        """What an earlier attempt of this call was answered with: status, headers, body; None if there was none."""
        return self._answers.get(_invocation(environ))

    def keep(self, environ: dict[str, Any], status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Remember a change that was made; a refused one may be tried again."""
        invocation = _invocation(environ)
        if invocation and status.startswith("2"):
            self._answers[invocation] = (status, list(headers), body)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)


def _invocation(environ: dict[str, Any]) -> str:
    return str(environ.get("HTTP_AMZ_SDK_INVOCATION_ID", ""))
