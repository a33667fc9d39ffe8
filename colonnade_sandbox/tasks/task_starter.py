"""The start of a task and of its containers.

revision -> secrets, images' commands, address, environment -> processes in the order of `dependsOn`
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import Container, EcsService
from colonnade_sandbox.tasks.addresses import AddressBlock, PortTakenError, check_port
from colonnade_sandbox.tasks.aws_access import AwsAccess
from colonnade_sandbox.tasks.container_health import ContainerHealth
from colonnade_sandbox.tasks.container_order import blocked, may_start
from colonnade_sandbox.tasks.deployment_state import StartTask
from colonnade_sandbox.tasks.image_catalog import PROGRAM_PATH, ImageCatalog, ImageCatalogError, program
from colonnade_sandbox.tasks.name_resolution import NameResolution
from colonnade_sandbox.tasks.names import host_name
from colonnade_sandbox.tasks.process import Mount, ProcessLauncher, ProcessSpecification, TaskProcess
from colonnade_sandbox.tasks.registration import Registrant
from colonnade_sandbox.tasks.secret_values import SecretReader, SecretsError
from colonnade_sandbox.tasks.task import Task
from colonnade_sandbox.tasks.task_container import TaskContainer
from colonnade_sandbox.tasks.task_logs import LogGroupError, TaskLogs


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
        logs: TaskLogs,
    ) -> None:
        self._images = images
        self._log_directory = directory / "logs"
        self._volumes = directory / "volumes"
        self._project_root = project_root
        self._addresses = addresses
        self._names = names
        self._secrets = secrets
        self._access = access
        self._logs = logs
        self._launcher = ProcessLauncher(private_etc=names.private_etc)

    def start(self, service: EcsService, action: StartTask, now: float) -> tuple[Task, str]:
        """Start a task and return it, with the reason if it could not be started; otherwise the reason is empty.

        As on AWS, no container of the task is started if one image or secret cannot be pulled.
        """
        task_id = uuid.uuid4().hex
        registrant = Registrant(
            task_id=task_id,
            address=self._addresses.take(),
            service_name=service.name,
            revision=action.revision,
        )
        definition = action.revision.task_definition
        access = self._access.variables(task_id=task_id, role_arn=definition.task_role_arn, region=_region(service.arn))
        task = Task(
            registrant=registrant,
            service_arn=service.arn,
            deployment_id=action.deployment_id,
            created_at=now,
            containers=tuple(self._prepared(each, registrant, access) for each in definition.containers),
        )
        reason = next((each.start_error for each in task.containers if each.start_error), "")
        if not reason:
            self.start_containers(task, now)
        return task, reason

    def start_containers(self, task: Task, now: float) -> None:
        """Start each pending container whose dependencies are met, and mark those that can never start."""
        views = task.container_views(now)
        for container in task.containers:
            if container.status != "PENDING" or container.process is not None:
                continue
            container.blocked = blocked(container.definition, views)
            if container.blocked is None and may_start(container.definition, views):
                try:
                    container.process = self._launch(task, container, container.command, container.log_path)
                    self._follow_log(task, container)
                except OSError as error:
                    container.start_error = f"CannotStartContainerError: {error}"

    def watch_health(self, task: Task, container: TaskContainer, now: float) -> None:
        """Begin the health checks of a container that has just started, if it has any. They run in its namespaces."""
        check = container.definition.health_check
        if check is None:
            return
        command = (program(check.command[0]), *check.command[1:])
        log_path = container.log_path.with_suffix(".health-check.log")
        container.health_check = ContainerHealth(
            check,
            started_at=now,
            run=lambda: self._launch(task, container, command, log_path, join=container.process),
        )

    def ended(self, task: Task) -> None:
        """Make the address of a task that has ended available to other tasks; end its credentials, volumes and logs."""
        for container in task.containers:
            self._logs.ended(container.log_path)
        self._access.ended(task.id)
        self._addresses.give_back(task.registrant.address)
        if self._names.private_etc is not None:
            self._names.private_etc.forget(task.registrant.address)
        shutil.rmtree(self._volumes / task.id, ignore_errors=True)

    def close(self) -> None:
        """End the processes that still run, and the source of their credentials."""
        self._launcher.close()
        self._access.close()

    def _prepared(self, definition: Container, registrant: Registrant, access: Mapping[str, str]) -> TaskContainer:
        """Return a container that is not started, with the log of its name: prefix/container/task, as on AWS."""
        stream = _log_stream(definition, registrant)
        container = TaskContainer(
            definition=definition,
            command=(),
            variables={**access, **definition.environment},
            log_path=self._log_directory / f"{stream}.log",
        )
        try:
            if definition.log_group is not None:
                self._logs.create_stream(definition.log_group, stream)
            container.variables |= self._secrets.values(
                definition.secrets,
                execution_role_arn=registrant.revision.task_definition.execution_role_arn,
                task_id=registrant.task_id,
            )
            container.command = self._images.command(
                definition.image, entry_point=definition.entry_point, command=definition.command
            )
            for port in definition.ports:
                check_port(registrant.address, port)
        except (LogGroupError, SecretsError) as error:
            container.start_error = str(error)
        except ImageCatalogError as error:
            container.start_error = f"CannotPullContainerError: {error}"
        except PortTakenError as error:
            container.start_error = f"CannotStartContainerError: {error}"
        return container

    def _follow_log(self, task: Task, container: TaskContainer) -> None:
        group = container.definition.log_group
        if group is not None:
            self._logs.follow(container.log_path, group, _log_stream(container.definition, task.registrant))

    def _launch(
        self,
        task: Task,
        container: TaskContainer,
        command: tuple[str, ...],
        log_path: Path,
        join: TaskProcess | None = None,
    ) -> TaskProcess:
        address = task.registrant.address
        name = host_name(address, region=_region(task.service_arn))
        log_path.parent.mkdir(parents=True, exist_ok=True)
        return self._launcher.start(
            ProcessSpecification(
                command=command,
                environment=self._environment(container.variables, address, name),
                host_name=name,
                address=address,
                working_directory=self._working_directory(container.definition),
                log_path=log_path,
                mounts=self._mounts(task.id, container.definition),
                read_only_root=container.definition.read_only_root,
                init=container.definition.init_process and join is None,
                limits=container.definition.ulimits,
                join=join,
            )
        )

    def _mounts(self, task_id: str, container: Container) -> tuple[Mount, ...]:
        """Return the mounts of the container; a volume is a folder of the task, created here and empty at first."""
        volumes = []
        for each in container.mount_points:
            folder = (self._volumes / task_id / each.volume).absolute()
            folder.mkdir(parents=True, exist_ok=True)
            volumes.append(Mount(path=each.path, source=folder, read_only=each.read_only))
        tmpfs = [Mount(path=each.path, size_mib=each.size_mib, read_only=each.read_only) for each in container.tmpfs]
        return (*volumes, *tmpfs)

    def _working_directory(self, container: Container) -> Path:
        """Return the container's working directory if this machine has it; otherwise the project's root."""
        declared = Path(container.working_directory) if container.working_directory is not None else None
        return declared if declared is not None and declared.is_dir() else self._project_root

    def _environment(self, container: Mapping[str, str], address: str, name: str) -> Mapping[str, str]:
        """Return the container's variables, and those that a container engine adds.

        HOST is the task's address. With `awsvpc` a task has a network interface of its own and can listen on 0.0.0.0;
        here it must listen on its own address. PATH begins with the programs of the interpreter that runs the sandbox,
        as an image's PATH begins with those of its app.
        """
        defaults = {"PATH": PROGRAM_PATH, "HOME": tempfile.gettempdir(), "HOSTNAME": name}
        return {**defaults, **self._names.environment, **container, "HOST": address}


def _log_stream(definition: Container, registrant: Registrant) -> str:
    """Return the log stream of a container: prefix/container/task.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    family = registrant.revision.task_definition.family
    prefix = definition.log_stream_prefix if definition.log_stream_prefix is not None else family
    return f"{prefix}/{definition.name}/{registrant.task_id}"


def _region(arn: str) -> str:
    return arn.split(":")[3]
