"""The services of an applied stack: Terraform's state -> ECS services -> wait for their rollouts, in AWS.

Terraform's own wait does not hold a first deployment: with provider 5 it ends as soon as the tasks run, healthy or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from colonnade.apply.identity import AwsError, aws_errors
from colonnade.apply.operation import Operation
from colonnade.rollouts.applied import applied_services
from colonnade.rollouts.wait import wait_for_rollouts
from colonnade.terminal.progress import Progress

_ATTEMPTS = 8
"""The attempts of one call: a long wait must not end at a short failure of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clients:
    ecs: Any
    elbv2: Any


def wait_for_services(operation: Operation) -> None:
    """Wait until the services in the stack's state run healthy tasks; raises RolloutError or AwsError."""
    services = applied_services(operation.terraform.state(operation.stack.folder))
    ecs, elbv2 = (operation.session.client(name, attempts=_ATTEMPTS) for name in ("ecs", "elbv2"))
    try:
        with aws_errors():
            wait_for_rollouts(services, _Clients(ecs=ecs, elbv2=elbv2), Progress(Console(stderr=True)))
    except AwsError as error:
        again = operation.stack.command("wait")
        raise AwsError(f"{error}\n    the stack is applied; `{again}` waits for its services again") from error
