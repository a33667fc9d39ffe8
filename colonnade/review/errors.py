"""The errors of the review: wrong input, or a change that cannot be planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def plan_errors() -> Iterator[None]:
    """Raise PlanError for a value of a shape that Terraform does not write.

    Other programs may change a plan on its way to a review, which must not end without a verdict and a reason.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise PlanError(f"is not a valid Terraform plan ({type(error).__name__}: {error})") from error
    except RecursionError as error:  # a string of the plan may be JSON itself, such as a policy
        raise PlanError("has a value that is nested too deeply") from error
