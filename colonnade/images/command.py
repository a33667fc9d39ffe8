"""The commands `images build` and `images push`: declared services -> images -> registry -> pinned digests."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from colonnade.images.build import Build, build_all
from colonnade.images.catalog import Image, built_elsewhere, chosen, declared_images
from colonnade.images.pip_settings import SECRET_FILE, secret_options
from colonnade.images.revision import current_tag
from colonnade.images.tools import Tool, find_tool
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.parallel import complete
from colonnade.terminal.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The images that a command builds or pushes, and the options for it."""

    root: Path
    """The project's root, which is the context of each build."""
    services: Sequence[str]
    """Services, as SERVICE or DEPLOYMENT/SERVICE, or images; empty: every image."""
    allow_dirty: bool
    """True if the images may hold files that are not committed."""
    tool: str | None
    """The program that builds and pushes; None: the first one that works."""
    jobs: int
    """The number of images processed at once."""

    def images(self, deployments: Sequence[Deployment]) -> tuple[Image, ...]:
        """Return the images that are built here; raises ConfigurationError for a service that is unknown or has none.

        Without names on the command line, the others are listed on standard error.
        """
        elsewhere = built_elsewhere(deployments, self.root)
        images = chosen(declared_images(deployments, self.root), self.services, deployments, elsewhere=elsewhere)
        if not self.services:
            sys.stderr.writelines(f"image {name!r} {fault}\n" for name, fault in elsewhere.items())
        return images

    def tag(self) -> str:
        """Return the tag of this revision; raises ConfigurationError if files are not committed."""
        return current_tag(self.root, allow_dirty=self.allow_dirty)


def build_images(deployments: Sequence[Deployment], selection: Selection, *, base: str | None, shown: bool) -> int:
    """Build the images and return the exit status; if `shown`, print the commands instead of running them."""
    images, tag, name = selection.images(deployments), selection.tag(), selection.tool
    # A tool whose commands are only printed need not be installed.
    tool = Tool(name=name) if shown and name is not None else find_tool(name)
    with secret_options(shown=shown) as secrets:
        build = Build(images=images, tool=tool, tag=tag, root=selection.root, base=base, secrets=secrets)
        if shown:
            _print_commands(build)
            return ExitStatus.OK
        progress = Progress(Console())
        progress.say(f"Building {_names(images)} of revision {tag} with {tool.name}")
        failed = complete(build_all(build, jobs=selection.jobs, progress=progress))
    return _ended("Built", images, failed, progress)


def push_images(
    deployments: Sequence[Deployment],
    selection: Selection,
    *,
    environment: Environment,
    registry: str | None,
    pins: Path | None,
) -> int:
    """Push the images of an environment and return the exit status.

    `registry`: the host of a registry without a login, instead of the environment's own. `pins`: the file to write
    the digests to.
    """
    # Imported here: boto3 and httpx take a second to import, and `build` needs neither.
    from colonnade.images.ecr import log_in, require_registry
    from colonnade.images.pins import add_pins, pins_in
    from colonnade.images.push import Push, push_all
    from colonnade.images.registry import registry_at

    images, tag = selection.images(deployments), selection.tag()
    progress = Progress(Console())
    if registry is not None:
        target = registry_at(registry)
    else:
        images = _own(images, named=bool(selection.services), progress=progress)
        require_registry(environment, images)
        target = log_in(environment, {image.name: image.repository(environment) for image in images})
    if pins is not None:
        pins_in(pins)  # the file is read now, so that an error is reported before anything is pushed
    push = Push(
        images=images,
        tool=find_tool(selection.tool),
        tag=tag,
        environment=environment,
        registry=target,
        root=selection.root,
    )
    progress.say(f"Pushing {_names(images)} of revision {tag} to {target.host} with {push.tool.name}")
    pushed = complete(push_all(push, jobs=selection.jobs, progress=progress))
    if pins is not None and pushed:
        add_pins(pins, pushed, registry=target.host, environment=environment.name)
        progress.say(f"Pinned in {pins}")
    failed = tuple(image.name for image in images if image.name not in pushed)
    return _ended("In the registry", images, failed, progress)


def _print_commands(build: Build) -> None:
    sys.stdout.write("".join(f"{shlex.join(command)}\n" for command in build.commands()))
    if any(SECRET_FILE in option for option in build.secrets):
        sys.stderr.write(f"{SECRET_FILE}: a file with this machine's pip settings, as `pip config list` prints them\n")


def _own(images: Sequence[Image], *, named: bool, progress: Progress) -> tuple[Image, ...]:
    """Return the images with a repository in the environment; with names on the command line, all images."""
    for image in images:
        if image.public is not None and not named:
            progress.say(f"{image.name}: left out, services pull it from {image.public}")
    return tuple(image for image in images if image.public is None or named)


def _names(images: Sequence[Image]) -> str:
    return ", ".join(image.name for image in images)


def _ended(done: str, images: Sequence[Image], failed: Sequence[str], progress: Progress) -> int:
    missing = f"; FAILED: {', '.join(failed)}" if failed else ""
    progress.say(f"{done}: {len(images) - len(failed)} of {len(images)}{missing}")
    return ExitStatus.FAILED if failed else ExitStatus.OK
