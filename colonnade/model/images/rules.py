"""The rules for images: the environment must pin the image of each service, so that a later push does not change what
runs.

The sandbox pulls no images, so it accepts any tag. Every other environment pins an image by the digest that `colonnade
images push` records (see `pins`), or by a tag that is a full version or a git revision. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from colonnade.model import aws_limits, naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.images.pins import SUFFIX
from colonnade.model.service.container import Sidecar
from colonnade.model.service.declaration import Service
from colonnade.model.shape import Shaped, ShapedDeployment

IMAGE_FIELDS = ("name", "image_name", "public_image")
"""The fields of a service that determine its image."""

_REGISTRY_PORT = "443"
"""The only port outside the VPC that security groups of tasks allow."""

_VERSION_TAG = r"v?[0-9]+\.[0-9]+\.[0-9]+([._-][A-Za-z0-9._-]*)?"
_REVISION_TAG = r"[0-9a-f]{7,40}(-dirty-[0-9a-f]{8,64})?"


def is_digest(version: str) -> bool:
    """Return True for a digest, False for a tag."""
    return re.fullmatch(aws_limits.IMAGE_DIGEST, version) is not None


def is_pinned(version: str) -> bool:
    """Return True for a digest, a full version ('1.0.0') or a git revision ('3f2a9c1b0d4e').

    An environment's own repositories have immutable tags. This check also refuses tags that are movable by convention:
    'latest', 'prod', 'main' and '1.2'.
    """
    return is_digest(version) or re.fullmatch(f"({_VERSION_TAG})|({_REVISION_TAG})", version) is not None


def image_reference(repository: str, version: str) -> str:
    """Return the image as ECS pulls it: `repository@sha256:…` by digest, `repository:tag` by tag."""
    return f"{repository}@{version}" if is_digest(version) else f"{repository}:{version}"


def public_image_fault(public: str) -> Fault | None:
    """Return the fault of a public image that its tasks could not pull, or None."""
    parts = re.fullmatch(aws_limits.IMAGE_PATH, public)
    if parts is None:
        rule = "write the registry and the path, such as 'public.ecr.aws/nginx/nginx'; the environment gives the tag"
        return Fault(f"public image {public!r} is not an image's registry and path", rule)
    if re.fullmatch(aws_limits.PRIVATE_REGISTRY, parts["host"]):
        return Fault(
            f"public image {public!r} is in a private registry, which its execution role may not pull from",
            "declare image_name, for a repository of the environment's own",
        )
    if parts["port"] not in {None, _REGISTRY_PORT}:
        return Fault(
            f"public image {public!r} is at port {parts['port']} of its registry; tasks may connect only to port "
            f"{_REGISTRY_PORT} outside the VPC",
            f"use a registry at port {_REGISTRY_PORT}",
        )
    return None


def image_problems(
    deployment: ShapedDeployment, environment: Environment, *, stand_ins: bool = False
) -> Iterator[Problem]:
    """Yield a problem for each service whose image the environment cannot run; the fix gives the commands to pin it.

    `stand_ins`: an image that is not pinned is no problem, because a stand-in takes its place.
    """
    for service in deployment.services:
        if service.knows(*IMAGE_FIELDS):
            yield from (service.problem(fault) for fault in _faults(service.value, environment, stand_ins))
        for position, sidecar in enumerate(service.value.sidecars):
            if service.knows("sidecars", f"sidecars[{position}].image"):
                yield from (service.problem(fault) for fault in _faults(sidecar, environment, stand_ins))


def _faults(service: Service | Sidecar, environment: Environment, stand_ins: bool) -> Iterator[Fault]:
    image, name = service.image, environment.name
    public = service.public_image is not None
    if (public_image_fault(image) if public else naming.label_fault("image", image)) is not None:
        return  # an invalid name is reported by `service.rules`
    version = environment.images.get(image)
    reference = image_reference(image, version) if version is not None else image
    if public and len(reference) > aws_limits.IMAGE_LENGTH:
        yield Fault(
            f"public image {reference!r} has {len(reference)} characters; ECS allows {aws_limits.IMAGE_LENGTH}",
            "use an image with a shorter path, or declare image_name, for a repository of the environment's own",
        )
    elif version is None and stand_ins:
        return
    elif version is None and name == SANDBOX:
        yield Fault(
            f"{_kind(service)} {image!r} has no tag in environment {name!r}", _sandbox_fix(service, environment)
        )
    elif version is None:
        yield Fault(f"{_kind(service)} {image!r} is not pinned in environment {name!r}", _fix(service, environment))
    elif name != SANDBOX and not is_pinned(version):
        message = f"{_kind(service)} {image!r} has the movable tag {version!r} in environment {name!r}"
        yield Fault(message, _fix(service, environment))


def _sandbox_fix(service: Service | Sidecar, environment: Environment) -> str:
    line = f'add `{_key(service.image)} = "TAG"` to its [images]'
    if service.public_image is not None:
        return line
    own = [image for image in environment.images if "/" not in image]
    return f"{line}; {suggestion(service.image, own, label='images with a tag')}"


def _key(image: str) -> str:
    """Return the image's name as a key of TOML."""
    return f'"{image}"' if "/" in image else image


def _kind(service: Service | Sidecar) -> str:
    return "image" if service.public_image is None else "public image"


def _fix(service: Service | Sidecar, environment: Environment) -> str:
    """Return the fix that pins the image: the commands to build and push it or, for a public image, the line to add."""
    file = f"environments/{environment.name}.toml"
    left = f"remove it from [images] in {file}, then run" if service.image in environment.images else "run"
    if service.public_image is not None:
        pin = f"colonnade images pin {service.image} {service.image}:TAG -e {environment.name}"
        return f'{left} `{pin}`, or give its version in [images] of {file}: `{_key(service.image)} = "1.0.0"`'
    build, push = f"colonnade images build {service.image}", f"colonnade images push {service.image}"
    pinned = f"environments/{environment.name}{SUFFIX}"
    return f"{left} `{build}` and `{push} -e {environment.name}`, which pins it in {pinned}"


def shared_image_problems(deployments: Sequence[ShapedDeployment]) -> Iterator[Problem]:
    """Yield a problem for each image that services run on two architectures, because an image is built for one
    architecture."""
    first: dict[str, Shaped[Service]] = {}
    for deployment in deployments:
        for shaped in deployment.services:
            service = shaped.value
            if not shaped.knows(*IMAGE_FIELDS, "architecture") or service.public_image is not None:
                continue
            other = first.setdefault(service.image, shaped)
            if service.architecture != other.value.architecture:
                message = (
                    f"image {service.image!r} runs on {service.architecture} here, but on "
                    f"{other.value.architecture} in {other.title}"
                )
                fix = "give both the same architecture, or one of them an image_name of its own"
                yield shaped.problem(Fault(message, fix))
