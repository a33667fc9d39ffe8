"""The package of service_apps for each image, from images.toml."""

from __future__ import annotations

import tomllib

from tests.support.service_process import ROOT


def package_of(image: str) -> str:
    """Return the package, such as 'service1' for `python -m service_apps.service1`."""
    table = tomllib.loads((ROOT / "service_apps" / "images.toml").read_text())[image]
    python, option, module = table["command"]
    assert (python, option) == ("python", "-m")
    package: str = module.removeprefix("service_apps.")
    return package
