"""Pushes images side by side, each once: what the registry has already under the tag is only looked at.

An image for another processor than its service declares is refused, before it is pushed and when it is there.
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
    """An image that must not be pushed, or cannot; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What is pushed, and where to."""

    images: Sequence[Image]
    tool: Tool
    tag: str
    environment: Environment
    registry: Registry
    root: Path


async def push_all(push: Push, *, jobs: int, progress: Progress) -> Mapping[str, ImagePin]:
    """Pushes every image, at most `jobs` at a time, and tells how each ended; the pins of those that are there now."""
    pins: dict[str, ImagePin] = {}
    slots = asyncio.Semaphore(jobs)

    async def one(image: Image, auth_file: Path | None) -> None:
        async with slots:
            with progress.step(f"{image.name}: pushing") as step:
                try:
                    pins[image.name] = await _pushed(push, image, auth_file, step)
                except (RefusedImageError, RegistryError, CommandFailedError) as error:
                    step.close_with(f"{image.name}: FAILED: {error}")

    # The login lives in this folder alone, as long as the pushes do.
    with tempfile.TemporaryDirectory(prefix="colonnade-login-") as folder:
        auth_file = push.registry.write_auth_file(Path(folder))
        await asyncio.gather(*(one(image, auth_file) for image in push.images))
    return pins


async def _pushed(push: Push, image: Image, auth_file: Path | None, step: Step) -> ImagePin:
    """Brings one image to the registry, unless it is there; its pin."""
    repository = image.repository(push.environment)
    found = await push.registry.find(repository, push.tag)
    done = "is there already"
    if found is None:
        await _push(push, image, auth_file)
        found = await push.registry.find(repository, push.tag)
        done = f"pushed in {step.seconds():.0f} s"
    if found is None:
        raise RegistryError(f"registry {push.registry.host} does not have {repository}:{push.tag} after its push")
    _require_processor_there(push, image, found)
    step.close_with(f"{image.name}: {_target(push, image)} {done}\n    {found.digest}")
    return ImagePin(tag=push.tag, digest=found.digest)


async def _push(push: Push, image: Image, auth_file: Path | None) -> None:
    name = image.local_name(push.tag)
    try:
        processor = await run(push.tool.processor(name), folder=push.root)
    except CommandFailedError as error:
        fix = f"build it: `colonnade images build {image.name}`"
        raise RefusedImageError(f"{push.tool.name} has no image {name}: {error.last_line}\n    {fix}") from error
    if processor != image.processor:
        fix = f"build it for {image.platform}, on a base image that is for it too"
        raise RefusedImageError(f"{name} is for {processor}, and {_declared(image)}\n    {fix}")
    plain_http = push.registry.plain_http
    commands = push.tool.push(name, _target(push, image), plain_http=plain_http, auth_file=auth_file)
    environment = push.tool.push_environment(auth_file)
    for command in commands:
        await run(command, folder=push.root, environment=environment)


def _require_processor_there(push: Push, image: Image, found: PushedImage) -> None:
    if image.processor not in found.processors:
        has = ", ".join(found.processors) if found.processors else "no processor"
        fix = "a tag does not move: delete the image there, or commit a change and build again"
        raise RefusedImageError(f"{_target(push, image)} is for {has}, and {_declared(image)}\n    {fix}")


def _target(push: Push, image: Image) -> str:
    return f"{push.registry.host}/{image.repository(push.environment)}:{push.tag}"


def _declared(image: Image) -> str:
    return f"service {image.service!r} declares {image.architecture}, which is {image.processor}"
