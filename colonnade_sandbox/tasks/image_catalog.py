"""Which command an image's container runs: images.toml -> `ImageCatalog`. It knows nothing else of the service apps.

Images cannot be pulled without a container engine, so a table stands in for the registry; its keys are image names,
the last word of a repository's name.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colonnade_sandbox.errors import WrongInputError


class ImageCatalogError(WrongInputError):
    """The catalog's file is missing or not in its form, or an image is not in it; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCatalog:
    """Commands by image name."""

    commands: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path) -> ImageCatalog:
        """Read a file of tables `[image]` with the one key `command`, a list of words; raises ImageCatalogError."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ImageCatalogError(f"cannot read the image catalog {path}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise ImageCatalogError(f"image catalog {path}: {error}") from error
        return cls(commands={name: _command(path, name, table) for name, table in document.items()})

    def command(self, image: str) -> tuple[str, ...]:
        """The words to execute for an image such as `registry/colonnade-dev-orders:1.2`; raises ImageCatalogError.

        The repository's name, less any path, must be a key of the catalog or end in '-' and a key; the longest key
        wins. The word 'python' at the start becomes the interpreter that runs the sandbox.
        """
        repository = repository_name(image)
        names = [name for name in self.commands if repository == name or repository.endswith(f"-{name}")]
        if not names:
            known = ", ".join(sorted(self.commands))
            raise ImageCatalogError(f"image '{image}' is not in the image catalog; it knows {known}")
        first, *rest = self.commands[max(names, key=len)]
        return (sys.executable if first == "python" else first, *rest)


def repository_name(image: str) -> str:
    """The last word of an image's path, without tag and digest."""
    return image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def _command(path: Path, name: str, table: object) -> tuple[str, ...]:
    match table:
        case {"command": [*words], **rest} if words and not rest and all(isinstance(word, str) for word in words):
            return tuple(words)
    raise ImageCatalogError(f"image catalog {path}: [{name}] must hold the one key command, a list of words")
