"""The errors of the review: wrong input, and a change that cannot be planned."""

from __future__ import annotations

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class ReviewError(ColonnadeError):
    """There is nothing to review; the text says why and what to do."""

    exit_status = ExitStatus.WRONG_INPUT


class PlanError(ReviewError):
    """The document is not a plan that can be reviewed."""


class AllowError(ReviewError):
    """A line of an allow file, or an `--allow` option, is not a Terraform address."""


class PlanningError(ReviewError):
    """The sandbox failed to plan a change; it has reported why."""

    exit_status = ExitStatus.FAILED
