"""Where deployments go: one TOML file per environment, read here and checked by `modules.spec`.

The only place that reads these files; imported by `main` and the tests.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from modules.spec.environment import Environment
from modules.spec.environment_document import parse
from modules.spec.errors import ConfigurationError, Problem, suggestion

_DIRECTORY = Path(__file__).parent


def available(directory: Path = _DIRECTORY) -> tuple[str, ...]:
    """The names of all environments, sorted."""
    return tuple(sorted(path.stem for path in directory.glob("*.toml")))


def load(name: str, directory: Path = _DIRECTORY) -> Environment:
    """The environment of that name; raises ConfigurationError where there is none or its file breaks a rule."""
    if name not in available(directory):
        fix = suggestion(name, available(directory), label="available")
        raise ConfigurationError([_problem(name, "there is no such environment", fix)])
    try:
        document = tomllib.loads((directory / f"{name}.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fix = f"correct environments/{name}.toml; see https://toml.io for the syntax"
        raise ConfigurationError([_problem(name, f"the file is not TOML: {error}", fix)]) from error
    return parse(name, document)


def _problem(name: str, message: str, fix: str) -> Problem:
    return Problem(subject=f"environment {name!r}", message=message, fix=fix)
