"""An emulated AWS account of any environment, in which Terraform can plan and apply while nothing runs or is served.

scratch folder -> AWS emulator with the hosted zones -> a folder per stack -> Terraform
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.aws_world import make_hosted_zones, make_state_bucket
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.steady_services import SteadyServices
from colonnade_sandbox.synthesized import Stack
from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment
from colonnade_sandbox.terraform.events import Diagnostic, Event, PlannedChange, ResourceEvent
from colonnade_sandbox.terraform.runner import Terraform

_END_WITHIN_SECONDS = 0.0  # nothing that Terraform could save in its end is kept


class UnservedAccount:
    """A context manager, like `sandbox.session.Session`, of what `start` starts. The stacks must be of one account.

    `stop_requested` is asked while Terraform runs; a text from it ends Terraform.
    """

    def __init__(self, *, on_event: Callable[[Event], None] = lambda _event: None) -> None:
        self.stop_requested: Callable[[], str | None] = lambda: None
        self._given_up: str | None = None
        self._on_event = on_event
        self._ending = ExitStack()
        self._terraforms: list[Terraform] = []
        self._services: SteadyServices | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self, stacks: Iterable[Stack]) -> None:
        """Listen, with the hosted zones that the stacks look up; raises SandboxError for stacks of two accounts."""
        stacks = tuple(stacks)
        account_id, region = _only_place(stacks)
        self._scratch = Path(tempfile.mkdtemp(prefix="colonnade-plan-"))
        self._ending.callback(shutil.rmtree, self._scratch, ignore_errors=True)
        observations = Observations()
        emulator = AwsEmulator(account_id=account_id, observations=observations)
        emulator.start()
        self._ending.callback(emulator.close)
        self._aws = connect(endpoint=emulator.endpoint, region=region)
        make_hosted_zones(self._aws, stacks)
        self._services = SteadyServices(self._aws, emulator.changes, observations)
        self._services.start()
        self._ending.callback(self._services.close)
        self._environment = terraform_environment(
            {**os.environ, "TMPDIR": str(self._scratch)},  # a killed provider leaves its socket behind
            endpoint=emulator.endpoint,
            region=region,
            folder=self._scratch,
            cli_config=provider_configuration(os.environ, home=Path.home(), folder=self._scratch),
        )

    def close(self) -> None:
        """Kill Terraform, stop the emulator, remove the scratch folder. Any thread."""
        for terraform in tuple(self._terraforms):
            terraform.kill()
        self._ending.close()

    def give_up(self, reason: str) -> None:
        """End every Terraform that runs or will."""
        self._given_up = reason

    def make_state_buckets(self, stacks: Iterable[Stack]) -> None:
        """The buckets of the stacks' states, where nobody applies the stack that makes them."""
        for stack in {stack.state_bucket: stack for stack in stacks}.values():
            make_state_bucket(self._aws, stack)

    def terraform(self, stack: Stack) -> Terraform:
        """Terraform, initialized, with the stack's JSON, unchanged, in place of what its folder held."""
        folder = self.folder(stack)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".terraform.lock.hcl").unlink(missing_ok=True)  # another version may allow other providers
        shutil.copy(stack.path, folder)
        terraform = Terraform(
            folder=folder,
            environment=self._environment,
            on_event=lambda event: self._on_event(_of_stack(stack.name, event)),
            stop_reason=self._stop_reason,
            end_within_seconds=_END_WITHIN_SECONDS,
        )
        self._terraforms.append(terraform)
        terraform.init()
        return terraform

    def folder(self, stack: Stack) -> Path:
        """Where Terraform runs for the stack: as below cdktf.out, so that a local state stays within scratch."""
        return self._scratch / "cdktf.out" / "stacks" / stack.name

    def _stop_reason(self) -> str | None:
        broken = self._services.failure() if self._services is not None else None
        return next(filter(None, (self.stop_requested(), self._given_up, broken)), None)


def _only_place(stacks: Iterable[Stack]) -> tuple[str, str]:
    places = {(stack.account_id, stack.region): stack.name for stack in stacks}
    if len(places) != 1:
        named = "; ".join(f"{name}: account {account}, {region}" for (account, region), name in places.items())
        raise SandboxError(f"one emulated account is in one region, and these stacks are not: {named}")
    return next(iter(places))


def _of_stack(name: str, event: Event) -> Event:
    """The event with its stack before the address, as several run side by side."""
    if isinstance(event, ResourceEvent | PlannedChange) or (isinstance(event, Diagnostic) and event.address):
        return replace(event, address=f"{name}: {event.address}")
    return event
