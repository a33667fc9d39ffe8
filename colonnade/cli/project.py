"""The project of a command: its root, its deployments and environments, and its synthesis in a child process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from colonnade.model import naming
from colonnade.model.errors import ConfigurationError, Problem, unknown
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved
from colonnade.project import Project, find_project
from colonnade.synthesis import synthesize as run_synthesis
from colonnade.terminal.processes import Children

FOUNDATION = ("state-backend", naming.IMAGE_REPOSITORIES_STACK)
"""The stacks that are applied before any image is pushed."""
SCRATCH = Path(".sandbox")
"""The folder in the project's root for temporary files and saved output."""


def enter() -> Project:
    """Make the project's root the working directory and return the project; raises ConfigurationError without one."""
    project = find_project()
    os.chdir(project.root)
    return project


def deployment_names() -> tuple[str, ...]:
    """Return the names of the declared deployments."""
    return tuple(each.name for each in find_project().deployments())


def service_names() -> tuple[str, ...]:
    """Return the names of the services of every deployment, each once."""
    found = (service.name for deployment in find_project().deployments() for service in deployment.services)
    return tuple(dict.fromkeys(found))


def stack_names() -> tuple[str, ...]:
    """Return the names of the stacks that a synthesis writes."""
    return (*FOUNDATION, *deployment_names())


def environment_names() -> tuple[str, ...]:
    """Return the names of the environments."""
    return find_project().environment_names()


def require_environment(name: str | None, command: str) -> str:
    """Return the name if it is an environment; raises ConfigurationError that lists the environments otherwise."""
    known = environment_names()
    if name is None:
        fix = f"add -e NAME; available: {', '.join(known)}"
        raise ConfigurationError([Problem(subject=f"colonnade {command}", message="no environment is given", fix=fix)])
    if name not in known:
        raise ConfigurationError([unknown("environment", name, known, label="available")])
    return name


def require_deployment(name: str) -> str:
    """Return the name of a declared deployment; raises ConfigurationError for any other."""
    if name not in deployment_names():
        raise ConfigurationError([unknown("deployment", name, deployment_names(), label="declared")])
    return name


def require_stack(name: str) -> str:
    """Return the name of a stack; raises ConfigurationError for any other."""
    if name not in stack_names():
        raise ConfigurationError([unknown("stack", name, stack_names(), label="stacks")])
    return name


def resolved(deployment: str, environment: str, *, before_images: bool = False) -> Resolved:
    """Return the resolved deployment, checked with all others; raises ConfigurationError with every problem.

    `before_images`: images need not be pinned.
    """
    require_deployment(deployment)
    phase = os.environ.get(OVERRIDE)
    found = find_project().resolve(environment, migration_phase=phase, before_images=before_images)
    return next(each for each in found if each.name == deployment)


def synthesize(
    children: Children,
    environment: str,
    folder: Path,
    *,
    foundation: bool = False,
    stand_ins: bool = False,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Synthesize the project for one environment into a folder, and show its progress; raises SynthesisError.

    The arguments are those of `colonnade.synthesis`.
    """
    from rich.console import Console

    from colonnade.terminal.progress import Progress

    if environment not in environment_names():
        raise ConfigurationError([unknown("environment", environment, environment_names(), label="available")])
    phases = {**os.environ, **(settings if settings is not None else {})}
    phase = f", phase {phases[OVERRIDE]}" if OVERRIDE in phases else ""
    with Progress(Console(stderr=True)).step(f"Synthesizing {environment}{phase}"):
        run_synthesis(
            children,
            Path.cwd(),
            environment=environment,
            folder=folder,
            foundation=foundation,
            stand_ins=stand_ins,
            settings=settings,
        )


def scratch_folder(children: Children, name: str) -> Path:
    """Return a new folder of the project, removed when the last of the children has ended."""
    SCRATCH.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=SCRATCH))
    children.at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder
