"""Which package of service_apps an image runs, as images.toml says."""

from __future__ import annotations

import tomllib

from tests.support.service_process import ROOT


def package_of(image: str) -> str:
    """'service1' for `python -m service_apps.service1`."""
    table = tomllib.loads((ROOT / "service_apps" / "images.toml").read_text())[image]
    python, option, module = table["command"]
    assert (python, option) == ("python", "-m")
    package: str = module.removeprefix("service_apps.")
    return package
