"""The rules for the containers of a service: its own, the one that runs before it, and its sidecars.

A value of a variable is never part of a message, because it may be a secret. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from colonnade.model import aws_limits, naming
from colonnade.model.errors import Fault, out_of_range
from colonnade.model.images.rules import public_image_fault
from colonnade.model.service.container import Command, ContainerHealthCheck, ContainerSettings, Sidecar
from colonnade.model.service.container_definition import BEFORE_START, CONTRACT
from colonnade.model.service.declaration import Service
from colonnade.model.service.permissions import permission_faults
from colonnade.model.service.secrets import secret_faults

Knows = Callable[..., bool]

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_SECRET_VALUES: Mapping[str, str] = {
    "an AWS access key": r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a URL with a password": r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@",
    "an access token": (
        r"\b(sk_live_|rk_live_|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abps]-|SG\.)[A-Za-z0-9_-]{10,}"
        r"|\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\."
    ),
}
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
_USER = r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?"


def container_faults(service: Service, knows: Knows, reserved: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults of every container of a service and of its permissions.

    `knows` returns True for dotted fields with a known value. `reserved` are the names of variables that are set for
    the service's calls and connections.
    """
    # A worker gets no PORT.
    contract = CONTRACT - {"PORT"} if knows("container_port") and service.container_port is None else CONTRACT
    yield from _settings_faults("", service, knows, contract | reserved)
    yield from _before_start_faults(service.before_start, knows)
    if knows("permissions"):
        for position, allow in enumerate(service.permissions):
            yield from permission_faults(f"permissions[{position}]", allow, knows)
    if knows("sidecars"):
        for position, sidecar in enumerate(service.sidecars):
            yield from _sidecar_faults(f"sidecars[{position}].", sidecar, knows)
        yield from _sidecars_faults(service, knows)
    yield from _storage_faults(service, knows)


def _settings_faults(path: str, settings: ContainerSettings, knows: Knows, reserved: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults of the settings of one container; `path` is empty or ends with a dot."""
    if knows(f"{path}variables"):
        yield from _variable_faults(f"{path}variables", settings.variables, reserved)
    if knows(f"{path}secrets"):
        yield from _secrets_faults(path, settings, knows, reserved)
    if knows(f"{path}variables", f"{path}secrets"):
        yield from _twin_faults(path, settings)
    yield from _path_faults(path, settings, knows)
    if knows(f"{path}user") and settings.user is not None and re.fullmatch(_USER, settings.user) is None:
        yield Fault(f"{path}user {settings.user!r} is not a user", "write USER or USER:GROUP, such as '1000:1000'")
    if knows(f"{path}container_health_check") and settings.container_health_check is not None:
        yield from _health_check_faults(f"{path}container_health_check", settings.container_health_check, knows)
    for field, limits in _LIMITS.items():
        number = getattr(settings, field)
        if knows(f"{path}{field}") and number is not None and not limits[0] <= number <= limits[1]:
            yield out_of_range(f"{path}{field}", number, *limits)


_LIMITS = {
    "open_files_limit": aws_limits.OPEN_FILES,
    "stop_timeout_seconds": aws_limits.FARGATE_STOP_TIMEOUT_SECONDS,
}


def _variable_faults(field: str, variables: Mapping[str, str], reserved: frozenset[str]) -> Iterator[Fault]:
    for name, value in variables.items():
        yield from variable_name_faults(field, name, reserved)
        if name in _CREDENTIALS:
            yield Fault(f"{field}.{name} would replace the credentials of the task role", "declare `permissions`")
        for kind, pattern in _SECRET_VALUES.items():
            if re.search(pattern, value) is not None:
                fix = "declare it in `secrets`; everyone who may read the task definition or the state sees a variable"
                yield Fault(f"{field}.{name} contains {kind}", fix)
                break


def variable_name_faults(field: str, name: str, reserved: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults of the name of a variable; `reserved` are the names that Colonnade sets."""
    if re.fullmatch(_VARIABLE, name) is None:
        fix = "use letters, digits and underscores, without a digit first"
        yield Fault(f"{field} {name!r} is not the name of an environment variable", fix)
    elif name in reserved:
        yield Fault(f"{field}.{name} is set by Colonnade", "use another name")
    elif name.startswith(aws_limits.VARIABLES_OF_ECS):
        yield Fault(f"{field}.{name} is set by ECS", "use another name")


def _secrets_faults(path: str, settings: ContainerSettings, knows: Knows, reserved: frozenset[str]) -> Iterator[Fault]:
    for name, secret in settings.secrets.items():
        field = f"{path}secrets.{name}"
        yield from variable_name_faults(f"{path}secrets", name, reserved)
        if knows(f"{field}.name", f"{field}.json_key", f"{field}.kms_key_arn"):
            yield from secret_faults(field, secret)


def _twin_faults(path: str, settings: ContainerSettings) -> Iterator[Fault]:
    for name in settings.variables.keys() & settings.secrets.keys():
        yield Fault(f"{path}variables.{name} is declared in `secrets` too", "declare it in one of the two")
    seen: dict[str, str] = {}
    for name in dict.fromkeys((*settings.variables, *settings.secrets)):
        other = seen.setdefault(name.upper(), name)
        if other != name:
            yield Fault(
                f"{path}variables and {path}secrets have both {other!r} and {name!r}, which differ only in case",
                "use one name, or two names that differ in more",
            )


def _path_faults(path: str, settings: ContainerSettings, knows: Knows) -> Iterator[Fault]:
    directory = settings.working_directory
    if knows(f"{path}working_directory") and directory is not None and not _is_absolute(directory):
        yield Fault(f"{path}working_directory {directory!r} is not an absolute path", "begin it with '/'")
    if knows(f"{path}writable_paths", f"{path}tmpfs_mib"):
        yield from _overlap_faults(path, (*settings.writable_paths, *settings.tmpfs_mib))
    if knows(f"{path}tmpfs_mib"):
        for each, size in settings.tmpfs_mib.items():
            if size < 1:
                yield Fault(f"{path}tmpfs_mib.{each} {size} is less than 1 MiB", "use 1 or more")
    read_only = knows(f"{path}read_only_root_filesystem") and settings.read_only_root_filesystem
    if knows(f"{path}writable_paths") and settings.writable_paths and not read_only:
        yield Fault(
            f"{path}writable_paths has no effect: the whole root file system is writable",
            "remove it, or read_only_root_filesystem=False",
        )


def _overlap_faults(path: str, paths: Sequence[str]) -> Iterator[Fault]:
    for position, each in enumerate(paths):
        if not _is_absolute(each) or each == "/":
            fix = "write an absolute path below '/', such as '/tmp'"
            yield Fault(f"{path}writable path {each!r} is not a directory below '/'", fix)
            continue
        for other in paths[:position]:
            if _is_within(each, other) or _is_within(other, each):
                yield Fault(f"{path}writable paths {other!r} and {each!r} overlap", "declare the outer one only")


def _is_absolute(path: str) -> bool:
    return path.startswith("/") and str(PurePosixPath(path)) == path and ".." not in path.split("/")


def _is_within(path: str, other: str) -> bool:
    return PurePosixPath(path).is_relative_to(other)


def _health_check_faults(field: str, check: ContainerHealthCheck, knows: Knows) -> Iterator[Fault]:
    if knows(f"{field}.command"):
        yield from _command_faults(f"{field}.command", check.command)
    limits = {
        "interval_seconds": aws_limits.CONTAINER_HEALTH_CHECK_INTERVAL_SECONDS,
        "timeout_seconds": aws_limits.CONTAINER_HEALTH_CHECK_TIMEOUT_SECONDS,
        "retries": aws_limits.CONTAINER_HEALTH_CHECK_RETRIES,
        "start_period_seconds": aws_limits.CONTAINER_HEALTH_CHECK_START_PERIOD_SECONDS,
    }
    for name, (least, most) in limits.items():
        number = getattr(check, name)
        if knows(f"{field}.{name}") and not least <= number <= most:
            yield out_of_range(f"{field}.{name}", number, least, most)


def _before_start_faults(command: Command | None, knows: Knows) -> Iterator[Fault]:
    if command is not None and knows("before_start.command"):
        yield from _command_faults("before_start.command", command.command)


def _command_faults(field: str, command: tuple[str, ...]) -> Iterator[Fault]:
    if not command or not command[0]:
        yield Fault(f"{field} is empty", "write the program and its arguments, such as ('alembic', 'upgrade', 'head')")


def _sidecar_faults(path: str, sidecar: Sidecar, knows: Knows) -> Iterator[Fault]:
    yield from _settings_faults(path, sidecar, knows, frozenset())
    if knows(f"{path}name"):
        fault = naming.label_fault(f"{path}name", sidecar.name)
        if fault is not None:
            yield fault
    if knows(f"{path}image"):
        public = sidecar.public_image
        fault = public_image_fault(public) if public is not None else naming.label_fault(f"{path}image", sidecar.image)
        if fault is not None:
            yield Fault(f"{path}image: {fault.message}", fault.fix) if public is not None else fault
    port, (least, most) = sidecar.container_port, aws_limits.CONTAINER_PORTS
    if knows(f"{path}container_port") and port is not None and not least <= port <= most:
        yield out_of_range(f"{path}container_port", port, least, most)
    both = knows(f"{path}essential", f"{path}before_service", f"{path}container_health_check")
    if both and sidecar.container_health_check is not None and not (sidecar.essential or sidecar.before_service):
        yield Fault(
            f"{path}container_health_check has no effect: nothing waits for the sidecar, and no task depends on it",
            "declare essential=True or before_service=True",
        )


def _sidecars_faults(service: Service, knows: Knows) -> Iterator[Fault]:
    """Yield the faults of a service's sidecars as a group: equal names, equal ports, too many containers."""
    names = {service.name: "the service's container", BEFORE_START: "the container of `before_start`"}
    ports = {service.container_port: "the service's container"}
    for position, sidecar in enumerate(service.sidecars):
        path = f"sidecars[{position}]"
        if knows("name", f"{path}.name"):
            if sidecar.name in names:
                yield Fault(f"{path}.name {sidecar.name!r} is the name of {names[sidecar.name]}", "use another name")
            names.setdefault(sidecar.name, path)
        if knows("container_port", f"{path}.container_port") and sidecar.container_port is not None:
            if sidecar.container_port in ports:
                used = ports[sidecar.container_port]
                message = f"{path}.container_port {sidecar.container_port} is the port of {used}"
                yield Fault(message, "use another port; the containers of a task share their ports")
            ports.setdefault(sidecar.container_port, path)
    containers = 1 + len(service.sidecars) + (service.before_start is not None)
    if containers > aws_limits.CONTAINERS_PER_TASK:
        fix = f"a task has at most {aws_limits.CONTAINERS_PER_TASK}; remove sidecars"
        yield Fault(f"the task would have {containers} containers", fix)


def _storage_faults(service: Service, knows: Knows) -> Iterator[Fault]:
    storage, (least, most) = service.ephemeral_storage_gib, aws_limits.EPHEMERAL_STORAGE_GIB
    if knows("ephemeral_storage_gib") and storage is not None and not least <= storage <= most:
        yield out_of_range("ephemeral storage", storage, least, most)
    grace, (least, most) = service.health_check_grace_seconds, aws_limits.HEALTH_CHECK_GRACE_SECONDS
    if knows("health_check_grace_seconds") and grace is not None and not least <= grace <= most:
        yield out_of_range("health_check_grace_seconds", grace, least, most)
    if not knows("sidecars", "tmpfs_mib", "memory_mib"):
        return
    containers: Sequence[ContainerSettings] = (service, *service.sidecars)
    if all(knows(f"sidecars[{position}].tmpfs_mib") for position in range(len(service.sidecars))):
        memory = sum(sum(each.tmpfs_mib.values()) for each in containers)
        if memory and memory >= service.memory_mib:
            yield Fault(
                f"tmpfs_mib takes {memory} MiB of the task's {service.memory_mib} MiB of memory",
                "use smaller sizes, or more memory_mib",
            )
