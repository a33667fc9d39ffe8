"""Image pushes in parallel: look up the tag -> push, unless the registry has the image -> return the digest to pin.

An image is refused if its architecture is not the one that its service declares, on this machine and in the registry.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.images.catalog import Image
from colonnade.images.registry import PushedImage, Registry, RegistryError
from colonnade.images.tools import Tool
from colonnade.model.environment.settings import Environment
from colonnade.model.images.pins import ImagePin
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.parallel import CommandFailedError, run
from colonnade.terminal.progress import Progress, Step


class RefusedImageError(ColonnadeError):
    """An image that must not or cannot be pushed; the message has the reason and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """The images to push, and their target."""

    images: Sequence[Image]
    tool: Tool
    tag: str
    environment: Environment
    registry: Registry
    root: Path


async def push_all(push: Push, *, jobs: int, progress: Progress) -> Mapping[str, ImagePin]:
    """Push every image, at most `jobs` at a time, and report each result.

    Return the pins of the images that are now in the registry.
    """
    pins: dict[str, ImagePin] = {}
    slots = asyncio.Semaphore(jobs)

    async def one(image: Image, auth_file: Path | None) -> None:
        async with slots:
            with progress.step(f"{image.name}: pushing") as step:
                try:
                    pins[image.name] = await _pushed(push, image, auth_file, step)
                except (RefusedImageError, RegistryError, CommandFailedError) as error:
                    step.close_with(f"{image.name}: FAILED: {error}")

    # The login is only in this folder, which is removed when the pushes end.
    with tempfile.TemporaryDirectory(prefix="colonnade-login-") as folder:
        auth_file = push.registry.write_auth_file(Path(folder))
        await asyncio.gather(*(one(image, auth_file) for image in push.images))
    return pins


async def _pushed(push: Push, image: Image, auth_file: Path | None, step: Step) -> ImagePin:
    """Push one image, unless the registry has it, and return its pin."""
    repository = image.repository(push.environment)
    found = await push.registry.find(repository, push.tag)
    done = "is already in the registry"
    if found is None:
        await _push(push, image, auth_file)
        found = await push.registry.find(repository, push.tag)
        done = f"pushed in {step.seconds():.0f} s"
    if found is None:
        raise RegistryError(f"registry {push.registry.host} does not have {repository}:{push.tag} after its push")
    _require_architecture(push, image, found)
    step.close_with(f"{image.name}: {_target(push, image)} {done}\n    {found.digest}")
    return ImagePin(tag=push.tag, digest=found.digest)


async def _push(push: Push, image: Image, auth_file: Path | None) -> None:
    name = image.local_name(push.tag)
    try:
        architecture = await run(push.tool.architecture(name), folder=push.root)
    except CommandFailedError as error:
        fix = f"build it: `colonnade images build {image.name}`"
        raise RefusedImageError(f"{push.tool.name} has no image {name}: {error.last_line}\n    {fix}") from error
    if architecture != image.oci_architecture:
        fix = f"build it for {image.platform}, on a base image for the same platform"
        raise RefusedImageError(f"{name} is built for {architecture}, but {_declared(image)}\n    {fix}")
    plain_http = push.registry.plain_http
    commands = push.tool.push(name, _target(push, image), plain_http=plain_http, auth_file=auth_file)
    environment = push.tool.push_environment(auth_file)
    for command in commands:
        await run(command, folder=push.root, environment=environment)


def _require_architecture(push: Push, image: Image, found: PushedImage) -> None:
    if image.oci_architecture not in found.architectures:
        built = ", ".join(found.architectures) if found.architectures else "no architecture"
        fix = "a tag is not overwritten: delete the image in the registry, or commit a change and build again"
        raise RefusedImageError(f"{_target(push, image)} is built for {built}, but {_declared(image)}\n    {fix}")


def _target(push: Push, image: Image) -> str:
    return f"{push.registry.host}/{image.repository(push.environment)}:{push.tag}"


def _declared(image: Image) -> str:
    return f"service {image.service!r} declares {image.architecture} ({image.oci_architecture})"
