"""Image builds in parallel: the shared layers of each platform, once -> the last layer of each image."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.images.catalog import Image
from colonnade.images.tools import Tool
from colonnade.terminal.parallel import CommandFailedError, run
from colonnade.terminal.progress import Progress

_DOCKERFILE = "service_apps/Dockerfile"
_SHARED_STAGE = "every-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The images to build and the options of their builds."""

    images: Sequence[Image]
    tool: Tool
    tag: str
    root: Path
    base: str | None
    """The base image; None: the Dockerfile's own."""
    secrets: Sequence[str]
    """The options that pass the machine's pip settings to a build."""

    def shared_command(self, platform: str) -> tuple[str, ...]:
        """Return the command that builds the shared layers of a platform.

        Run it before the builds of the images, so that these find the shared layers in the cache and do not build them
        in parallel.
        """
        options = ("--target", _SHARED_STAGE, *self._options())
        return self.tool.build(platform=platform, file=_DOCKERFILE, options=options, tag=None)

    def command(self, image: Image) -> tuple[str, ...]:
        """Return the command that builds one image."""
        options = ("--build-arg", f"SERVICE={image.app}", *self._options())
        return self.tool.build(
            platform=image.platform, file=_DOCKERFILE, options=options, tag=image.local_name(self.tag)
        )

    def commands(self) -> Iterator[tuple[str, ...]]:
        """Yield every command, in an order in which they can run."""
        for platform in self.platforms():
            yield self.shared_command(platform)
            yield from (self.command(image) for image in self.images if image.platform == platform)

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms of the images, each once."""
        return tuple(dict.fromkeys(image.platform for image in self.images))

    def _options(self) -> tuple[str, ...]:
        base = ("--build-arg", f"BASE={self.base}") if self.base is not None else ()
        return (*base, *self.secrets)


async def build_all(build: Build, *, jobs: int, progress: Progress) -> tuple[str, ...]:
    """Build every image, at most `jobs` at a time, and report each result; return the names of those that failed."""
    failed: list[str] = []
    slots = asyncio.Semaphore(jobs)

    async def one(image: Image) -> None:
        async with slots:
            done = f"built {image.local_name(build.tag)}"
            if not await _reported(build, image.name, build.command(image), done, progress):
                failed.append(image.name)

    for platform in build.platforms():
        images = [image for image in build.images if image.platform == platform]
        name = f"every image for {platform}"
        if await _reported(build, name, build.shared_command(platform), "built the shared layers", progress):
            await asyncio.gather(*(one(image) for image in images))
        else:
            failed += [image.name for image in images]
    return tuple(image.name for image in build.images if image.name in failed)


async def _reported(build: Build, name: str, command: Sequence[str], done: str, progress: Progress) -> bool:
    """Run one build and report its result; return whether it succeeded."""
    with progress.step(f"{name}: building") as step:
        try:
            await run(command, folder=build.root, on_line=step.note)
        except CommandFailedError as error:
            step.close_with(f"{name}: FAILED after {step.seconds():.0f} s: {error}")
            return False
        step.close_with(f"{name}: {done}, {step.seconds():.0f} s")
    return True
