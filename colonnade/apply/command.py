"""Plan, apply and destroy of one stack in AWS: synthesis -> credentials -> plan -> checks -> question -> apply -> wait.

Apply uses exactly the plan that was shown and checked. A plan saved in a file can be approved before its apply.
AWS_ENDPOINT_URL selects an AWS emulator instead. The working directory is the project's root. Each function returns
the exit status: see `ExitStatus`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from colonnade.apply import saved_plan
from colonnade.apply.approval import Given, blocking, given, report
from colonnade.apply.destroy import destroy as _destroy
from colonnade.apply.log_groups import adopted
from colonnade.apply.operation import Ask, Operation, begin, confirmed, say
from colonnade.apply.services import say_why_services_failed, wait_for_services
from colonnade.apply.stack import Stack
from colonnade.apply.terraform import TerraformFailedError
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.migration.step import PlanError, plan_problems
from colonnade.review.plan.document import plan_of
from colonnade.review.saved_plan import SavedPlan
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


def plan(stack: str, environment: str, out: Path | None = None) -> int:
    """Show the changes of an apply; if they may be applied, save the plan in `out`, `out`.json and `out`.dot."""

    def work() -> int:
        if out is not None:
            saved_plan.require_writable(out)
        with begin(stack, environment) as operation:
            return _plan(operation, out.absolute() if out is not None else None)

    return _reported(work)


def apply(
    stack: str,
    environment: str,
    plan_file: Path | None = None,
    yes: bool = False,
    allow: Sequence[str] = (),
    *,
    ask: Ask = input,
) -> int:
    """Apply the stack, or exactly the plan in `plan_file`, and wait for its services; `yes` skips the confirmation.

    `allow` are addresses of changes that may interrupt requests or lose data. The exit status is STOPPED if the plan
    has other such changes.
    """

    def work() -> int:
        approved = given(allow, Path.cwd())
        if plan_file is not None:
            saved_plan.require_plan_file(plan_file)
        with begin(stack, environment) as operation:
            file = plan_file.absolute() if plan_file is not None else None
            return _apply(operation, file, approved, yes=yes, ask=ask)

    return _reported(work)


def wait(stack: str, environment: str) -> int:
    """Wait until the services of an applied stack run healthy tasks.

    It does not matter which tool applied the stack.
    """

    def work() -> int:
        with begin(stack, environment) as operation:
            operation.terraform.init(operation.stack.folder)
            wait_for_services(operation)
            return ExitStatus.OK

    return _reported(work)


def destroy(stack: str, environment: str, yes: bool = False, *, ask: Ask = input) -> int:
    """Destroy the stack, if nothing prevents it; `yes` skips the confirmation."""

    def work() -> int:
        with begin(stack, environment) as operation:
            return _destroy(operation, yes=yes, ask=ask)

    return _reported(work)


def _plan(operation: Operation, out: Path | None) -> int:
    stack, terraform = operation.stack, operation.terraform
    file = operation.scratch("plan")
    terraform.init(stack.folder)
    changes = _plan_changes(operation, file)
    read = terraform.read(stack.folder, file)
    legal = _is_legal(stack.name, read.document)
    # The plan is kept even if changes need approval, because a person approves it later. Its apply checks the approvals
    # again.
    kept = out if changes and legal else None
    _is_approved(stack, read, given((), Path.cwd()), kept)
    if kept is not None:
        saved_plan.keep(file, read, kept)
        say(f"Saved in {kept}; apply it with `{stack.command('apply')} --plan {shlex.quote(str(kept))}`")
    elif out is not None:
        saved_plan.discard(out)
        say(f"No plan was saved: {'there is nothing to change' if legal else 'the plan must not be applied'}.")
    return ExitStatus.OK if legal else ExitStatus.STOPPED


def _apply(operation: Operation, saved: Path | None, approved: Given, *, yes: bool, ask: Ask) -> int:
    stack, terraform = operation.stack, operation.terraform
    file = saved if saved is not None else operation.scratch("plan")
    if saved is not None:
        saved_plan.require_plan_of(stack, file)
    terraform.init(stack.folder)
    if saved is None and not _plan_changes(operation, file):
        wait_for_services(operation)  # an earlier apply may have left a failed rollout
        return ExitStatus.OK
    read = terraform.read(stack.folder, file)
    if not _is_legal(stack.name, read.document) or not _is_approved(stack, read, approved, saved):
        return ExitStatus.STOPPED
    if not confirmed(ask, f"Apply {stack.name} to {operation.target}?", yes=yes):
        say("Nothing was applied.")
        return ExitStatus.FAILED
    try:
        terraform.apply(stack.folder, file)
    except TerraformFailedError:
        say_why_services_failed(operation)
        raise
    wait_for_services(operation)
    return ExitStatus.OK


def _plan_changes(operation: Operation, file: Path) -> bool:
    """Print a plan and save it in `file`; return whether it changes anything."""
    with adopted(operation):
        return operation.terraform.plan(operation.stack.folder, file)


def _is_legal(stack: str, document: dict[str, Any]) -> bool:
    """Return whether the plan moves its migration at most one step; print the problems."""
    try:
        problems = tuple(plan_problems(document, stack))
    except PlanError as error:
        problem = Problem(subject=f"stack {stack!r}", message=f"its plan {error}", fix="plan again, and report this")
        raise ConfigurationError([problem]) from error
    for problem in problems:
        say(str(problem))
    return not problems


def _is_approved(stack: Stack, read: SavedPlan, approved: Given, saved: Path | None) -> bool:
    """Return whether every interruption and every loss of data in the plan is approved; print the others.

    `saved` is the file of a saved plan.
    """
    findings = blocking(plan_of(read.document, read.graph), approved)
    if findings:
        say(report(stack, findings, saved, Path.cwd()))
    return not findings


def _reported(work: Callable[[], int]) -> int:
    """Run the work and return its exit status; print the message of an error, if it has one."""
    try:
        return work()
    except ColonnadeError as error:
        if str(error):
            say(str(error))
        return error.exit_status
