"""The check of every deployment in every environment: problems and warnings -> text, or JSON."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from colonnade.cli import project
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.warnings import ConfigurationWarning, configuration_warnings
from colonnade.project import find_project

_NO_ENVIRONMENT = Problem(
    subject="environments",
    message="the project has no environments, so nothing can be checked",
    fix="add environments/NAME.toml",
)

_ACCEPT = "To accept a warning, give its code a reason in accepted_warnings of the service, deployment or environment."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The result of a check: each problem and each warning once, with the environments that have it."""

    deployments: tuple[str, ...]
    environments: tuple[str, ...]
    problems: Mapping[Problem, tuple[str, ...]]
    warnings: Mapping[ConfigurationWarning, tuple[str, ...]]

    def text(self) -> str:
        """Return the problems and warnings; without problems, also a line with the number of warnings."""
        lines = [*self._lines(self.problems), *self._lines(self.warnings), *([_ACCEPT] if self.warnings else [])]
        if not self.problems:
            counted = f", {_counted(self.warnings, 'warning')}" if self.warnings else ""
            where = f"{_counted(self.deployments, 'deployment')} in {_counted(self.environments, 'environment')}"
            lines.append(f"No problems{counted}: {where} ({', '.join(self.environments)})")
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """Return the report for `--json`."""
        return {
            "version": 1,
            "deployments": list(self.deployments),
            "environments": list(self.environments),
            "problems": _documents(self.problems),
            "warnings": _documents(self.warnings),
        }

    def _lines(self, found: Mapping[Any, tuple[str, ...]]) -> Iterator[str]:
        for each, environments in found.items():
            yield str(each)
            if environments != self.environments and not any(
                f"'{name}'" in each.subject + each.message for name in environments
            ):
                yield f"    only in environment {', '.join(environments)}"


def check_everything() -> CheckReport:
    """Check every deployment of the project in every environment."""
    problems: dict[Problem, list[str]] = {}
    warnings: dict[ConfigurationWarning, list[str]] = {}
    environments = project.environment_names()
    if not environments:
        problems[_NO_ENVIRONMENT] = []
    for name in environments:
        try:
            resolved = find_project().resolve(name, migration_phase=os.environ.get(OVERRIDE))
        except ConfigurationError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(name)
            continue
        for warning in configuration_warnings(resolved, find_project().environment(name)):
            warnings.setdefault(warning, []).append(name)
    return CheckReport(
        deployments=_readable_names(),
        environments=environments,
        problems={problem: tuple(names) for problem, names in problems.items()},
        warnings={warning: tuple(names) for warning, names in warnings.items()},
    )


def _documents(found: Mapping[Any, tuple[str, ...]]) -> list[dict[str, Any]]:
    return [{**asdict(each), "environments": list(environments)} for each, environments in found.items()]


def _readable_names() -> tuple[str, ...]:
    """Return the deployments' names; no names if a file cannot be read, which the check reports as a problem."""
    try:
        return project.deployment_names()
    except ConfigurationError:
        return ()


def _counted(items: Collection[Any], word: str) -> str:
    return f"{len(items)} {word}{'' if len(items) == 1 else 's'}"
