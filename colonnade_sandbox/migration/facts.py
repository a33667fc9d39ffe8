"""The facts about a deployment that a migration run needs: the [migration] table of deployments/NAME.requests.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from colonnade_sandbox.demo.requests import read_document
from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.project import Project

_TABLE = "migration"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageFacts:
    """The microservice that is made to fail."""

    service: str
    path_prefix: str
    image: str
    """The image's name in the image catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFacts:
    """The facts about one deployment."""

    deployment: str
    monolith: str
    """The name of the monolith's service, which is the value of the `served_by_header` in its answers."""
    served_by_header: str
    """The response header that names the service that answered."""
    load_paths: tuple[str, ...]
    """The paths that the load requests in turn."""
    monolith_paths: tuple[str, ...]
    """Paths that only the monolith answers. In phase retired they have a fixed response with status 503."""
    outage: OutageFacts


def read_facts(project: Project, deployment: str | None) -> MigrationFacts:
    """Return the facts of `deployment`, by default of the only one with a table. Raises WrongInputError."""
    if deployment is None:
        found = dict(_tables(project))
        if len(found) != 1:
            names = ", ".join(found) or "none"
            raise WrongInputError(f"name the deployment to migrate; those with a [{_TABLE}] table: {names}")
        deployment = next(iter(found))
    path = project.requests(deployment)
    table = read_document(path).get(_TABLE)
    if table is None:
        raise WrongInputError(f"{path} has no [{_TABLE}] table, so deployment {deployment!r} cannot be migrated")
    _check_keys(path, _TABLE, table, MigrationFacts, without="deployment")
    _check_keys(path, f"{_TABLE}.outage", table["outage"], OutageFacts)
    return MigrationFacts(
        deployment=deployment,
        monolith=table["monolith"],
        served_by_header=table["served_by_header"],
        load_paths=tuple(table["load_paths"]),
        monolith_paths=tuple(table["monolith_paths"]),
        outage=OutageFacts(**table["outage"]),
    )


def _tables(project: Project) -> Iterator[tuple[str, Any]]:
    for path in sorted(project.requests("*").parent.glob("*.requests.toml")):
        table = read_document(path).get(_TABLE)
        if table is not None:
            yield path.name.removesuffix(".requests.toml"), table


def _check_keys(path: Path, name: str, table: Mapping[str, Any], shape: type, *, without: str = "") -> None:
    wanted = {field.name for field in fields(shape)} - {without}
    if set(table) != wanted:
        raise WrongInputError(f"{path}: [{name}] must have exactly these keys: {', '.join(sorted(wanted))}")
