"""The check that a Terraform plan moves a migration by one legal step at most; it reads only the plan.

It compares the `Record` in the state with the `Record` that the plan would write: see
`colonnade.model.migration.phases`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.model.errors import Problem
from colonnade.model.migration.phases import DEPLOYMENT_WIDE, RECORD, IllegalStep, Record, illegal_steps, may_end
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class PlanError(ColonnadeError):
    """A document that is not a Terraform plan, or a plan with an invalid migration record."""

    exit_status = ExitStatus.WRONG_INPUT


def plan_problems(plan: Mapping[str, Any], deployment: str | None = None) -> Iterator[Problem]:
    """Yield a problem for each microservice that makes the plan's step illegal. Raises PlanError for an invalid plan.

    `deployment` is the name for the problems; a plan does not contain it.
    """
    where = f"deployment {deployment!r}, " if deployment is not None else ""
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
            yield from (_step_problem(step, where) for step in steps)
        elif not may_end(before) and any(each["change"]["after"] is not None for each in changes):
            yield _end_problem(before, where)


def _step_problem(step: IllegalStep, where: str) -> Problem:
    ways = [f"forward to {_named(step.next)}" if step.next is not None else ""]
    ways.append(f"back to {_named(step.previous)}" if step.previous is not None else "")
    return Problem(
        subject=f"{where}service {step.service!r}",
        message=f"{step.current!r} to {step.wanted!r} is more than one step of its migration",
        fix=f"allowed from {step.current!r}: {' or '.join(filter(None, ways))}",
    )


def _named(phase: str) -> str:
    return f"{phase!r} of all services at once" if phase in DEPLOYMENT_WIDE else repr(phase)


def _end_problem(before: Record, where: str) -> Problem:
    standing = ", ".join(f"{service} is at {phase!r}" for service, phase in sorted(before.services.items()))
    return Problem(
        subject=f"{where}terraform_data.{RECORD}",
        message=f"the migration is removed while it is in progress: {standing}",
        fix=f"go to {before.order[0]!r} or {before.order[-1]!r} first",
    )


def _resource_changes(plan: Any) -> list[Any]:
    changes = plan.get("resource_changes", []) if isinstance(plan, Mapping) and "planned_values" in plan else None
    if not isinstance(changes, list):
        raise PlanError("is not a plan; write it with `terraform show -json` of a saved plan")
    return changes


def _change(entry: Any) -> Mapping[str, Any]:
    try:
        _ = entry["type"], entry["name"], entry["change"]["before"], entry["change"]["after"]
    except (TypeError, KeyError) as error:
        raise PlanError("contains a resource change that is not in Terraform's format") from error
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
    raise PlanError(f"contains a terraform_data.{RECORD} that is not a record of phases")
