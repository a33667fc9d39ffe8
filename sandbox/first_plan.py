"""`python -m sandbox plan`: what a first deployment would make, for any environment, with no AWS account.

An empty emulator account stands in for the environment's, with the state bucket and the hosted zone in it. Only
`sandbox.commands` imports this.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.aws_emulator import AwsEmulator
from sandbox.aws_world import make_hosted_zones, make_state_bucket
from sandbox.control_plane.clients import connect
from sandbox.control_plane.observations import Observations
from sandbox.synthesized import read_stack
from sandbox.terraform.environment import provider_configuration, terraform_environment
from sandbox.terraform.runner import Terraform


class FirstPlan:
    """A context manager, like `sandbox.session.Session`; `stop_requested` is asked while Terraform runs."""

    def __init__(self, *, synthesized: Path, deployment: str) -> None:
        self._stack = read_stack(synthesized, deployment)
        self._ending = ExitStack()
        self._terraform: Terraform | None = None
        self.stop_requested: Callable[[], str | None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill Terraform, stop the emulator, remove the scratch folder."""
        if self._terraform is not None:
            self._terraform.kill()
        self._ending.close()

    def show(self) -> None:
        """Print the plan as Terraform words it."""
        scratch = Path(tempfile.mkdtemp(prefix="colonnade-plan-"))
        self._ending.callback(shutil.rmtree, scratch, ignore_errors=True)
        emulator = AwsEmulator(account_id=self._stack.account_id, observations=Observations())
        emulator.start()
        self._ending.callback(emulator.close)
        aws = connect(endpoint=emulator.endpoint, region=self._stack.region)
        make_hosted_zones(aws, [self._stack])
        make_state_bucket(aws, self._stack)
        folder = scratch / self._stack.name
        folder.mkdir()
        shutil.copy(self._stack.path, folder)
        self._terraform = Terraform(
            folder=folder,
            environment=terraform_environment(
                os.environ,
                endpoint=emulator.endpoint,
                region=self._stack.region,
                folder=scratch,
                cli_config=provider_configuration(os.environ, home=Path.home(), folder=scratch),
            ),
            stop_reason=self.stop_requested,
        )
        self._terraform.init()
        self._terraform.show_plan()
