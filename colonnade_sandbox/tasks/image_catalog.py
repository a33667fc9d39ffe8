"""The commands that containers run, by image: images.toml -> `ImageCatalog`.

Images cannot be pulled without a container engine, so this table replaces the registry. Its keys are image names, the
last part of a repository's name. The sandbox knows nothing else about the service apps.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colonnade_sandbox.errors import WrongInputError


class ImageCatalogError(WrongInputError):
    """An error: the catalog's file is missing or invalid, or does not contain an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCatalog:
    """Commands by image name."""

    commands: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path) -> ImageCatalog:
        """Read a TOML file of tables `[image]` whose only key is `command`, a list of strings.

        Raises ImageCatalogError.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ImageCatalogError(f"cannot read the image catalog {path}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise ImageCatalogError(f"image catalog {path}: {error}") from error
        return cls(commands={name: _command(path, name, table) for name, table in document.items()})

    def command(self, image: str) -> tuple[str, ...]:
        """Return the command and arguments for an image such as `registry/colonnade-dev-orders:1.2`.

        The repository's name without its path must be a key of the catalog or end in '-' and a key; the longest key
        wins. A command of `python` becomes the interpreter that runs the sandbox. Raises ImageCatalogError.
        """
        repository = repository_name(image)
        names = [name for name in self.commands if repository == name or repository.endswith(f"-{name}")]
        if not names:
            known = ", ".join(sorted(self.commands))
            raise ImageCatalogError(f"image '{image}' is not in the image catalog, which contains {known}")
        first, *rest = self.commands[max(names, key=len)]
        return (sys.executable if first == "python" else first, *rest)


def repository_name(image: str) -> str:
    """Return the last part of an image's path, without tag and digest."""
    return image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def _command(path: Path, name: str, table: object) -> tuple[str, ...]:
    match table:
        case {"command": [*parts], **rest} if parts and not rest and all(isinstance(part, str) for part in parts):
            return tuple(parts)
    raise ImageCatalogError(f"image catalog {path}: [{name}] must have exactly one key, command, a list of strings")
