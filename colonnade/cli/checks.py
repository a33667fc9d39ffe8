"""The check of every deployment in every environment: problems -> text, or JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.cli import project
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.migration.settings import OVERRIDE
from colonnade.project import find_project

_NO_ENVIRONMENT = Problem(
    subject="environments",
    message="the project has no environments, so nothing can be checked",
    fix="add environments/NAME.toml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The result of a check: each problem once, with the environments that have it."""

    deployments: tuple[str, ...]
    environments: tuple[str, ...]
    problems: Mapping[Problem, tuple[str, ...]]

    def text(self) -> str:
        """Return the problems, or a line that reports that there are no problems."""
        if self.problems:
            return "\n".join(self._lines())
        return (
            f"No problems: {_counted(self.deployments, 'deployment')} in {_counted(self.environments, 'environment')}"
            f" ({', '.join(self.environments)})"
        )

    def document(self) -> dict[str, Any]:
        """Return the report for `--json`."""
        return {
            "version": 1,
            "deployments": list(self.deployments),
            "environments": list(self.environments),
            "problems": [
                {
                    "subject": problem.subject,
                    "message": problem.message,
                    "fix": problem.fix,
                    "environments": list(environments),
                }
                for problem, environments in self.problems.items()
            ],
        }

    def _lines(self) -> Iterator[str]:
        for problem, environments in self.problems.items():
            yield str(problem)
            if environments != self.environments and not any(
                f"'{name}'" in problem.subject + problem.message for name in environments
            ):
                yield f"    only in environment {', '.join(environments)}"


def check_everything() -> CheckReport:
    """Check every deployment of the project in every environment."""
    found: dict[Problem, list[str]] = {}
    environments = project.environment_names()
    if not environments:
        found[_NO_ENVIRONMENT] = []
    for environment in environments:
        try:
            find_project().resolve(environment, migration_phase=os.environ.get(OVERRIDE))
        except ConfigurationError as error:
            for problem in error.problems:
                found.setdefault(problem, []).append(environment)
    return CheckReport(
        deployments=_readable_names(),
        environments=environments,
        problems={problem: tuple(names) for problem, names in found.items()},
    )


def _readable_names() -> tuple[str, ...]:
    """Return the deployments' names; no names if a file cannot be read, which the check reports as a problem."""
    try:
        return project.deployment_names()
    except ConfigurationError:
        return ()


def _counted(names: tuple[str, ...], word: str) -> str:
    return f"{len(names)} {word}{'' if len(names) == 1 else 's'}"
