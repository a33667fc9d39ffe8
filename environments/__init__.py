"""Where deployments go: one TOML file per environment, read here and checked by `colonnade.model`.

Beside it may lie a file of pinned images, `NAME.images.toml`, which `colonnade images push` writes. The
only place that reads these files.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem, suggestion
from colonnade.model.images.pins import SUFFIX

_DIRECTORY = Path(__file__).parent


def available(directory: Path = _DIRECTORY) -> tuple[str, ...]:
    """The names of all environments, sorted."""
    return tuple(sorted(path.stem for path in directory.glob("*.toml") if not path.name.endswith(SUFFIX)))


def pins_path(name: str, directory: Path = _DIRECTORY) -> Path:
    """The file of the environment's pinned images, which need not be there."""
    return directory / f"{name}{SUFFIX}"


def load(name: str, directory: Path = _DIRECTORY) -> Environment:
    """The environment of that name; raises ConfigurationError where there is none or its file breaks a rule."""
    if name not in available(directory):
        fix = suggestion(name, available(directory), label="available")
        raise ConfigurationError([_problem(name, "there is no such environment", fix)])
    pins = pins_path(name, directory)
    return parse(
        name,
        _document(name, directory / f"{name}.toml"),
        pins=_document(name, pins) if pins.exists() else None,
    )


def _document(name: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fix = f"correct environments/{path.name}; see https://toml.io for the syntax"
        raise ConfigurationError([_problem(name, f"{path.name} is not TOML: {error}", fix)]) from error


def _problem(name: str, message: str, fix: str) -> Problem:
    return Problem(subject=f"environment {name!r}", message=message, fix=fix)
