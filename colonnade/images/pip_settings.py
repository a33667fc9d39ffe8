"""The pip settings and certificate authorities of this machine: `pip config list` -> secrets of the build.

A build secret does not become part of any image layer. A machine without pip settings and certificate authorities of
its own passes no secret.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_INSIDE = "/run/secrets/ca"
"""The path at which the Dockerfile mounts the secret `ca`."""
_SECTIONS = ("global", "install", ":env:")
"""The sections of pip's settings; a later one overrides an earlier one."""
_KEPT = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries")
_URLS = ("index-url", "extra-index-url")
_CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")

SECRET_FILE = "PIP_CONF"  # noqa: S105 - a name, not a secret
"""The placeholder for the file in printed commands."""


def machine_settings() -> dict[str, str]:
    """Return pip's settings, as `pip config list` prints them."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    return effective_settings(listed.splitlines())


def effective_settings(lines: list[str]) -> dict[str, str]:
    """Return the value of each setting, from lines such as `global.index-url='https://…'`."""
    settings: dict[str, str] = {}
    for section in _SECTIONS:
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and name.startswith(f"{section}."):
                settings[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return settings


def certificates(settings: Mapping[str, str], variables: Mapping[str, str]) -> Path | None:
    """Return the file of certificate authorities that this machine trusts instead of those of pip; None if it sets
    none."""
    named = [settings.get("cert"), *(variables.get(name) for name in _CERTIFICATES)]
    return next((Path(name) for name in named if name and Path(name).is_file()), None)


def configuration(settings: Mapping[str, str], *, has_certificates: bool) -> str | None:
    """Return the pip configuration for the build, without folders of this machine; None if it would be empty."""
    lines = []
    for key in _KEPT:
        words = settings.get(key, "").split()
        kept = [word for word in words if key not in _URLS or word.startswith(("http://", "https://"))]
        if kept:
            lines.append(f"{key} = {' '.join(kept)}")
    if has_certificates:
        lines.append(f"cert = {_INSIDE}")
    return "\n".join(["[global]", *lines, ""]) if lines else None


@contextmanager
def secret_options(*, shown: bool = False) -> Iterator[tuple[str, ...]]:
    """Yield the options that pass the settings and the certificate authorities to a build.

    The file of the settings exists until the `with` block ends. `shown`: the command is only printed, so the options
    name SECRET_FILE instead of a real file.
    """
    settings = machine_settings()
    authorities = certificates(settings, os.environ)
    text = configuration(settings, has_certificates=authorities is not None)
    options = [] if authorities is None else ["--secret", f"id=ca,src={authorities}"]
    if text is None:
        yield tuple(options)
        return
    with tempfile.TemporaryDirectory(prefix="colonnade-pip-") as folder:
        file = Path(folder) / "pip.conf"
        file.touch(mode=0o600)  # an index's address may hold a password
        file.write_text(text, encoding="utf-8")
        yield ("--secret", f"id=pip,src={SECRET_FILE if shown else file}", *options)
