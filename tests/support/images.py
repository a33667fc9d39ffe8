"""The package of service_apps for each image, and the command with which the sandbox starts it, from images.toml."""

from __future__ import annotations

import tomllib

from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from tests.support.service_process import ROOT

_CATALOG = ROOT / "service_apps" / "images.toml"


def command_of(image: str) -> tuple[str, ...]:
    """Return the command with which the sandbox starts the image."""
    return ImageCatalog.load(_CATALOG).command(image)


def package_of(image: str) -> str:
    """Return the package, such as 'service1' for `python -m service_apps.service1`."""
    table = tomllib.loads(_CATALOG.read_text())[image]
    python, option, module = table["command"]
    assert (python, option) == ("python", "-m")
    package: str = module.removeprefix("service_apps.")
    return package
