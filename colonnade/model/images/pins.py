"""The pins of an environment's images: a TOML document with the digests of images in their registries, and its rules.

`colonnade images push` and `colonnade images pin` write the document as `environments/NAME.images.toml`; the next
synthesis uses exactly these images. Pins of any other registry are ignored, because they do not show that the
environment's registry has the image. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colonnade.model import aws_limits, naming
from colonnade.model.errors import Fault, unknown_key

SUFFIX = ".images.toml"
"""The end of a pin file's name, after the environment's name."""

_FORMS = {"tag": aws_limits.IMAGE_TAG, "digest": aws_limits.IMAGE_DIGEST}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePin:
    """One pushed image."""

    tag: str | None
    """The tag under which the image was pushed or found, such as its git revision; None: it was pinned by its digest.
    Informational; images are pulled by digest."""
    digest: str
    """'sha256:' and 64 hexadecimal digits; the image is pulled by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePins:
    """The pins of one registry, by image name."""

    registry: str
    """The registry's host, with the port if it has one."""
    images: Mapping[str, ImagePin]

    def of(self, registry: str) -> Mapping[str, ImagePin]:
        """Return the pins that count for an environment with this registry.

        A public image is pulled from the registry in its name. The others are known to be only in the file's registry.
        """
        return {name: pin for name, pin in self.images.items() if registry == self.registry or "/" in name}


def read_pins(document: Mapping[str, object]) -> tuple[ImagePins, tuple[Fault, ...]]:
    """Return the well-formed pins of a document, and the faults of the others."""
    faults: list[Fault] = []
    registry, images = document.get("registry"), document.get("images", {})
    if not isinstance(registry, str):
        faults.append(Fault("registry is not set", 'add `registry = "HOST"`, the registry that holds the images'))
        registry = ""
    faults += [unknown_key(key, "keys: images, registry") for key in document.keys() - {"images", "registry"}]
    if not isinstance(images, Mapping):
        faults.append(Fault(f"images {images!r} is not a table", "write a line for each image under [images]"))
        images = {}
    pins: dict[str, ImagePin] = {}
    for name, table in images.items():
        wrong = tuple(_pin_faults(name, table))
        faults += wrong
        if not wrong:
            pins[name] = ImagePin(tag=table.get("tag"), digest=table["digest"])
    return ImagePins(registry=registry, images=pins), tuple(faults)


def _pin_faults(name: str, table: object) -> Iterator[Fault]:
    public = "/" in name and re.fullmatch(aws_limits.IMAGE_PATH, name) is not None
    label = None if public else naming.label_fault("images: the name", name)
    if label is not None:
        yield label
    if not isinstance(table, Mapping) or not {"digest"} <= table.keys() <= {*_FORMS}:
        yield Fault(f"images.{name} {table!r} is not a pin", 'write { tag = "TAG", digest = "sha256:DIGEST" }')
        return
    for key, value in table.items():
        if not isinstance(value, str) or not re.fullmatch(_FORMS[key], value):
            yield Fault(
                f"images.{name}: {value!r} is not an image's {key}",
                "push or pin the image again, which rewrites the line",
            )


def pins_text(pins: ImagePins, *, environment: str) -> str:
    """Return the pins as TOML, one line per image, sorted, so that changing one image changes one line."""
    lines = [
        f"# The images of environment {environment}. Written by `colonnade images push` and `colonnade images pin`.",
        f'registry = "{pins.registry}"',
        "",
        "[images]",
        *(_line(name, pin) for name, pin in sorted(pins.images.items())),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, pin: ImagePin) -> str:
    key = f'"{name}"' if "/" in name else name
    tag = f'tag = "{pin.tag}", ' if pin.tag is not None else ""
    return f'{key} = {{ {tag}digest = "{pin.digest}" }}'
