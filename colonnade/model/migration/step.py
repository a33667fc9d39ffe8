"""Whether a Terraform plan takes a migration one legal step: a command of its own, which reads nothing but the plan.

    terraform show -json saved.plan > plan.json
    python -m colonnade.model.migration.step plan.json

It compares the record in the state with the one that the plan would write: see `colonnade.model.migration.phases`.
Exit status 0: a legal step, none, a first creation (any phase) or no migration at all; 3: an illegal step; 2: no plan
to read. Imports nothing but the rules, so that any pipeline can run it between plan and apply.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from colonnade.model.errors import Problem
from colonnade.model.migration.phases import DEPLOYMENT_WIDE, RECORD, IllegalStep, Record, illegal_steps, may_end
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus

LEGAL, BAD_INPUT, ILLEGAL = 0, 2, 3
"""The exit statuses."""


class PlanError(ColonnadeError):
    """The document is no plan of Terraform's, or its migration record no record."""

    exit_status = ExitStatus.WRONG_INPUT


def main(arguments: Sequence[str] | None = None) -> int:
    """Judges the plan that the command line names; tells why on stderr and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.model.migration.step",
        description="Refuses a Terraform plan that takes a migration more than one step.",
        epilog="exit status: 0 legal step, first creation or no migration; 2 no plan to read; 3 illegal step",
    )
    parser.add_argument(
        "plan", type=Path, metavar="PLAN.json", help="what `terraform show -json` prints of a saved plan"
    )
    path: Path = parser.parse_args(arguments).plan
    try:
        problems = check_plan_file(path)
    except PlanError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return ILLEGAL if problems else LEGAL


def check_plan_file(path: Path) -> tuple[Problem, ...]:
    """Return what makes the step of a plan, as `terraform show -json` prints it, illegal; PlanError names the file."""
    try:
        return tuple(plan_problems(_read(path)))
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from error


def plan_problems(plan: Mapping[str, Any]) -> Iterator[Problem]:
    """What makes the plan's step illegal, by microservice. Raises PlanError for what is no plan."""
    changes = [_change(each) for each in _resource_changes(plan)]
    for change in changes:
        if (change["type"], change["name"]) != ("terraform_data", RECORD):
            continue
        before, after = (_record(change["change"][side]) for side in ("before", "after"))
        if before is None:
            continue
        if after is not None:
            try:
                steps = tuple(illegal_steps(before, after))
            except ValueError as error:
                raise PlanError(str(error)) from error
            yield from (_step_problem(step) for step in steps)
        elif not may_end(before) and any(each["change"]["after"] is not None for each in changes):
            yield _end_problem(before)


def _step_problem(step: IllegalStep) -> Problem:
    ways = [f"forward to {_named(step.next)}" if step.next is not None else ""]
    ways.append(f"back to {_named(step.previous)}" if step.previous is not None else "")
    return Problem(
        subject=f"service {step.service!r}",
        message=f"{step.current!r} to {step.wanted!r} is more than one step of its migration",
        fix=f"allowed from {step.current!r}: {' or '.join(filter(None, ways))}",
    )


def _named(phase: str) -> str:
    return f"{phase!r} of all services at once" if phase in DEPLOYMENT_WIDE else repr(phase)


def _end_problem(before: Record) -> Problem:
    standing = ", ".join(f"{service} is at {phase!r}" for service, phase in sorted(before.services.items()))
    return Problem(
        subject=f"terraform_data.{RECORD}",
        message=f"the migration is taken out on its way: {standing}",
        fix=f"go to {before.order[0]!r} or {before.order[-1]!r} first",
    )


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PlanError("is not JSON; write it with `terraform show -json`") from error


def _resource_changes(plan: Any) -> list[Any]:
    changes = plan.get("resource_changes", []) if isinstance(plan, Mapping) and "planned_values" in plan else None
    if not isinstance(changes, list):
        raise PlanError("is not a plan; write it with `terraform show -json` of a saved plan")
    return changes


def _change(entry: Any) -> Mapping[str, Any]:
    try:
        _ = entry["type"], entry["name"], entry["change"]["before"], entry["change"]["after"]
    except (TypeError, KeyError) as error:
        raise PlanError("holds a resource change that Terraform would not write") from error
    change: Mapping[str, Any] = entry
    return change


def _record(values: Any) -> Record | None:
    if values is None:
        return None
    match values:
        case {"input": {"order": [*order], "services": {**services}}} if order:
            if all(isinstance(word, str) for word in (*order, *services, *services.values())):
                return Record(
                    order=tuple(map(str, order)), services={str(name): str(phase) for name, phase in services.items()}
                )
    raise PlanError(f"holds a terraform_data.{RECORD} that is no record of phases")


if __name__ == "__main__":
    raise SystemExit(main())
