"""An image that others built: its reference -> digest and platforms in its registry -> a pin of the environment.

An image of the project is in the environment's own repository, which its tasks' execution role may pull from. A public
image is where its declaration says, in a registry that needs no login.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from colonnade.images.catalog import OCI_ARCHITECTURES
from colonnade.images.ecr import log_in, require_registry
from colonnade.images.pins import add_pins, pins_in
from colonnade.images.registry import PushedImage, Registry
from colonnade.model import aws_limits, naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem, ambiguous_service, unknown
from colonnade.model.images.pins import ImagePin
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.progress import Progress

_REFERENCE = rf"{aws_limits.IMAGE_PATH}(:(?P<tag>{aws_limits.IMAGE_TAG}))?(@(?P<digest>{aws_limits.IMAGE_DIGEST}))?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An image as the deployments declare it."""

    name: str
    """Its key in the environment's images: the name of one of the project's images, or a registry and a path."""
    public: bool
    architectures: Mapping[str, str]
    """The declared architectures, each with the first service that declares it."""

    def repository(self, environment: Environment) -> str:
        """Return the registry and path from which its tasks pull it."""
        if self.public:
            return self.name
        own = naming.repository_name(environment.project, environment.name, self.name)
        return f"{environment.registry}/{own}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference to an image in a registry, such as `ghcr.io/shop/orders:1.4.2`."""

    repository: str
    """The registry's host and the path."""
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        return f"{self.repository}{tag}{f'@{self.digest}' if self.digest is not None else ''}"


def pin_image(
    deployments: Sequence[Deployment], name: str, reference: str, *, environment: Environment, pins: Path
) -> int:
    """Pin the image of that name to what its registry has under the reference, and return the exit status.

    Raises ConfigurationError if the image cannot be pinned to it, and RegistryError if the registry does not answer.
    """
    declared, wanted = _checked(deployments, name, reference, environment=environment, pins=pins)
    host, _, path = wanted.repository.partition("/")
    if declared.public:
        registry = Registry(host=host, token=None)
    else:
        require_registry(environment, ())
        registry = log_in(environment, {declared.name: path})
    progress = Progress(Console())
    with progress.step(f"{declared.name}: reading {wanted}") as step:
        found = asyncio.run(registry.find(path, wanted.digest if wanted.digest is not None else str(wanted.tag)))
        digest = _required(declared, wanted, found)
        step.close_with(f"{declared.name}: {wanted.repository}\n    {digest}")
    pin = ImagePin(tag=wanted.tag, digest=digest)
    add_pins(pins, {declared.name: pin}, registry=environment.registry, environment=environment.name)
    progress.say(f"Pinned in {pins}")
    return ExitStatus.OK


def declared_image(deployments: Sequence[Deployment], name: str) -> Declared:
    """Return the image of that name, or of the service of that name.

    A service is SERVICE or DEPLOYMENT/SERVICE. An image, also that of a sidecar, is its key in the environment's images
    or the last word of that key. Raises ConfigurationError for an unknown or ambiguous name.
    """
    found: dict[str, set[str]] = {}
    images: dict[str, tuple[bool, dict[str, str]]] = {}
    for deployment in deployments:
        for service in deployment.services:
            for each in service.with_sidecars:
                _, architectures = images.setdefault(each.image, (each.public_image is not None, {}))
                where = f"deployment {deployment.name!r}, service {service.name!r}"
                architectures.setdefault(service.architecture, where)
                for key in (each.image, each.image.rpartition("/")[2]):
                    found.setdefault(key, set()).add(each.image)
            for key in (service.name, f"{deployment.name}/{service.name}"):
                found.setdefault(key, set()).add(service.image)
    keys = found.get(name, set())
    if not keys:
        raise ConfigurationError([unknown("service or image", name, found, label="services and images")])
    if len(keys) > 1:
        raise ConfigurationError([ambiguous_service(name, [each for each in found if each.endswith(f"/{name}")])])
    (key,) = keys
    public, architectures = images[key]
    return Declared(name=key, public=public, architectures=architectures)


def _checked(
    deployments: Sequence[Deployment], name: str, text: str, *, environment: Environment, pins: Path
) -> tuple[Declared, Reference]:
    """Return the image and the reference; raises ConfigurationError with every problem that needs no registry."""
    problems: list[Problem] = []
    if environment.name == SANDBOX:
        message = "it pulls no images: its tasks are processes on this machine"
        problems.append(Problem(subject=f"environment {SANDBOX!r}", message=message, fix="choose another environment"))
    declared = declared_image(deployments, name)
    known = pins_in(pins)
    pinned = known.of(environment.registry) if known is not None else {}
    if declared.name in environment.images and declared.name not in pinned:
        message = f"has the version {environment.images[declared.name]!r} in [images] of its file, which a pin replaces"
        fix = f"remove the line of {declared.name!r} from environments/{environment.name}.toml first"
        problems.append(Problem(subject=f"environment {environment.name!r}", message=message, fix=fix))
    parts = re.fullmatch(_REFERENCE, text)
    if parts is None or (parts["tag"] is None and parts["digest"] is None):
        fix = f"write {declared.repository(environment)}:TAG, or @sha256: and 64 digits in place of :TAG"
        message = "is not a registry's host, a path, and a tag or digest"
        raise ConfigurationError([*problems, Problem(subject=f"reference {text!r}", message=message, fix=fix)])
    repository = text.partition("@")[0].removesuffix(f":{parts['tag']}")
    reference = Reference(repository=repository, tag=parts["tag"], digest=parts["digest"])
    problems += _misplaced(declared, reference, environment)
    if problems:
        raise ConfigurationError(problems)
    return declared, reference


def _misplaced(declared: Declared, reference: Reference, environment: Environment) -> Iterator[Problem]:
    """Yield the problem of a reference to a repository from which the tasks do not pull the image."""
    expected = declared.repository(environment)
    if reference.repository == expected:
        return
    if declared.public:
        fix = f"give a reference in {expected}, or declare public_image={reference.repository!r}"
    else:
        fix = f"copy it to {expected}, which the execution role of its tasks may pull from, and pin it there"
        if re.match(aws_limits.PRIVATE_REGISTRY, reference.repository) is None:
            fix += f"; or, if it can be pulled without a login, declare public_image={reference.repository!r}"
    message = f"tasks pull it from {expected}, not from {reference.repository}"
    yield Problem(subject=f"image {declared.name!r}", message=message, fix=fix)


def _required(declared: Declared, wanted: Reference, found: PushedImage | None) -> str:
    """Return the digest of what was found; raises ConfigurationError if it is not an image that the tasks can run."""
    subject = f"image {str(wanted)!r}"
    if found is None:
        fix = "correct the tag or digest; a registry without a login has only public images"
        raise ConfigurationError([Problem(subject=subject, message="is not in its registry", fix=fix)])
    if wanted.digest is not None and found.digest != wanted.digest:
        message = f"its registry answers with the manifest {found.digest}"
        raise ConfigurationError([Problem(subject=subject, message=message, fix="do not use this registry")])
    built = ", ".join(found.architectures) if found.architectures else "no architecture"
    problems = [
        Problem(
            subject=subject,
            message=f"is built for {built}, but {where} declares {architecture} ({OCI_ARCHITECTURES[architecture]})",
            fix="pin an image for that architecture, or change `architecture` of the service",
        )
        for architecture, where in declared.architectures.items()
        if OCI_ARCHITECTURES[architecture] not in found.architectures
    ]
    if problems:
        raise ConfigurationError(problems)
    return found.digest
