"""The destroy of one stack: order of the stacks -> existing resources -> protection -> plan -> confirmation -> destroy.

Deployments are destroyed first, then the image repositories, then the state bucket. Anything that prevents a destroy is
reported before anything is deleted, with the next steps.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from colonnade.apply import protection, states
from colonnade.apply.identity import aws_errors, error_code
from colonnade.apply.operation import Ask, Operation, confirmed, say
from colonnade.apply.protection import Held, Resource
from colonnade.apply.stack import Stack
from colonnade.apply.states import StoredState
from colonnade.model import naming
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus

_GONE = {"NoSuchBucket", "RepositoryNotFoundException", "404"}


class StoppedError(ColonnadeError):
    """A condition that prevents the destroy from starting; the message has the reason and the next steps."""

    exit_status = ExitStatus.STOPPED


def destroy(operation: Operation, *, yes: bool, ask: Ask) -> int:
    """Destroy the stack, if nothing prevents it and the user confirms; return the exit status."""
    stack, terraform = operation.stack, operation.terraform
    require_order(operation)
    require_local_state(stack)
    terraform.init(stack.folder)
    say(f"Reading the resources of stack {stack.name}")
    refreshed = operation.scratch("refreshed")
    resources = protection.existing_resources(terraform.refresh(stack.folder, refreshed))
    if not resources:
        terraform.apply(stack.folder, refreshed)  # also drops what AWS no longer has from the state
        say(f"Stack {stack.name} has no resources in {operation.target}.")
        return ExitStatus.OK
    require_released(operation, resources)
    plan = operation.scratch("plan")
    terraform.plan(stack.folder, plan, "-destroy")
    count = _deletions(terraform.show(stack.folder, plan))
    _say_remarks(resources)
    question = f"Destroy {_counted(count, 'resource')} of {stack.name} in {operation.target}?"
    if not confirmed(ask, question, yes=yes):
        say("Nothing was destroyed.")
        return ExitStatus.FAILED
    terraform.apply(stack.folder, plan)
    return ExitStatus.OK


def require_order(operation: Operation) -> None:
    """Raise StoppedError for the image repositories or the state bucket while another state needs them."""
    stack = operation.stack
    if stack.name == naming.STATE_BACKEND_STACK:
        bucket = stack.environment.state_bucket
        found = states.stored_states(bucket, operation.session)
        reason = f"its bucket {bucket} holds the states of resources that exist"
    elif stack.name == naming.IMAGE_REPOSITORIES_STACK and stack.bucket is not None:
        prefix = f"{stack.state.partition('/')[0]}/"
        found = states.stored_states(stack.bucket, operation.session, prefix=prefix)
        reason = "deployments that exist run images of its repositories"
    else:
        return
    remaining = [state for state in found if state.resources and state.key != stack.state]
    if remaining:
        raise StoppedError(_out_of_order(stack, reason, remaining))


def require_local_state(stack: Stack) -> None:
    """Raise StoppedError if the stack's state is a local file and this machine does not have it."""
    if stack.bucket is not None or (stack.folder / stack.state).is_file():
        return
    buckets = stack.document.get("resource", {}).get("aws_s3_bucket", {})
    imports = [
        f"`terraform -chdir={stack.folder} import aws_s3_bucket.{name} {values.get('bucket')}`"
        for name, values in buckets.items()
    ]
    file = (stack.folder / stack.state).resolve()
    steps = [f"copy {file.name} from the machine that applied it to {file.parent}"]
    steps += [f"or, if it is lost: `terraform -chdir={stack.folder} init`, then {each}" for each in imports]
    reason = f"stack {stack.name!r} has no state on this machine, so its resources are unknown"
    raise StoppedError(_with_steps(reason, (), [*steps, f"`{stack.command('destroy')}`"]))


def require_released(operation: Operation, resources: Sequence[Resource]) -> None:
    """Raise StoppedError if a resource cannot be deleted yet, so that the destroy would fail halfway."""
    stack = operation.stack
    held = protection.held_resources(
        resources,
        prevented=stack.prevented,
        added=stack.added,
        environment=stack.environment.name,
        is_empty=functools.partial(_is_empty, operation),
    )
    if held:
        reason = f"stack {stack.name!r} in {operation.target} cannot be destroyed yet; nothing was deleted"
        raise StoppedError(_with_steps(reason, map(str, held), _steps(stack, held)))


def _steps(stack: Stack, held: Sequence[Held]) -> list[str]:
    steps = list(dict.fromkeys(step for each in held for step in each.steps))
    if any(each.released_by_apply for each in held):
        steps.append(f"`{stack.command('apply')}`")
    return [*steps, f"`{stack.command('destroy')}`"]


def _out_of_order(stack: Stack, reason: str, remaining: Sequence[StoredState]) -> str:
    last = naming.IMAGE_REPOSITORIES_STACK
    others = [state.key.split("/") for state in remaining]
    # Deployments come before the repositories whose images they run.
    named = sorted((parts[1] == last, parts[0], parts[1]) for parts in others if len(parts) > 1)
    steps = [f"`colonnade destroy {name} -e {environment}`" for _, environment, name in named]
    reason = f"stack {stack.name!r} is not destroyed: {reason}"
    return _with_steps(reason, map(str, remaining), [*steps, f"`{stack.command('destroy')}`"])


def _with_steps(reason: str, details: Iterable[str], steps: Sequence[str]) -> str:
    numbered = (f"    {number}. {step}" for number, step in enumerate(steps, start=1))
    return "\n".join([reason, *(f"    {detail}" for detail in details), "Next steps:", *numbered])


def _is_empty(operation: Operation, resource: Resource) -> bool:
    """Return whether a bucket or a repository in AWS is empty; one that does not exist is empty."""
    from botocore.exceptions import ClientError

    with aws_errors():
        try:
            if resource.kind == "aws_ecr_repository":
                ecr = operation.session.client("ecr")
                return not ecr.list_images(repositoryName=resource.physical_name, maxResults=1)["imageIds"]
            s3 = operation.session.client("s3")
            listed = s3.list_object_versions(Bucket=resource.physical_name, MaxKeys=1)
            return not (listed.get("Versions") or listed.get("DeleteMarkers"))
        except ClientError as error:
            if error_code(error) in _GONE:
                return True
            raise


def _say_remarks(resources: Sequence[Resource]) -> None:
    remarks = list(protection.remarks(resources))
    if remarks:
        say("\n".join(["Note:", *(f"    {each}" for each in remarks)]))


def _deletions(plan: dict[str, Any]) -> int:
    return sum("delete" in change["change"]["actions"] for change in plan.get("resource_changes", []))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
