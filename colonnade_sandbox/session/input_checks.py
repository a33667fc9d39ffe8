"""The checks of a deployment's files before anything starts: stack, images.toml, other files -> problems.

Each of these mistakes would otherwise end an apply after one to two minutes, or would have no effect at all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.project import Project
from colonnade_sandbox.synthesized import IMAGE_REPOSITORIES, STATE_BACKEND, Stack
from colonnade_sandbox.tasks.image_catalog import PROGRAM_PATH, ImageCatalog, ImageCatalogError, repository_name

_SCRIPTS = (".py", ".js", ".mjs", ".cjs")


def require_startable(stack: Stack, project: Project, images: ImageCatalog, *, needs_requests: bool = False) -> None:
    """Raise WrongInputError with every problem of the deployment's images, commands and files.

    `needs_requests`: the deployment must have a file of requests.
    """
    problems = [*_image_problems(stack, project, images), *_file_problems(stack, project)]
    if needs_requests and not project.requests(stack.name).is_file():
        problems.append(
            f"deployment {stack.name!r} has no requests for the demo\n"
            f"    write deployments/{stack.name}.requests.toml, or run `colonnade sandbox up {stack.name}`"
        )
    if problems:
        raise WrongInputError("\n".join(dict.fromkeys(problems)))


def _image_problems(stack: Stack, project: Project, images: ImageCatalog) -> Iterator[str]:
    for container in _containers(stack):
        image, name = str(container["image"]), container["name"]
        if "${" in image:
            continue  # Terraform knows it only when it applies
        try:
            command = images.command(
                image,
                entry_point=container.get("entryPoint") or (),
                command=container.get("command") or (),
            )
        except ImageCatalogError:
            yield (
                f"deployment {stack.name!r}, container {name!r}: image {image!r} is not in service_apps/images.toml\n"
                f"    add [{repository_name(image)}] with its command{_similar(repository_name(image), images)}"
            )
            continue
        fault = _command_fault(command, _working_directory(container, project), container)
        if fault is not None:
            yield (
                f"deployment {stack.name!r}, container {name!r}: {fault}\n"
                f"    correct the command of image {image!r} in service_apps/images.toml, or create the file"
            )


def _containers(stack: Stack) -> Iterator[Mapping[str, Any]]:
    definitions = json.loads(stack.path.read_text())["resource"].get("aws_ecs_task_definition", {})
    for definition in definitions.values():
        try:
            yield from json.loads(definition["container_definitions"])
        except ValueError:
            continue  # an expression of Terraform


def _similar(name: str, images: ImageCatalog) -> str:
    parts = name.split("-")
    tails = [
        "-".join(parts[place:]) for place in range(len(parts))
    ]  # project and environment begin a repository's name
    close = [match for tail in tails for match in get_close_matches(tail, images.images, n=1)]
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(sorted(images.images))}"


def _command_fault(command: tuple[str, ...], folder: Path, container: Mapping[str, Any]) -> str | None:
    """Return the reason why a command cannot be executed in `folder`, or None."""
    program, *arguments = command
    variables = {each["name"]: each["value"] for each in container.get("environment") or ()}
    if "/" in program:
        path = folder / program
        if not path.is_file():
            return f"its program {program!r} does not exist"
        if not os.access(path, os.X_OK):
            return f"its program {program!r} is not executable; run `chmod +x {program}`"
    elif shutil.which(program, path=variables.get("PATH", PROGRAM_PATH)) is None:
        return f"its program {program!r} is not on the PATH of the tasks"
    return _argument_fault(program, arguments, folder)


def _argument_fault(program: str, arguments: list[str], folder: Path) -> str | None:
    """Return the fault of the file or the module of the project that an interpreter executes."""
    if not arguments:
        return None
    first = arguments[0]
    if first.endswith(_SCRIPTS) and not (folder / first).is_file():
        return f"its file {first!r} does not exist"
    if program == sys.executable and first == "-m" and len(arguments) > 1:
        package, place = arguments[1].partition(".")[0], folder.joinpath(*arguments[1].split("."))
        # A package without a folder here is an installed one, and is not checked.
        if (
            (folder / package).is_dir()
            and not (place / "__main__.py").is_file()
            and not place.with_suffix(".py").is_file()
        ):
            return f"its module {arguments[1]!r} does not exist"
    return None


def _working_directory(container: Mapping[str, Any], project: Project) -> Path:
    declared = container.get("workingDirectory")
    return Path(declared) if declared and Path(declared).is_dir() else project.root


def _file_problems(stack: Stack, project: Project) -> Iterator[str]:
    """Yield the files beside the deployments that no deployment has; they would have no effect."""
    folders = stack.path.parent.parent.iterdir()
    names = sorted(each.name for each in folders if each.name not in (STATE_BACKEND, IMAGE_REPOSITORIES))
    for kind in ("requests", "outside"):
        for path in sorted((project.root / "deployments").glob(f"*.{kind}.toml")):
            name = path.name.removesuffix(f".{kind}.toml")
            if name not in names:
                close = get_close_matches(name, names, n=1)
                hint = f"rename it to {close[0]}.{kind}.toml" if close else f"deployments: {', '.join(names)}"
                yield f"deployments/{path.name}: there is no deployment {name!r}\n    {hint}, or remove it"
