"""`python -m colonnade.images build|push`: reads the command line, runs one command, exits with its code.

Exit codes: 0 as wished, 1 an image could not be built or pushed, 2 wrong input, 128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from colonnade.images.build import Build, build_all
from colonnade.images.catalog import Image, chosen, declared_images
from colonnade.images.pip_settings import SECRET_FILE, secret_options
from colonnade.images.processes import EndedBySignalError, complete
from colonnade.images.progress import Progress
from colonnade.images.revision import current_tag
from colonnade.images.tools import NAMES, Tool, find_tool
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.project import find_project

ROOT = Path(__file__).parents[2]
AS_WISHED, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
"""The exit statuses."""

_SERVICES = "a service or an image of one; default: all"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m colonnade.images", description="The images of the service apps.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = _command(commands, "build", "build images for the processors that their services declare")
    build.add_argument("--base", metavar="IMAGE", help="the image to build on; default: the Dockerfile's own")
    build.add_argument("--print", action="store_true", dest="shown", help="print the commands instead of running them")
    push = _command(commands, "push", "push built images to an environment's registry, and pin them by digest")
    push.add_argument("--environment", metavar="NAME", help="whose images these are; default: ENVIRONMENT")
    push.add_argument("--registry", metavar="HOST", help="a registry without login instead of the environment's own")
    push.add_argument(
        "--pins",
        type=Path,
        metavar="FILE",
        help="where to write the digests; default: environments/NAME.images.toml, and nowhere with --registry",
    )
    return parser.parse_args(arguments)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument("services", nargs="*", metavar="SERVICE", help=_SERVICES)
    command.add_argument("--allow-dirty", action="store_true", help="files that are not committed may be in the images")
    command.add_argument("--tool", choices=NAMES, help="default: the first of these that answers")
    command.add_argument(
        "--jobs", type=int, default=os.cpu_count(), metavar="N", help="how many at once; default: CPUs"
    )
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    options = _parse(arguments)
    try:
        if options.jobs < 1:
            raise _wrong(f"--jobs {options.jobs}", "less than one image at a time builds none", "use 1 or more")
        deployments = find_project().deployments()
        images = chosen(declared_images(deployments, ROOT), options.services, deployments)
        tag = current_tag(ROOT, allow_dirty=options.allow_dirty)
        return (_build if options.command == "build" else _push)(options, images, tag)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except EndedBySignalError as error:
        sys.stderr.write(f"{error}\n")
        return 128 + error.number


def _build(options: argparse.Namespace, images: Sequence[Image], tag: str) -> int:
    shown: bool = options.shown
    # A tool that is only printed need not be there.
    tool = Tool(name=options.tool) if shown and options.tool is not None else find_tool(options.tool)
    with secret_options(shown=shown) as secrets:
        build = Build(images=images, tool=tool, tag=tag, root=ROOT, base=options.base, secrets=secrets)
        if shown:
            sys.stdout.write("".join(f"{shlex.join(command)}\n" for command in build.commands()))
            if any(SECRET_FILE in option for option in secrets):
                sys.stderr.write(
                    f"{SECRET_FILE}: a file of this machine's pip settings, as `pip config list` tells them\n"
                )
            return AS_WISHED
        progress = Progress(Console())
        progress.say(f"Building {_names(images)} of revision {tag} with {tool.name}")
        failed = complete(build_all(build, jobs=options.jobs, progress=progress))
    return _ended("Built", images, failed, progress)


def _push(options: argparse.Namespace, images: Sequence[Image], tag: str) -> int:
    # Imported here, because boto3 and httpx take a second, which `build` and `--help` need not wait for.
    from colonnade.images.ecr import AwsError, log_in, require_registry
    from colonnade.images.pins import add_pins, pins_in
    from colonnade.images.push import Push, push_all
    from colonnade.images.registry import registry_at

    environment = _environment(options.environment)
    progress = Progress(Console())
    pins: Path | None = options.pins
    if options.registry is not None:
        registry = registry_at(options.registry)
    else:
        images = _own(images, named=bool(options.services), progress=progress)
        require_registry(environment, images)
        pins = pins if pins is not None else find_project().pins_path(environment.name)
        try:
            registry = log_in(environment, images)
        except AwsError as error:
            sys.stderr.write(f"{error}\n")
            return FAILED
    if pins is not None:
        pins_in(pins)  # a file that cannot be read is told before anything is pushed
    push = Push(
        images=images, tool=find_tool(options.tool), tag=tag, environment=environment, registry=registry, root=ROOT
    )
    progress.say(f"Pushing {_names(images)} of revision {tag} to {registry.host} with {push.tool.name}")
    pushed = complete(push_all(push, jobs=options.jobs, progress=progress))
    if pins is not None and pushed:
        add_pins(pins, pushed, registry=registry.host, environment=environment.name)
        progress.say(f"Pinned in {pins}")
    failed = tuple(image.name for image in images if image.name not in pushed)
    return _ended("In the registry", images, failed, progress)


def _own(images: Sequence[Image], *, named: bool, progress: Progress) -> tuple[Image, ...]:
    """The images that the environment has repositories for, unless others were asked for by name."""
    for image in images:
        if image.public is not None and not named:
            progress.say(f"{image.name}: left out, services pull it from {image.public}")
    return tuple(image for image in images if image.public is None or named)


def _environment(name: str | None) -> Environment:
    name = name if name is not None else os.environ.get("ENVIRONMENT")
    if name is None:
        known = ", ".join(find_project().environment_names())
        raise _wrong("images", "whose images are pushed is not said", f"add --environment NAME; available: {known}")
    return find_project().environment(name)


def _wrong(subject: str, message: str, fix: str) -> ConfigurationError:
    return ConfigurationError([Problem(subject=subject, message=message, fix=fix)])


def _names(images: Sequence[Image]) -> str:
    return ", ".join(image.name for image in images)


def _ended(what: str, images: Sequence[Image], failed: Sequence[str], progress: Progress) -> int:
    missing = f"; FAILED: {', '.join(failed)}" if failed else ""
    progress.say(f"{what}: {len(images) - len(failed)} of {len(images)}{missing}")
    return FAILED if failed else AS_WISHED


if __name__ == "__main__":
    raise SystemExit(main())
