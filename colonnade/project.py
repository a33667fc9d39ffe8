"""A project on this machine: `cdktf.json` -> its root and its name; `environments/*.toml`; `deployments/*.py`.

Only this module finds and reads these files; `colonnade.model` checks their content.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import sys
import tomllib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from colonnade.model import naming
from colonnade.model.check import declared_deployments
from colonnade.model.declared import Malformed, Unreadable
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.document import parse
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem, unknown
from colonnade.model.images.pins import SUFFIX
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from colonnade.terminal.project_root import SETTINGS, project_root
from colonnade.terraform_files import terraform_file_problems

_DEPLOYMENTS, _ENVIRONMENTS = "deployments", "environments"


def find_project(start: Path | None = None) -> Project:
    """Return the project of the nearest folder at or above `start` that has a `cdktf.json`.

    `start` is the working directory unless given. Raises NoProjectError where no folder has one.
    """
    return Project(root=project_root(start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The files of one project. Nothing is cached: each call reads the files again."""

    root: Path
    """The folder that holds `cdktf.json`, `deployments` and `environments`."""

    @property
    def name(self) -> str:
        """The name in `context.project` of `cdktf.json`; raises ConfigurationError where there is no valid one."""
        try:
            settings = json.loads((self.root / SETTINGS).read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise _error(SETTINGS, f"is not JSON: {error}", "correct it") from error
        context = settings.get("context") if isinstance(settings, Mapping) else None
        name = context.get("project") if isinstance(context, Mapping) else None
        if not isinstance(name, str):
            fix = (
                'add `"context": {"project": "NAME"}`: every physical name begins with it, and the tag Project holds it'
            )
            raise _error(SETTINGS, "does not set context.project", fix)
        fault = naming.project_name_fault(name)
        if fault is not None:
            raise _error(SETTINGS, fault.message, fault.fix)
        return name

    def environment_names(self) -> tuple[str, ...]:
        """Return the names of all environments, sorted."""
        paths = (self.root / _ENVIRONMENTS).glob("*.toml")
        return tuple(sorted(path.stem for path in paths if not path.name.endswith(SUFFIX)))

    def pins_path(self, name: str) -> Path:
        """Return the file of the environment's pinned images, which may be missing."""
        return self.root / _ENVIRONMENTS / f"{name}{SUFFIX}"

    def environment(self, name: str) -> Environment:
        """Return the environment of that name; raises ConfigurationError with every problem of its files."""
        names = self.environment_names()
        if name not in names:
            raise ConfigurationError([unknown("environment", name, names, label="available")])
        project = ""
        problems: list[Problem] = []
        try:
            project = self.name
        except ConfigurationError as error:
            problems += error.problems
        try:
            document = _document(name, self.root / _ENVIRONMENTS / f"{name}.toml")
            pins = self.pins_path(name)
            parsed = parse(project, name, document, pins=_document(name, pins) if pins.exists() else None)
        except ConfigurationError as error:
            problems += error.problems
        if problems:
            raise ConfigurationError(problems)
        return parsed

    def declared(self) -> tuple[object, ...]:
        """Return what each file of `deployments` declares, sorted by file name; `Unreadable` for a broken file."""
        folder = self.root / _DEPLOYMENTS
        files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
        with _package(folder):
            return tuple(_loaded(file) for file in files)

    def deployments(self) -> tuple[Deployment, ...]:
        """Return every declared deployment.

        Raises ConfigurationError for a value that is not a deployment or has a field of a wrong type.
        """
        return declared_deployments(self.declared())

    def resolve(
        self,
        environment: str,
        *,
        migration_phase: str | None = None,
        before_images: bool = False,
        stand_ins: bool = False,
    ) -> tuple[Resolved, ...]:
        """Return every deployment as resolved in an environment: see `colonnade.model.resolve`.

        The Terraform files of the deployments are checked too; raises ConfigurationError with every problem.
        """
        declared = self.declared()
        problems = list(terraform_file_problems(self.root, self._names(declared)))
        try:
            resolved = resolve(
                declared,
                lambda: self.environment(environment),
                migration_phase=migration_phase,
                before_images=before_images,
                stand_ins=stand_ins,
                whole_project=True,
            )
        except ConfigurationError as error:
            raise ConfigurationError([*error.problems, *problems]) from error
        if problems:
            raise ConfigurationError(problems)
        return resolved

    def _names(self, declared: Sequence[object]) -> set[str]:
        """Return the names of the declared deployments; also those of all files if one of them cannot be read."""
        names = {each.name for each in declared if isinstance(each, Deployment)}
        unread = len(names) < len(declared)
        return names | {file.stem for file in (self.root / _DEPLOYMENTS).glob("*.py")} if unread else names


@contextlib.contextmanager
def _package(folder: Path) -> Iterator[None]:
    """Make the folder importable as the package `deployments`, in place of any other package of that name."""

    def owned() -> list[str]:
        return [name for name in sys.modules if name.split(".")[0] == _DEPLOYMENTS]

    others = {name: sys.modules.pop(name) for name in owned()}
    package = ModuleType(_DEPLOYMENTS)
    package.__path__ = [str(folder)]
    sys.modules[_DEPLOYMENTS] = package
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name in owned():
            del sys.modules[name]
        sys.modules.update(others)


def _loaded(file: Path) -> object:
    place = f"{_DEPLOYMENTS}/{file.name}"
    if not file.is_file():
        return _unreadable(place, "is a folder or a dead link", "make it a file that can be read, or remove it")
    try:
        module = importlib.import_module(f"{_DEPLOYMENTS}.{file.stem}")
    except SyntaxError as error:
        where = Path(error.filename).name if error.filename is not None else file.name
        line = error.lineno if error.lineno is not None else 1
        return _unreadable(f"{_DEPLOYMENTS}/{where}:{line}", f"is not Python: {error.msg}", "correct the line")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception of a user's file is reported as a problem of that file
        message = f"cannot be loaded: {type(error).__name__}: {error}"
        return _unreadable(_failing_line(error, file), message, "correct the line or the code that it calls")
    if not hasattr(module, "DEPLOYMENT"):
        fix = "add `DEPLOYMENT = Deployment(...)`, or begin the file's name with an underscore"
        return _unreadable(place, "does not define DEPLOYMENT", fix)
    declared = module.DEPLOYMENT
    if isinstance(declared, Deployment | Malformed):
        return declared
    return _unreadable(f"{place}:{_line_of_declaration(file)}", *_not_a_deployment(declared))


def _not_a_deployment(declared: object) -> tuple[str, str]:
    if isinstance(declared, tuple) and len(declared) == 1 and isinstance(declared[0], Deployment | Malformed):
        return "DEPLOYMENT is a tuple of one Deployment", "remove the comma after it"
    if isinstance(declared, tuple | list):
        return f"DEPLOYMENT is a {type(declared).__name__}", "give each deployment a file of its own"
    shown = "None" if declared is None else f"a {type(declared).__name__}"
    if isinstance(declared, type):
        shown = f"the class {declared.__name__}"
    return f"DEPLOYMENT is {shown}, not a Deployment", "write `DEPLOYMENT = Deployment(...)`"


def _failing_line(error: BaseException, file: Path) -> str:
    """Return the innermost line of the project's own files in the exception's traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == file.parent]
    return f"{_DEPLOYMENTS}/{Path(own[-1].filename).name}:{own[-1].lineno}" if own else f"{_DEPLOYMENTS}/{file.name}"


def _line_of_declaration(file: Path) -> int:
    tree = ast.parse(file.read_bytes())
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "DEPLOYMENT"]
    return lines[-1] if lines else 1


def _document(name: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fix = f"make environments/{path.name} a file that can be read, or remove it"
        raise _error(f"environment {name!r}", f"{path.name} cannot be read: {error.strerror}", fix) from error
    except (ValueError, RecursionError) as error:  # also a number of too many digits, and too many brackets
        fix = f"correct environments/{path.name}; see https://toml.io for the syntax"
        raise _error(f"environment {name!r}", f"{path.name} is not TOML: {error}", fix) from error


def _unreadable(subject: str, message: str, fix: str) -> Unreadable:
    return Unreadable(problems=(Problem(subject=subject, message=message, fix=fix),))


def _error(subject: str, message: str, fix: str) -> ConfigurationError:
    return ConfigurationError([Problem(subject=subject, message=message, fix=fix)])
