"""The images of an earlier revision that the environment's files do not declare, and their pins.

An image of the environment's own registry with a digest is pinned in `environments/NAME.images.toml`, as `colonnade
images push` does. A version in `[images]` of the environment's own file is left to its author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colonnade.images.pins import add_pins
from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.images.pins import ImagePin
from colonnade.model.images.rules import is_digest
from colonnade.model.resolved import Resolved
from colonnade.operate.revisions import Revision
from colonnade.operate.services import DeployedService

_UNTAGGED = "untagged"
"""The tag in a pin of an image whose tag cannot be read; images are pulled by digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredImage:
    """An image of a revision that has another version in the environment's files, or none."""

    name: str
    """Its name in the environment's files: that of an own image, or the registry and path of a public one."""
    repository: str | None
    """Its repository in the environment's registry; None for a public image."""
    version: str
    """The tag or digest that the revision runs."""
    others: tuple[str, ...]
    """The other services that run the image, DEPLOYMENT/SERVICE."""

    def is_pinned_in(self, environment: Environment) -> bool:
        """Return whether its version belongs in the environment's file of pins, which holds no tags."""
        declared = environment.images.get(self.name, self.version)
        in_other_file = environment.name == SANDBOX or f"images.{self.name}" in environment.keys
        return not in_other_file and is_digest(self.version) and is_digest(declared)

    def line(self, environment: Environment) -> str:
        """Return the file and the value that declare the image, and the other services that run it."""
        if self.is_pinned_in(environment):
            what = f"environments/{environment.name}.images.toml: {self.name} gets {self.version}"
        else:
            what = f'environments/{environment.name}.toml: write "{self.name}" = "{self.version}" under [images]'
        return (
            f"{what}; {', '.join(self.others)} run{'s' if len(self.others) == 1 else ''} it too"
            if self.others
            else what
        )


def undeclared_images(
    target: Revision, service: DeployedService, environment: Environment, deployments: Sequence[Resolved]
) -> tuple[UndeclaredImage, ...]:
    """Return the images of the revision that the environment's files do not declare; `deployments` are all of them."""
    return tuple(_undeclared(target, service, environment, deployments))


def write_pins(
    images: Sequence[UndeclaredImage], path: Path, environment: Environment, service: DeployedService
) -> None:
    """Add the pins of the images to the file of pins; raises ConfigurationError if it cannot be written."""
    pins = {each.name: ImagePin(tag=_tag(each, service), digest=each.version) for each in images}
    add_pins(path, pins, registry=environment.registry, environment=environment.name)


def _undeclared(
    target: Revision, service: DeployedService, environment: Environment, deployments: Sequence[Resolved]
) -> Iterator[UndeclaredImage]:
    own = f"{environment.registry}/{naming.repository_name(environment.project, environment.name, '')}"
    for reference in dict.fromkeys(target.images.values()):
        repository, version = _parts(reference)
        name = repository.removeprefix(own)
        if environment.images.get(name) != version:
            yield UndeclaredImage(
                name=name,
                repository=repository.partition("/")[2] if repository.startswith(own) else None,
                version=version,
                others=tuple(_running(repository, deployments, without=service.name)),
            )


def _parts(reference: str) -> tuple[str, str]:
    """Return the repository of an image and its digest or tag."""
    repository, separator, digest = reference.partition("@")
    if separator:
        return repository, digest
    path, separator, tag = reference.rpartition(":")
    return (path, tag) if separator and "/" not in tag else (reference, "latest")


def _running(repository: str, deployments: Sequence[Resolved], *, without: str) -> Iterator[str]:
    for deployment in deployments:
        for service in deployment.services:
            name = f"{deployment.name}/{service.name}"
            if name != without and service.image is not None and _parts(service.image)[0] == repository:
                yield name


def _tag(image: UndeclaredImage, service: DeployedService) -> str | None:
    if image.repository is None:
        return None
    from botocore.exceptions import ClientError

    with suppress(ClientError):
        found = service.aws.ecr.describe_images(
            repositoryName=image.repository, imageIds=[{"imageDigest": image.version}]
        )["imageDetails"]
        return next((tag for each in found for tag in each.get("imageTags", [])), _UNTAGGED)
    return _UNTAGGED
