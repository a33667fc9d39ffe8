"""An emulated AWS account of any environment, in which Terraform can plan and apply, and no task runs.

scratch folder -> AWS emulator with the hosted zones -> a folder per stack -> Terraform
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import AwsClients, connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.planning.existing_resources import make_existing_resources, make_state_bucket
from colonnade_sandbox.planning.instant_steady_state import InstantSteadyState
from colonnade_sandbox.scratch import make_scratch
from colonnade_sandbox.synthesized import Stack, copy_stack
from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment, user_home
from colonnade_sandbox.terraform.events import Event
from colonnade_sandbox.terraform.runner import Terraform, TerraformStoppedError

_END_WITHIN_SECONDS = 0.0  # Terraform may be killed early, because its state is discarded with the account


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The running parts of an account, from `__enter__` to `__exit__`."""

    scratch: Path
    aws: AwsClients
    environment: Mapping[str, str]
    services: InstantSteadyState


class PlanningAccount:
    """A context manager that runs the emulator for `stacks`, which must have one account and one region.

    `stop_requested` is called while Terraform runs; it returns the reason to stop Terraform, or None. `on_event` is
    called with each of Terraform's events and the name of its stack.
    """

    def __init__(
        self,
        stacks: Iterable[Stack],
        *,
        stop_requested: Callable[[], str | None] = lambda: None,
        on_event: Callable[[Event, str], None] = lambda _event, _stack: None,
    ) -> None:
        self._stacks = tuple(stacks)
        self._account_id, self._region = _only_place(self._stacks)
        self._stop_requested = stop_requested
        self._on_event = on_event
        self._given_up: str | None = None
        self._closed = False
        self._ending = ExitStack()
        self._ending_lock = threading.Lock()
        self._terraforms: list[Terraform] = []
        self._terraforms_lock = threading.Lock()
        self._started: _Parts | None = None

    def __enter__(self) -> Self:
        try:
            self._started = self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill Terraform, stop the emulator, remove the scratch folder. May be called from any thread."""
        with self._terraforms_lock:
            self._closed = True
            terraforms = tuple(self._terraforms)
        for terraform in terraforms:
            terraform.kill()
        with self._ending_lock:
            self._ending.close()
            # This thread may have written files after another thread had removed the folder.
            if self._started is not None:
                shutil.rmtree(self._started.scratch, ignore_errors=True)

    def give_up(self, reason: str) -> None:
        """Stop every Terraform that runs or will be started."""
        self._given_up = reason

    def make_state_buckets(self, stacks: Iterable[Stack]) -> None:
        """Create the state buckets of the stacks.

        Call it if the stack `state-backend`, which creates them on AWS, is not applied.
        """
        for stack in {stack.state_bucket: stack for stack in stacks}.values():
            make_state_bucket(self._parts.aws, stack)

    def terraform(self, stack: Stack) -> Terraform:
        """Return an initialized Terraform in the stack's folder, with a new, unchanged copy of its configuration."""
        folder = self.folder(stack)
        copy_stack(stack.path, folder)
        terraform = Terraform(
            folder=folder,
            environment=self._parts.environment,
            on_event=lambda event: self._on_event(event, stack.name),
            stop_reason=self._stop_reason,
            end_within_seconds=_END_WITHIN_SECONDS,
        )
        with self._terraforms_lock:
            if self._closed:
                raise TerraformStoppedError("the emulator of this plan has stopped")
            self._terraforms.append(terraform)
        terraform.init()
        return terraform

    def folder(self, stack: Stack) -> Path:
        """Return the stack's working folder.

        The path of a local state is relative to this folder. The folder is nested as deeply as in the project, so that
        the state file is inside the scratch folder.
        """
        return self._parts.scratch / "cdktf.out" / "stacks" / stack.name

    @property
    def _parts(self) -> _Parts:
        if self._started is None:
            raise RuntimeError("the account has not been entered")
        return self._started

    def _start(self) -> _Parts:
        scratch = make_scratch(self._ending)
        observations = Observations()
        emulator = AwsEmulator(account_id=self._account_id, observations=observations)
        emulator.start()
        self._ending.callback(emulator.close)
        aws = connect(endpoint=emulator.endpoint, region=self._region)
        make_existing_resources(aws, self._stacks)
        services = InstantSteadyState(aws, emulator.changes, observations)
        services.start()
        self._ending.callback(services.close)
        environment = terraform_environment(
            os.environ,
            endpoint=emulator.endpoint,
            region=self._region,
            folder=scratch,
            cli_config=provider_configuration(os.environ, home=user_home(), folder=scratch),
        )
        Terraform(folder=scratch, environment=environment).require_version()
        return _Parts(scratch=scratch, aws=aws, environment=environment, services=services)

    def _stop_reason(self) -> str | None:
        return next(filter(None, (self._stop_requested(), self._given_up, self._parts.services.failure())), None)


def _only_place(stacks: Iterable[Stack]) -> tuple[str, str]:
    places = {(stack.account_id, stack.region): stack.name for stack in stacks}
    if len(places) != 1:
        named = "; ".join(f"{name}: account {account}, {region}" for (account, region), name in places.items())
        raise SandboxError(f"the stacks must have one account and one region: {named}")
    return next(iter(places))
