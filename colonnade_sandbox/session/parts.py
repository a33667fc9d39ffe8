"""The parts of a running sandbox: AWS emulator -> load balancer and tasks -> control loop."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import AwsClients, connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.data_plane.server import DataPlane
from colonnade_sandbox.planning.existing_resources import make_existing_resources
from colonnade_sandbox.session.control_loop import ControlLoop
from colonnade_sandbox.session.secrets_file import SandboxSecrets
from colonnade_sandbox.synthesized import Stack
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskScheduler
from colonnade_sandbox.terraform.environment import provider_configuration, terraform_environment, user_home
from colonnade_sandbox.terraform.runner import Terraform


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that `start_parts` has started."""

    observations: Observations
    aws: AwsClients
    environment: Mapping[str, str]
    """The variables with which Terraform reaches only the emulator."""
    data_plane: DataPlane
    scheduler: TaskScheduler
    loop: ControlLoop


def start_parts(
    stacks: Sequence[Stack],
    *,
    scratch: Path,
    images: ImageCatalog,
    secrets: SandboxSecrets,
    project_root: Path,
    ending: ExitStack,
) -> Parts:
    """Start all parts for `stacks`, the deployment last. Each part adds its end to `ending` as soon as it runs.

    `scratch` is the folder of every file that they write.
    """
    observations, deployment = Observations(), stacks[-1]
    emulator = AwsEmulator(account_id=deployment.account_id, observations=observations)
    emulator.start()
    ending.callback(emulator.close)
    aws = connect(endpoint=emulator.endpoint, region=deployment.region)
    make_existing_resources(aws, stacks)
    secrets.create(aws)
    environment = terraform_environment(
        os.environ,
        endpoint=emulator.endpoint,
        region=deployment.region,
        folder=scratch,
        cli_config=provider_configuration(os.environ, home=user_home(), folder=scratch),
    )
    Terraform(folder=scratch, environment=environment).require_version()
    data_plane = DataPlane(certificate_directory=scratch / "certificates")
    data_plane.start()
    ending.callback(data_plane.close)
    scheduler = TaskScheduler(
        aws=aws, images=images, logs=observations.logs, directory=scratch / "tasks", project_root=project_root
    )
    ending.callback(scheduler.close)
    reader = Reader(aws, emulator.changes)
    loop = ControlLoop(reader=reader, data_plane=data_plane, scheduler=scheduler, observations=observations)
    loop.start()
    ending.callback(loop.close)
    return Parts(
        observations=observations,
        aws=aws,
        environment=environment,
        data_plane=data_plane,
        scheduler=scheduler,
        loop=loop,
    )
