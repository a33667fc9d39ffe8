"""Image builds in parallel: the shared layers of each platform, once -> the last layer of each image.

An image with a Dockerfile of its own shares no layers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.images.catalog import Image
from colonnade.images.entries import SHARED_DOCKERFILE
from colonnade.images.tools import Tool
from colonnade.terminal.parallel import CommandFailedError, run
from colonnade.terminal.progress import Progress

_EMULATION = (
    "\n    this machine cannot run programs of that architecture: install emulation (Debian: apt-get install "
    "qemu-user-static binfmt-support), or build on a machine of that architecture"
)
"""The fix for the kernel's error about a program of another architecture, ENOEXEC."""
_SHARED_STAGE = "every-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The images to build and the options of their builds."""

    images: Sequence[Image]
    tool: Tool
    tag: str
    root: Path
    base: str | None
    """The base image of the shared Dockerfile; None: the Dockerfile's own."""
    secrets: Sequence[str]
    """The options that pass the machine's pip settings to a build."""

    def shared_command(self, platform: str) -> tuple[str, ...]:
        """Return the command that builds the shared layers of a platform.

        Run it before the builds of the images, so that these find the shared layers in the cache and do not build them
        in parallel.
        """
        options = ("--target", _SHARED_STAGE, *self._options())
        return self.tool.build(platform=platform, file=SHARED_DOCKERFILE, options=options, tag=None)

    def command(self, image: Image) -> tuple[str, ...]:
        """Return the command that builds one image."""
        tag = image.local_name(self.tag)
        if image.dockerfile is not None:
            context = str(Path(image.dockerfile).parent)
            return self.tool.build(
                platform=image.platform, file=image.dockerfile, options=self.secrets, tag=tag, context=context
            )
        options = ("--build-arg", f"SERVICE={image.app}", *self._options())
        return self.tool.build(platform=image.platform, file=SHARED_DOCKERFILE, options=options, tag=tag)

    def commands(self) -> Iterator[tuple[str, ...]]:
        """Yield every command, in an order in which they can run."""
        for platform, images in self.sharing().items():
            yield self.shared_command(platform)
            yield from map(self.command, images)
        yield from map(self.command, self.apart())

    def sharing(self) -> dict[str, list[Image]]:
        """Return the images of the shared Dockerfile, by platform."""
        platforms: dict[str, list[Image]] = {}
        for image in self.images:
            if image.dockerfile is None:
                platforms.setdefault(image.platform, []).append(image)
        return platforms

    def apart(self) -> Iterator[Image]:
        """Yield the images with a Dockerfile of their own."""
        return (image for image in self.images if image.dockerfile is not None)

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

    for platform, images in build.sharing().items():
        name = f"every image for {platform}"
        if await _reported(build, name, build.shared_command(platform), "built the shared layers", progress):
            await asyncio.gather(*(one(image) for image in images))
        else:
            failed += [image.name for image in images]
    await asyncio.gather(*(one(image) for image in build.apart()))
    return tuple(image.name for image in build.images if image.name in failed)


async def _reported(build: Build, name: str, command: Sequence[str], done: str, progress: Progress) -> bool:
    """Run one build and report its result; return whether it succeeded."""
    with progress.step(f"{name}: building") as step:
        try:
            await run(command, folder=build.root, on_line=step.note)
        except CommandFailedError as error:
            fix = _EMULATION if "exec format error" in str(error).lower() else ""
            step.close_with(f"{name}: FAILED after {step.seconds():.0f} s: {error}{fix}")
            return False
        step.close_with(f"{name}: {done}, {step.seconds():.0f} s")
    return True
