"""A declared service and its environment -> the containers of its task, and the ARNs in the policies of its roles.

Pure. The sidecars start first, then the container of `before_start`, then the service's own container.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.model.images.rules import image_reference
from colonnade.model.service.container import ContainerSettings, Sidecar
from colonnade.model.service.container_definition import BEFORE_START, Condition, Container, url_variables
from colonnade.model.service.declaration import Service
from colonnade.model.service.secrets import Secret, SecretsManagerSecret

_ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - a task has a network interface of its own


def task_containers(
    service: Service, variables: Mapping[str, str], environment: Environment
) -> tuple[Container, ...] | None:
    """Return the containers of the service's task, its own first; None before all images are pinned.

    `variables` are all environment variables of the service's container.
    """
    pinned = {each.image: image(each, environment) for each in service.with_sidecars}
    images = {name: found for name, found in pinned.items() if found is not None}
    if len(images) < len(pinned):
        return None
    own = _own_container(service, images[service.image], variables, environment)
    sidecars = (_sidecar(each, images[each.image], environment) for each in service.sidecars)
    return (own, *_before_start(service, own), *sidecars)


def environment_variables(
    service: Service, *, callees: Sequence[Service], namespace: str | None, drain_seconds: int
) -> dict[str, str]:
    """Return the declared variables and those of the container contract.

    PATH_PREFIX is set even when it is empty. A worker has no PORT.
    """
    urls = {
        variable: f"http://{callee.name}.{namespace}:{callee.container_port}"
        for position, callee in enumerate(callees)
        for variable in url_variables(callee.name, first=position == 0)
    }
    port = {"PORT": str(service.container_port)} if service.container_port is not None else {}
    return {
        **service.variables,
        **port,
        "HOST": _ALL_INTERFACES,
        "PATH_PREFIX": service.path_prefix if service.path_prefix is not None else "",
        "DRAIN_SECONDS": str(drain_seconds),
        **urls,
    }


def image(runs: Service | Sidecar, environment: Environment) -> str | None:
    """Return the image with its tag or digest; None before it is pinned."""
    version = environment.images.get(runs.image)
    return image_reference(image_repository(runs, environment), version) if version is not None else None


def image_repository(runs: Service | Sidecar, environment: Environment) -> str:
    """Return the image without tag or digest: a path in a public registry, or the environment's own repository."""
    if runs.public_image is not None:
        return runs.public_image
    return naming.repository_url(
        account_id=environment.account_id,
        region=environment.region,
        repository=naming.repository_name(environment.project, environment.name, runs.image),
    )


def repository_arns(service: Service, environment: Environment) -> tuple[str, ...]:
    """Return the ARN of each of the environment's repositories that the task's images are pulled from."""
    names = [each.image for each in service.with_sidecars if each.public_image is None]
    return tuple(
        naming.repository_arn(
            account_id=environment.account_id,
            region=environment.region,
            repository=naming.repository_name(environment.project, environment.name, name),
        )
        for name in dict.fromkeys(names)
    )


def secret_arns(service: Service, environment: Environment) -> tuple[str, ...]:
    """Return the ARN of each secret and parameter of the task, as a policy names it, sorted."""
    location = (environment.account_id, environment.region)
    arns = {
        each.readable_arn(*location) if isinstance(each, SecretsManagerSecret) else each.value_from(*location)
        for each in _secrets(service)
    }
    return tuple(sorted(arns))


def secret_key_arns(service: Service) -> tuple[str, ...]:
    """Return the ARN of each KMS key that decrypts a secret of the task, sorted."""
    return tuple(sorted({each.kms_key_arn for each in _secrets(service) if each.kms_key_arn is not None}))


def _secrets(service: Service) -> Iterator[Secret]:
    for each in service.with_sidecars:
        yield from each.secrets.values()


def _own_container(service: Service, image: str, variables: Mapping[str, str], environment: Environment) -> Container:
    own = _container(service, service.name, image, variables, environment)
    return replace(own, container_port=service.container_port, depends_on=dict(_waits_for(service)))


def _waits_for(service: Service) -> Iterator[tuple[str, Condition]]:
    if service.before_start is not None:
        yield BEFORE_START, "SUCCESS"
    yield from _ready_sidecars(service)


def _ready_sidecars(service: Service) -> Iterator[tuple[str, Condition]]:
    for sidecar in service.sidecars:
        if sidecar.before_service:
            yield sidecar.name, "START" if sidecar.container_health_check is None else "HEALTHY"


def _before_start(service: Service, own: Container) -> Iterator[Container]:
    """Yield the container of `before_start`: the service's own with another command, without port and health check."""
    if service.before_start is not None:
        yield replace(
            own,
            name=BEFORE_START,
            essential=False,
            command=service.before_start.command,
            container_port=None,
            depends_on=dict(_ready_sidecars(service)),
            health_check=None,
        )


def _sidecar(sidecar: Sidecar, image: str, environment: Environment) -> Container:
    container = _container(sidecar, sidecar.name, image, sidecar.variables, environment)
    return replace(container, container_port=sidecar.container_port, essential=sidecar.essential)


def _container(
    settings: ContainerSettings, name: str, image: str, variables: Mapping[str, str], environment: Environment
) -> Container:
    stop_timeout = settings.stop_timeout_seconds
    location = (environment.account_id, environment.region)
    return Container(
        name=name,
        image=image,
        entry_point=settings.entry_point,
        command=settings.command,
        working_directory=settings.working_directory,
        user=settings.user,
        variables=variables,
        secrets={variable: secret.value_from(*location) for variable, secret in settings.secrets.items()},
        health_check=settings.container_health_check,
        read_only_root_filesystem=settings.read_only_root_filesystem,
        writable_volumes={f"{name}-{place}": path for place, path in enumerate(settings.writable_paths)},
        tmpfs_mib=settings.tmpfs_mib,
        init_process=settings.init_process,
        open_files_limit=settings.open_files_limit,
        stop_timeout_seconds=stop_timeout if stop_timeout is not None else environment.tasks.stop_timeout_seconds,
    )
