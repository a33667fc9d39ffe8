"""The declared settings of one container: its command, its variables and secrets, and its writable paths.

Plain data, shared by services and sidecars; the rules are in `container_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.model.declared import Declared
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter


@dataclass(frozen=True, slots=True)
class Command(Declared):
    """A command that runs in a container of the service's own image and must end with exit code 0."""

    command: tuple[str, ...]
    """The program and its arguments, without a shell.

    Rule: one string at least.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: ("alembic", "upgrade", "head")
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerHealthCheck(Declared):
    """A command that ECS runs inside a container. ECS replaces a task whose essential container is unhealthy."""

    command: tuple[str, ...]
    """The program and its arguments, without a shell; exit code 0 is healthy.

    Rule: one string at least.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: ("python", "-m", "orders.health")
    """
    interval_seconds: int = 30
    """The time between two checks.

    Rule: 5 to 300.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: 10
    """
    timeout_seconds: int = 5
    """The time that a check may take.

    Rule: 2 to 60.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: 3
    """
    retries: int = 3
    """The number of consecutive checks that must fail before the container is unhealthy.

    Rule: 1 to 10.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: 2
    """
    start_period_seconds: int = 0
    """The time after the container starts in which failed checks do not count.

    Rule: 0 to 300.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: 20
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings(Declared):
    """The settings that a service's own container and a sidecar share."""

    command: tuple[str, ...] = ()
    """The program and its arguments, which replace the image's command. Empty: the image's command.

    Rule: any strings.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: ("python", "-m", "orders")
    """
    entry_point: tuple[str, ...] = ()
    """The program that replaces the image's entry point; `command` is its arguments. Empty: the image's entry point.

    Rule: any strings.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: ("/usr/bin/env",)
    """
    working_directory: str | None = None
    """The directory in which the program starts. None: the image's working directory.

    Rule: an absolute path.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: "/app"
    """
    user: str | None = None
    """The user, or the user and the group, that the program runs as. None: the image's user.

    Rule: names or numbers, in the form USER or USER:GROUP.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: "1000:1000"
    """
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Environment variables. Everyone who may read the task definition or the Terraform state can read their values.

    Rule: letters, digits and underscores, no digit first; not a variable that Colonnade or ECS sets; no password or key
    in a value.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/taskdef-envfiles.html
    Example: {"LOG_LEVEL": "info"}
    """
    secrets: Mapping[str, SecretsManagerSecret | SsmParameter] = field(default_factory=dict, hash=False)
    """Environment variables whose values ECS reads when a task starts. The execution role may read exactly these.

    Rule: names as for `variables`, in one of the two only.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
    Example: {"PAYMENT_KEY": SecretsManagerSecret("shop/payment", json_key="key")}
    """
    read_only_root_filesystem: bool = True
    """True: the container cannot write to its root file system.

    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    writable_paths: tuple[str, ...] = ()
    """Directories that the container may write to although its root file system is read-only. Each is an empty volume
    in the task's ephemeral storage. It belongs to root unless the image declares a VOLUME with another owner there.

    Rule: absolute paths, none inside of another one.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    Example: ("/tmp",)
    """
    tmpfs_mib: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Directories in memory that any user of the container may write to, with their sizes. They are part of the task's
    memory.

    Rule: absolute paths, each with 1 MiB or more; together less than the task's memory.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html
    Example: {"/run": 16}
    """
    container_health_check: ContainerHealthCheck | None = None
    """The command with which ECS checks the container from inside. None: no check.

    Rule: a `ContainerHealthCheck`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    Example: ContainerHealthCheck(command=("python", "-m", "orders.health"))
    """
    init_process: bool = False
    """True: an init process forwards signals and removes ended child processes.

    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html
    """
    open_files_limit: int | None = None
    """The soft and hard limit of open files (`nofile`). None: the 65535 of Fargate.

    Rule: 1024 to 1048576.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
    Example: 200000
    """
    stop_timeout_seconds: int | None = None
    """The time between SIGTERM and SIGKILL when a task stops. None: the environment's `tasks.stop_timeout_seconds`.

    Rule: 2 to 120; of the service's own container more than the environment's `tasks.drain_seconds`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: 60
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar(ContainerSettings):
    """Another container in every task of a service.

    The containers of a task share a network interface and reach each other on localhost.
    """

    name: str
    """The container's name, unique in the service.

    Rule: lower-case letters, digits and single hyphens, a letter first; at most 63 characters.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: "metrics"
    """
    image: str
    """Its image: the last part of the name of one of your repositories, or the registry and path of a public image.

    It is the image's key in the environment's `[images]`.

    Rule: as `image_name` or `public_image` of a service.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: "public.ecr.aws/aws-observability/aws-otel-collector"
    """
    container_port: int | None = None
    """The port that it listens on, for the service's other containers. None: none.

    Rule: 1 to 65535; not the port of another container of the service.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    Example: 4317
    """
    essential: bool = True
    """True: a task stops when this container ends.

    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    before_service: bool = True
    """True: the service's container starts only after this one has started, and is healthy if it has a container health
    check. It also stops before this one.

    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    """

    @property
    def public_image(self) -> str | None:
        """The image if it contains a slash and so is public; None for an image in one of your repositories."""
        return self.image if "/" in self.image else None
