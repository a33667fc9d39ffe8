"""The programs that build and push images, and their command lines: docker with buildx, podman, buildah.

Knows nothing of what is built.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.model.errors import ConfigurationError, Problem

NAMES = ("docker", "podman", "buildah")
"""In the order in which they are tried."""

_PROBE_SECONDS = 30
_PROBES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # A docker client alone builds nothing: only with an engine does it tell the engine's version.
    "docker": (("docker", "buildx", "version"), ("docker", "version", "--format", "{{.Server.Version}}")),
    "podman": (("podman", "version"),),
    "buildah": (("buildah", "version"),),
}
_BUILD: Mapping[str, tuple[str, ...]] = {
    # Without provenance, so that a tag is one image, and not an index that also has a document about it.
    "docker": ("docker", "buildx", "build", "--progress=plain", "--provenance=false"),
    "podman": ("podman", "build", "--layers"),
    "buildah": ("buildah", "build", "--layers"),
}
_INSPECT: Mapping[str, tuple[str, ...]] = {
    "docker": ("docker", "image", "inspect", "--format", "{{.Architecture}}"),
    "podman": ("podman", "image", "inspect", "--format", "{{.Architecture}}"),
    "buildah": ("buildah", "inspect", "--type", "image", "--format", "{{.OCIv1.Architecture}}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One of the programs."""

    name: str

    def build(self, *, platform: str, file: str, options: Sequence[str], tag: str | None) -> tuple[str, ...]:
        """Builds the context that is the working directory; without a tag for its layers alone."""
        named = ("--tag", tag) if tag is not None else ()
        # buildx may build elsewhere than where the engine keeps its images.
        load = ("--load",) if self.name == "docker" and tag is not None else ()
        return (*_BUILD[self.name], *load, "--platform", platform, "--file", file, *options, *named, ".")

    def processor(self, image: str) -> tuple[str, ...]:
        """Prints for which processor an image of this machine is; fails where there is no such image."""
        return (*_INSPECT[self.name], image)

    def push(self, image: str, target: str, *, plain_http: bool, auth_file: Path | None) -> tuple[tuple[str, ...], ...]:
        """The command lines that push an image of this machine to `target`, `host/path:tag`, in this order."""
        if self.name == "docker":
            # It takes registries on loopback for plain HTTP by itself, and credentials from `push_environment`.
            return (("docker", "tag", image, target), ("docker", "push", target))
        auth = ("--authfile", str(auth_file)) if auth_file is not None else ()
        plain = ("--tls-verify=false",) if plain_http else ()
        return ((self.name, "push", *auth, *plain, image, f"docker://{target}"),)

    def push_environment(self, auth_file: Path | None) -> dict[str, str]:
        """What docker needs in its environment to take credentials from `auth_file`, a `config.json`."""
        if self.name != "docker" or auth_file is None:
            return {}
        # With another configuration it forgets which engine the user has chosen.
        host = _output("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        return {"DOCKER_CONFIG": str(auth_file.parent), "DOCKER_HOST": host}


def find_tool(asked: str | None = None) -> Tool:
    """The asked tool, or else the first that answers; ConfigurationError says of each why it does not."""
    reasons = {}
    for name in NAMES if asked is None else (asked,):
        reason = _fault(name)
        if reason is None:
            return Tool(name=name)
        reasons[name] = reason
    listing = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    fix = "install one of docker with its engine and buildx, podman, buildah (Debian: apt-get install buildah)"
    raise ConfigurationError([Problem(subject="images", message=f"nothing here builds images: {listing}", fix=fix)])


def _fault(name: str) -> str | None:
    """Why a tool cannot be used, if so."""
    if shutil.which(name) is None:
        return "not on PATH"
    for probe in _PROBES[name]:
        try:
            ended = subprocess.run(probe, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"`{' '.join(probe)}` does not answer within {_PROBE_SECONDS} s"
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines()
            return said[0] if said else f"`{' '.join(probe)}` ends with {ended.returncode}"
    return None


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True).stdout.strip()
