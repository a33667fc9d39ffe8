"""The file of an environment's pinned images: new pins go in, the others stay, and it is never there half-written."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.images.pins import ImagePin, ImagePins, pins_text, read_pins


def add_pins(path: Path, pushed: Mapping[str, ImagePin], *, registry: str, environment: str) -> None:
    """Writes the pins of what was pushed to `registry` beside those that the file has of the same registry.

    Pins of another registry go, because this one need not have their images. ConfigurationError where the file cannot
    be read or written; then it is as it was.
    """
    kept = pins_in(path)
    others = kept.images if kept is not None and kept.registry == registry else {}
    text = pins_text(ImagePins(registry=registry, images={**others, **pushed}), environment=environment)
    try:
        _replace(path, text)
    except OSError as error:
        raise _refusal(path, f"it cannot be written: {error.strerror}", "give another file with --pins") from error


def pins_in(path: Path) -> ImagePins | None:
    """The pins of a file; None where there is none. ConfigurationError where it is not one."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(path, f"it cannot be read: {error.strerror}", "give another file with --pins") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refusal(
            path, f"it is not TOML: {error}", "correct it, or take it away to have it written anew"
        ) from error
    pins, faults = read_pins(document)
    if faults:
        raise ConfigurationError(fault.of("pin file", str(path)) for fault in faults)
    return pins


def _replace(path: Path, text: str) -> None:
    """The new file takes the old one's place in one step, on the disk before it does."""
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
