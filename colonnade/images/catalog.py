"""The images of the service apps: declared services + service_apps/images.toml -> images.

service_apps/images.toml names the app that each image runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.model import naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem, ambiguous_service, unknown
from colonnade.model.images.rules import shared_image_problems
from colonnade.model.service.declaration import Service
from colonnade.model.shape import shape_deployment

CATALOG = Path("service_apps/images.toml")
"""The file that names the app of each image, relative to the project's root."""

_OCI_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""ECS architectures by their names in OCI images: https://github.com/opencontainers/image-spec/blob/main/config.md"""
_MODULE = "service_apps."


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image, for the one architecture that its services declare."""

    name: str
    app: str
    """The app's folder in service_apps, such as 'message_board/api'."""
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
        return _OCI_ARCHITECTURES[self.architecture]

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
    """Return the images of the declared services, each once, in the order of the declarations.

    A public image is left out if it contains no service app, because it is not built here, or if the last part of its
    path is the name of one of the project's images. Raises ConfigurationError with every problem.
    """
    apps = _apps(root / CATALOG)
    own = {service.image for _, service in _services(deployments) if service.public_image is None}
    images: dict[str, Image] = {}
    problems = list(shared_image_problems([shape_deployment(each) for each in deployments]))
    for deployment, service in _services(deployments):
        name = image_name(service)
        if name in images or (service.public_image is not None and (name in own or name not in apps)):
            continue
        app = _app(apps.get(name))
        if app is None:
            problems.append(_without_app(service, deployment))
            continue
        images[name] = Image(
            name=name,
            app=app,
            deployment=deployment.name,
            service=service.name,
            architecture=service.architecture,
            public=service.public_image,
        )
    if problems:
        raise ConfigurationError(problems)
    return tuple(images.values())


def chosen(images: Sequence[Image], names: Sequence[str], deployments: Sequence[Deployment]) -> tuple[Image, ...]:
    """Return the images of the named services or images, each once; without names, all images.

    A service is SERVICE, or DEPLOYMENT/SERVICE if services of several deployments share the name but not the image.
    Raises ConfigurationError for an unknown or ambiguous name.
    """
    by_name = {image.name: {image.name} for image in images}
    for deployment in deployments:
        for service in deployment.services:
            by_name.setdefault(service.name, set()).add(image_name(service))
            by_name[f"{deployment.name}/{service.name}"] = {image_name(service)}
    known = {image.name for image in images}
    wanted = [by_name.get(name, set()) for name in names]
    problems = [
        _unusable(name, found, by_name)
        for name, found in zip(names, wanted, strict=True)
        if len(found) != 1 or not found <= known
    ]
    if problems:
        raise ConfigurationError(problems)
    return tuple(image for image in images if not names or any(image.name in found for found in wanted))


def _unusable(name: str, found: Collection[str], by_name: Collection[str]) -> Problem:
    if len(found) > 1:
        return ambiguous_service(name, [each for each in by_name if each.endswith(f"/{name}")])
    known = [each for each in by_name if "/" in name or "/" not in each]
    return unknown("service or image", name, known, label="services and images")


def _services(deployments: Sequence[Deployment]) -> Iterator[tuple[Deployment, Service]]:
    for deployment in deployments:
        yield from ((deployment, service) for service in deployment.services)


def _apps(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fix = "create it: a table `[IMAGE]` for each image, with the command of its service app"
        problem = Problem(subject=str(CATALOG), message=f"cannot be read: {error.strerror}", fix=fix)
        raise ConfigurationError([problem]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fix = "correct it; see https://toml.io for the syntax"
        raise ConfigurationError([Problem(subject=str(CATALOG), message=f"is not TOML: {error}", fix=fix)]) from error


def _app(entry: object) -> str | None:
    """Return the folder of the app that an entry of the catalog starts; None if the Dockerfile cannot start it."""
    match entry:
        case Mapping() if entry.keys() == {"command"}:
            match entry["command"]:
                case ["python", "-m", str(module)] if module.startswith(_MODULE):
                    return module.removeprefix(_MODULE).replace(".", "/")
    return None


def _without_app(service: Service, deployment: Deployment) -> Problem:
    image = image_name(service)
    return Problem(
        subject=f"deployment {deployment.name!r}, service {service.name!r}",
        message=f"{CATALOG} names no service app for image {image!r}",
        fix=f'add `[{image}]` and `command = ["python", "-m", "{_MODULE}APP"]` to it',
    )
