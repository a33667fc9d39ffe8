"""The error of this package, for every module of it: there is nothing to review."""

from __future__ import annotations

WRONG_INPUT = 2


class ReviewError(Exception):
    """The text says why there is nothing to review and what to do; `exit_status` is the process's, default 2."""

    def __init__(self, text: str, exit_status: int = WRONG_INPUT) -> None:
        super().__init__(text)
        self.exit_status = exit_status
