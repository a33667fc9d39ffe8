"""How this machine reaches a package index, for the build: its pip settings and its certificate authorities.

Both go into the build as secrets, which stay out of every layer. Nothing of it where pip has no settings.
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
"""Where the Dockerfile mounts the secret `ca`."""
_SECTIONS = ("global", "install", ":env:")
"""Of pip's settings, a later one overrides an earlier one."""
_KEPT = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries")
_URLS = ("index-url", "extra-index-url")
_CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")

SECRET_FILE = "PIP_CONF"  # noqa: S105 - a name, not a secret
"""What stands for the file in commands that are printed."""


def machine_settings() -> dict[str, str]:
    """pip's settings, as `pip config list` tells them."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    return effective_settings(listed.splitlines())


def effective_settings(lines: list[str]) -> dict[str, str]:
    """The value of each setting, from lines such as `global.index-url='https://…'`."""
    settings: dict[str, str] = {}
    for section in _SECTIONS:
        for line in lines:
            name, equals, value = line.partition("=")
            if equals and name.startswith(f"{section}."):
                settings[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return settings


def certificates(settings: Mapping[str, str], variables: Mapping[str, str]) -> Path | None:
    """The file of the certificate authorities that this machine trusts instead of pip's own; None: there is none."""
    named = [settings.get("cert"), *(variables.get(name) for name in _CERTIFICATES)]
    return next((Path(name) for name in named if name and Path(name).is_file()), None)


def configuration(settings: Mapping[str, str], *, has_certificates: bool) -> str | None:
    """The pip configuration for the build; None where none is needed. Folders of this machine are left out."""
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
    """The options that hand both to a build, whose file lives as long as the `with` block.

    `shown`: for a command that is only printed; then there is no file, and SECRET_FILE stands for it.
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
