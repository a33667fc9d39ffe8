"""The start of a task: revision -> secrets, image's command, address, environment -> process."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.addresses import AddressBlock, PortTakenError, check_port
from colonnade_sandbox.tasks.aws_access import AwsAccess
from colonnade_sandbox.tasks.deployment_state import StartTask
from colonnade_sandbox.tasks.image_catalog import ImageCatalog, ImageCatalogError
from colonnade_sandbox.tasks.name_resolution import NameResolution
from colonnade_sandbox.tasks.names import host_name
from colonnade_sandbox.tasks.process import ProcessLauncher, ProcessSpecification
from colonnade_sandbox.tasks.registration import Registrant
from colonnade_sandbox.tasks.secret_values import SecretReader, SecretsError
from colonnade_sandbox.tasks.task import Task


class TaskStarter:
    """A starter of tasks. Call `ended` when a task has ended, so that its address can be used again."""

    def __init__(
        self,
        *,
        images: ImageCatalog,
        directory: Path,
        project_root: Path,
        addresses: AddressBlock,
        names: NameResolution,
        secrets: SecretReader,
        access: AwsAccess,
    ) -> None:
        self._images = images
        self._logs = directory / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._project_root = project_root
        self._addresses = addresses
        self._names = names
        self._secrets = secrets
        self._access = access
        self._launcher = ProcessLauncher(private_etc=names.private_etc)

    def start(self, service: EcsService, action: StartTask) -> tuple[Task, str]:
        """Start a task and return it, with the reason if it could not be started; otherwise the reason is empty."""
        task_id = uuid.uuid4().hex
        registrant = Registrant(
            task_id=task_id,
            address=self._addresses.take(),
            service_name=service.name,
            revision=action.revision,
        )
        task = Task(
            registrant=registrant,
            service_arn=service.arn,
            deployment_id=action.deployment_id,
            log_path=self._logs / f"{service.name}-{task_id}.log",
            process=None,
        )
        definition = action.revision.task_definition
        container = definition.container
        region = service.arn.split(":")[3]
        try:
            secrets = self._secrets.values(
                container.secrets, execution_role_arn=definition.execution_role_arn, task_id=task_id
            )
            command = self._images.command(container.image)
            check_port(registrant.address, container.port)
            name = host_name(registrant.address, region=region)
            access = self._access.variables(task_id=task_id, role_arn=definition.task_role_arn, region=region)
            variables = {**access, **container.environment, **secrets}
            task.process = self._launcher.start(
                ProcessSpecification(
                    command=command,
                    environment=self._environment(variables, registrant.address, name),
                    host_name=name,
                    working_directory=self._project_root,
                    log_path=task.log_path,
                )
            )
        except SecretsError as error:
            return task, str(error)
        except ImageCatalogError as error:
            return task, f"CannotPullContainerError: {error}"
        except (PortTakenError, OSError) as error:
            return task, f"CannotStartContainerError: {error}"
        return task, ""

    def ended(self, task: Task) -> None:
        """Make the address of a task that has ended available to other tasks, and end its credentials."""
        self._access.ended(task.id)
        self._addresses.give_back(task.registrant.address)

    def close(self) -> None:
        """End the processes that still run, and the source of their credentials."""
        self._launcher.close()
        self._access.close()

    def _environment(self, container: Mapping[str, str], address: str, name: str) -> Mapping[str, str]:
        """Return the container's variables, and those that a container engine adds.

        HOST is the task's address. With `awsvpc` a task has a network interface of its own and can listen on 0.0.0.0;
        here it must listen on its own address.
        """
        defaults = {"PATH": os.defpath, "HOME": tempfile.gettempdir(), "HOSTNAME": name}
        return {**defaults, **self._names.environment, **container, "HOST": address}
