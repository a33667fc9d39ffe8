"""service_apps/images.toml -> the source of each image: its app and its Dockerfile.

Python apps share service_apps/Dockerfile. An app of any other language has a Dockerfile of its own, in its folder.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from colonnade.model.errors import ConfigurationError, Fault, Problem

CATALOG = Path("service_apps/images.toml")
"""The file with the command of each image, relative to the project's root."""
SHARED_DOCKERFILE = "service_apps/Dockerfile"

_APPS = "service_apps"
_MODULE = f"{_APPS}."
_COMMANDS = ("entry_point", "command")
_KEYS = (*_COMMANDS, "dockerfile")


class Source(NamedTuple):
    """The source of an image."""

    app: str
    """The app's folder in service_apps, such as 'message_board/api'."""
    dockerfile: str | None
    """The app's own Dockerfile, relative to the project's root; None: SHARED_DOCKERFILE."""


def read_entries(root: Path) -> Mapping[str, Mapping[str, object]]:
    """Return the entries of the catalog of the project at `root`; raises ConfigurationError with every problem."""
    entries = _document(root / CATALOG)
    problems = [
        fault.of(f"{CATALOG}, image", name) for name, entry in entries.items() for fault in _faults(name, entry, root)
    ]
    if problems:
        raise ConfigurationError(problems)
    return {name: entry for name, entry in entries.items() if isinstance(entry, Mapping)}


def source(image: str, entry: Mapping[str, object] | None) -> Source | Fault:
    """Return the source from which the image of a catalog entry is built.

    If Colonnade does not build the image, return a fault with the reason.
    """
    match entry:
        case {"dockerfile": str(file)}:
            return Source(PurePosixPath(file).parent.relative_to(_APPS).as_posix(), file)
        case {"command": ["python", "-m", str(module)], **others} if module.startswith(_MODULE) and not others:
            return Source(module.removeprefix(_MODULE).replace(".", "/"), None)
    return _without_source(image, entry)


def _document(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message, fix = (
            f"cannot be read: {error.strerror}",
            "create it: a table `[IMAGE]` for each image, with the command of its service app",
        )
        raise ConfigurationError([Problem(subject=str(CATALOG), message=message, fix=fix)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fix = "correct it; see https://toml.io for the syntax"
        raise ConfigurationError([Problem(subject=str(CATALOG), message=f"is not TOML: {error}", fix=fix)]) from error


def _faults(image: str, entry: object, root: Path) -> Iterator[Fault]:
    if not isinstance(entry, Mapping) or not entry.keys() <= {*_KEYS}:
        yield Fault(f"{entry!r} is not a table with the keys {', '.join(_KEYS)}", "remove the other keys")
        return
    for key in _COMMANDS:
        words = entry.get(key, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            yield Fault(f"{key} {words!r} is not a list of strings", 'write a list, such as ["node", "server.js"]')
    file = entry.get("dockerfile")
    if file is not None and not _in_a_folder_of_an_app(file):
        fix = f"name a file in the app's folder, such as {_example(image)!r}: the folder is the context of the build"
        yield Fault(f"dockerfile {file!r} is not in a folder of {_APPS}", fix)
    elif isinstance(file, str) and not (root / file).is_file():
        yield Fault(f"dockerfile {file!r} does not exist", "create it, or correct the path")


def _in_a_folder_of_an_app(file: object) -> bool:
    parts = PurePosixPath(file).parts if isinstance(file, str) else ()
    return parts[:1] == (_APPS,) and len(parts) > 2 and ".." not in parts


def _example(image: str) -> str:
    return f"{_APPS}/{image}/Dockerfile"


def _without_source(image: str, entry: Mapping[str, object] | None) -> Fault:
    line = f'`dockerfile = "{_example(image)}"`'
    pin = f"pin an image that others built: `colonnade images pin {image} REFERENCE -e NAME`"
    if entry is None:
        fix = f"add [{image}] with its command and, if it is not a Python app, {line}; or {pin}"
        return Fault(f"is not built here: {CATALOG} has no entry for it", fix)
    words = shlex.join(word for key in _COMMANDS for word in _words(entry.get(key)))
    message = (
        f"is not built here: its command in {CATALOG} is `{words}`, its entry names no Dockerfile, and "
        f"{SHARED_DOCKERFILE} starts only `python -m {_MODULE}APP`"
    )
    return Fault(message, f"add {line} to its entry; or {pin}")


def _words(value: object) -> list[str]:
    return value if isinstance(value, list) else []
