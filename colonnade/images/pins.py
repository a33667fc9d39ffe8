"""The file of an environment's pinned images. A push adds its pins and keeps the others. Each write is atomic."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.images.pins import ImagePin, ImagePins, pins_text, read_pins


def add_pins(path: Path, pushed: Mapping[str, ImagePin], *, registry: str, environment: str) -> None:
    """Write the pins of the pushed images, and keep the file's other pins of the same registry.

    Pins of the project's images in another registry are removed, because `registry` may not have them. Raises
    ConfigurationError if the file cannot be read or written; the file is then unchanged.
    """
    kept = pins_in(path)
    others = kept.of(registry) if kept is not None else {}
    text = pins_text(ImagePins(registry=registry, images={**others, **pushed}), environment=environment)
    try:
        _replace(path, text)
    except OSError as error:
        raise _refusal(path, f"it cannot be written: {error.strerror}", "give another file with --pins") from error


def pins_in(path: Path) -> ImagePins | None:
    """Return the pins of a file, None if it does not exist; raises ConfigurationError if it is not a file of pins."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(path, f"it cannot be read: {error.strerror}", "give another file with --pins") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refusal(path, f"it is not TOML: {error}", "correct it, or delete it and push again") from error
    pins, faults = read_pins(document)
    if faults:
        raise ConfigurationError(fault.of("pin file", str(path)) for fault in faults)
    return pins


def _replace(path: Path, text: str) -> None:
    """Replace the file in one step, after its new content has reached the disk."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _refusal(path: Path, message: str, fix: str) -> ConfigurationError:
    return ConfigurationError([Problem(subject=f"pin file {str(path)!r}", message=message, fix=fix)])
