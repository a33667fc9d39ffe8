"""The pins of an environment's images: what was pushed to its registry, by digest. A TOML document and its rules.

`colonnade images push` writes it as `environments/NAME.images.toml`; the next synthesis runs these very images. Pins
of another registry than the environment's do not count: they say nothing of what that registry has. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colonnade.model import aws_limits, naming
from colonnade.model.errors import Fault

SUFFIX = ".images.toml"
"""The end of a pin file's name; before it stands the environment's."""

_KEYS = ("tag", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePin:
    """One image, as it was pushed."""

    tag: str
    """For people: the git revision that it was built from. Nothing is pulled by it."""
    digest: str
    """'sha256:' and 64 hexadecimal digits: what is pulled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePins:
    """The pins of one registry, by image name."""

    registry: str
    """The registry's host, with a port where it has one."""
    images: Mapping[str, ImagePin]


def read_pins(document: Mapping[str, object]) -> tuple[ImagePins, tuple[Fault, ...]]:
    """The well-formed pins of a document, and everything that is wrong with the others."""
    faults: list[Fault] = []
    registry, images = document.get("registry"), document.get("images", {})
    if not isinstance(registry, str):
        faults.append(Fault("registry is not set", 'add `registry = "HOST"`, the registry that holds the images'))
        registry = ""
    faults += [
        Fault(f"unknown key {key!r}", "keys: images, registry") for key in document.keys() - {"images", "registry"}
    ]
    if not isinstance(images, Mapping):
        faults.append(Fault(f"images {images!r} is not a table", "write a line for each image under [images]"))
        images = {}
    pins: dict[str, ImagePin] = {}
    for name, table in images.items():
        wrong = tuple(_pin_faults(name, table))
        faults += wrong
        if not wrong:
            pins[name] = ImagePin(tag=table["tag"], digest=table["digest"])
    return ImagePins(registry=registry, images=pins), tuple(faults)


def _pin_faults(name: str, table: object) -> Iterator[Fault]:
    label = naming.label_fault("images: the name", name)
    if label is not None:
        yield label
    if not isinstance(table, Mapping) or sorted(table) != sorted(_KEYS):
        yield Fault(f"images.{name} {table!r} is not a pin", 'write { tag = "TAG", digest = "sha256:DIGEST" }')
        return
    for key, form in (("tag", aws_limits.IMAGE_TAG), ("digest", aws_limits.IMAGE_DIGEST)):
        value = table[key]
        if not isinstance(value, str) or not re.fullmatch(form, value):
            yield Fault(
                f"images.{name}: {value!r} is not an image's {key}", "push the image again, which rewrites its pin"
            )


def pins_text(pins: ImagePins, *, environment: str) -> str:
    """The document as TOML, one line for each image, sorted, so that a change of one is a change of one line."""
    lines = [
        f"# The images of environment {environment}. Written by `colonnade images push -e {environment}`.",
        f'registry = "{pins.registry}"',
        "",
        "[images]",
        *(f'{name} = {{ tag = "{pin.tag}", digest = "{pin.digest}" }}' for name, pin in sorted(pins.images.items())),
    ]
    return "\n".join(lines) + "\n"
