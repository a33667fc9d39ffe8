"""The images of the service apps: declared services + entries of service_apps/images.toml -> images."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from colonnade.images.entries import read_entries, source
from colonnade.model import naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Fault, Problem, ambiguous_service, unknown
from colonnade.model.images.rules import shared_image_problems
from colonnade.model.service.declaration import Service
from colonnade.model.shape import shape_deployment

OCI_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""ECS architectures by their names in OCI images: https://github.com/opencontainers/image-spec/blob/main/config.md"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image, for the one architecture that its services declare."""

    name: str
    app: str
    """The app's folder in service_apps, such as 'message_board/api'."""
    dockerfile: str | None = None
    """The app's own Dockerfile, relative to the project's root; None: the Dockerfile that Python apps share."""
    deployment: str
    service: str
    """The first service that runs the image, with its deployment. It declares the architecture."""
    architecture: str
    """As the service declares it: 'X86_64' or 'ARM64'."""
    public: str | None
    """The registry and path of a public image; None: each environment has a repository of its own for it."""

    @property
    def oci_architecture(self) -> str:
        """The architecture as OCI images name it: 'amd64' or 'arm64'."""
        return OCI_ARCHITECTURES[self.architecture]

    @property
    def platform(self) -> str:
        """The platform as image tools name it: 'linux/amd64' or 'linux/arm64'."""
        return f"linux/{self.oci_architecture}"

    def local_name(self, tag: str) -> str:
        """Return the name of the image on the machine that builds it."""
        return f"localhost/colonnade/{self.name}:{tag}"

    def repository(self, environment: Environment) -> str:
        """Return the path of the image in the environment's registry."""
        if self.public is not None:
            return self.public.partition("/")[2]
        return naming.repository_name(environment.project, environment.name, self.name)


def image_name(service: Service) -> str:
    """Return the name of the service's image in the catalog.

    The name of a public image is the last part of its path.
    """
    return service.image.rpartition("/")[2]


def declared_images(deployments: Sequence[Deployment], root: Path) -> tuple[Image, ...]:
    """Return the images of the declared services that are built here, each once, in the order of the declarations.

    Raises ConfigurationError with every problem of the declarations and of the catalog.
    """
    return tuple(found for found in _found(deployments, root).values() if isinstance(found, Image))


def built_elsewhere(deployments: Sequence[Deployment], root: Path) -> dict[str, Fault]:
    """Return the names of the other images, each with the reason why it is not built here; raises as above."""
    return {name: found for name, found in _found(deployments, root).items() if isinstance(found, Fault)}


def _found(deployments: Sequence[Deployment], root: Path) -> Mapping[str, Image | Fault]:
    """Return each image by its name. A public image with the last word of an own image's name is left out."""
    entries = read_entries(root)
    own = {service.image for _, service in _services(deployments) if service.public_image is None}
    problems = list(shared_image_problems([shape_deployment(each) for each in deployments]))
    if problems:
        raise ConfigurationError(problems)
    images: dict[str, Image | Fault] = {}
    for deployment, service in _services(deployments):
        name = image_name(service)
        if name in images or (service.public_image is not None and name in own):
            continue
        found = source(name, entries.get(name))
        images[name] = found if isinstance(found, Fault) else _image(name, *found, service, deployment)
    return images


def _image(name: str, app: str, dockerfile: str | None, service: Service, deployment: Deployment) -> Image:
    return Image(
        name=name,
        app=app,
        dockerfile=dockerfile,
        deployment=deployment.name,
        service=service.name,
        architecture=service.architecture,
        public=service.public_image,
    )


def chosen(
    images: Sequence[Image],
    names: Sequence[str],
    deployments: Sequence[Deployment],
    *,
    elsewhere: Mapping[str, Fault] = MappingProxyType({}),
) -> tuple[Image, ...]:
    """Return the images of the named services or images, each once; without names, all images.

    A service is SERVICE, or DEPLOYMENT/SERVICE if services of several deployments share the name but not the image.
    Raises ConfigurationError for an unknown or ambiguous name, and for an image in `elsewhere`.
    """
    by_name = {name: {name} for name in (*(image.name for image in images), *elsewhere)}
    for deployment in deployments:
        for service in deployment.services:
            by_name.setdefault(service.name, set()).add(image_name(service))
            by_name[f"{deployment.name}/{service.name}"] = {image_name(service)}
    known = {image.name for image in images}
    wanted = [by_name.get(name, set()) for name in names]
    problems = [
        _unusable(name, found, by_name, elsewhere)
        for name, found in zip(names, wanted, strict=True)
        if len(found) != 1 or not found <= known
    ]
    if problems:
        raise ConfigurationError(problems)
    return tuple(image for image in images if not names or any(image.name in found for found in wanted))


def _unusable(name: str, found: set[str], by_name: Collection[str], elsewhere: Mapping[str, Fault]) -> Problem:
    if len(found) > 1:
        return ambiguous_service(name, [each for each in by_name if each.endswith(f"/{name}")])
    for image in found & elsewhere.keys():
        return elsewhere[image].of("image", image)
    known = [each for each in by_name if "/" in name or "/" not in each]
    return unknown("service or image", name, known, label="services and images")


def _services(deployments: Sequence[Deployment]) -> Iterator[tuple[Deployment, Service]]:
    for deployment in deployments:
        yield from ((deployment, service) for service in deployment.services)
