"""The errors of the review: wrong input, or a change that cannot be planned."""

from __future__ import annotations

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class ReviewError(ColonnadeError):
    """The input cannot be reviewed; the message has the reason and the fix."""

    exit_status = ExitStatus.WRONG_INPUT


class PlanError(ReviewError):
    """The document is not a complete plan in a supported format."""


class ApprovalError(ReviewError):
    """An entry of the approvals file, or an `--allow` option, is wrong; the message has every problem."""


class PolicyError(ReviewError):
    """The policy file is wrong; the message has every problem."""


class PlanningError(ReviewError):
    """The sandbox failed to plan a change; it has reported the reason."""

    exit_status = ExitStatus.FAILED
