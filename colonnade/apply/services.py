"""The services of an applied stack: Terraform's state -> ECS services -> wait for their rollouts, in AWS.

In a first deployment, Terraform's own wait is not enough: with version 5 of the provider, it ends as soon as the tasks
run, even if they are not healthy.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from colonnade.apply.identity import AwsError, aws_errors
from colonnade.apply.operation import Operation, say
from colonnade.apply.terraform import TerraformFailedError
from colonnade.rollouts.applied import AppliedService, applied_services
from colonnade.rollouts.reasons import reasons_after_failed_apply
from colonnade.rollouts.wait import RolloutError, wait_for_rollouts
from colonnade.terminal.progress import Progress

_ATTEMPTS = 8
"""The attempts of one call, so that a short failure of the network does not end a long wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clients:
    ecs: Any
    elbv2: Any


def wait_for_services(operation: Operation) -> None:
    """Wait until the services in the stack's state run healthy tasks; raises RolloutError or AwsError."""
    services = _services(operation)
    try:
        with aws_errors():
            wait_for_rollouts(services, _clients(operation), Progress(Console(stderr=True)))
    except RolloutError as error:
        raise RolloutError(f"{error}\n{_cause_command(operation)}") from error
    except AwsError as error:
        again = operation.stack.command("wait")
        raise AwsError(f"{error}\n    the stack is applied; `{again}` waits for its services again") from error


def say_why_services_failed(operation: Operation) -> None:
    """After a failed apply, print ECS's reasons for each service whose rollout is not completed.

    Terraform does not print them. Print nothing if the reasons cannot be read, because Terraform has printed the error
    of the apply.
    """
    with suppress(AwsError, TerraformFailedError), aws_errors():
        found = reasons_after_failed_apply(_services(operation), _clients(operation))
        if found:
            say(f"{found}\n{_cause_command(operation)}")


def _cause_command(operation: Operation) -> str:
    return f"    `{operation.stack.command('why', 'SERVICE')}` names the cause and its fix"


def _services(operation: Operation) -> tuple[AppliedService, ...]:
    return applied_services(operation.terraform.state(operation.stack.folder))


def _clients(operation: Operation) -> _Clients:
    ecs, elbv2 = (operation.session.client(name, attempts=_ATTEMPTS) for name in ("ecs", "elbv2"))
    return _Clients(ecs=ecs, elbv2=elbv2)
